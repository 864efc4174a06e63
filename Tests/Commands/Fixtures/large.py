#!/usr/bin/python3
"""Makes a Docker archive (1.10) of any size, quickly.

usage: large.py ARCHIVE MEBIBYTES LAYERS plain|gzip
"""
import hashlib
import io
import json
import os
import sys
import tarfile
import zlib

path, size, count, kind = sys.argv[1], int(sys.argv[2]) << 20, int(sys.argv[3]), sys.argv[4]
noise = os.urandom(1 << 20)


def layer(number):
    """The pieces of a layer that nobody unpacks, as it is stored; its diffID last."""
    left, hasher = size // count, hashlib.sha256()
    # Stored blocks: the decompressor's work without the compressor's.
    squeeze = zlib.compressobj(0, zlib.DEFLATED, 31) if kind == "gzip" else None
    while left:
        piece = (b"%020d" % (number * size + left) + noise)[:min(1 << 20, left)]
        left -= len(piece)
        hasher.update(piece)
        yield squeeze.compress(piece) if squeeze else piece
    if squeeze:
        yield squeeze.flush()
    yield "sha256:" + hasher.hexdigest()


with open(path, "wb") as file:
    names, diffs = [], []

    def begin(name, length):
        member = tarfile.TarInfo(name)
        member.size = length
        file.write(member.tobuf(tarfile.GNU_FORMAT))

    def put(name, content):
        begin(name, len(content))
        file.write(content + bytes(-len(content) % 512))

    for number in range(count):
        names.append(f"{number:064x}/layer.tar")
        start = file.tell()
        begin(names[-1], 0)
        length = 0
        for piece in layer(number):
            if isinstance(piece, str):
                diffs.append(piece)
            else:
                length += file.write(piece)
        file.write(bytes(-length % 512))
        end = file.tell()
        file.seek(start)
        begin(names[-1], length)
        file.seek(end)
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                         "rootfs": {"type": "layers", "diff_ids": diffs}}).encode()
    put("c.json", config)
    put("manifest.json", json.dumps([{"Config": "c.json", "RepoTags": ["large:1"], "Layers": names}]).encode())
    file.write(bytes(10240))
