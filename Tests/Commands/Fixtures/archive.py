#!/usr/bin/python3
"""Makes Docker archives with something wrong, or unusual.

usage: archive.py KIND ARCHIVE
"""
import gzip
import hashlib
import io
import json
import sys
import tarfile

kind, path = sys.argv[1:]


def tar(*files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def diff(layer):
    return "sha256:" + hashlib.sha256(layer).hexdigest()


def config(*layers):
    return json.dumps({"architecture": "amd64", "os": "linux",
                       "rootfs": {"type": "layers", "diff_ids": [diff(layer) for layer in layers]}}).encode()


def manifest(layers=("l/layer.tar",), tags=("odd:1",), config="c.json"):
    return json.dumps([{"Config": config, "RepoTags": tags, "Layers": layers}]).encode()


LAYER = tar(("x", b"abc"))
OTHER = tar(("y", b"def"))
parts = {"c.json": config(LAYER), "l/layer.tar": LAYER, "manifest.json": manifest()}
links, last = [], []
if kind == "two-manifests":
    last = [("manifest.json", manifest())]
elif kind == "two-layers":
    last = [("l/layer.tar", OTHER)]
elif kind == "listed-twice":
    parts["manifest.json"] = manifest(["l/layer.tar"] * 2)
elif kind == "missing-layer":
    del parts["l/layer.tar"]
elif kind == "missing-config":
    del parts["c.json"]
elif kind.startswith("link:") or kind.startswith("hard:"):
    del parts["l/layer.tar"]
    links = [("l/layer.tar", kind[5:], kind.startswith("hard:"))]
elif kind == "circle":
    del parts["l/layer.tar"]
    links = [("l/layer.tar", "../m", False), ("m", "l/layer.tar", False)]
elif kind == "manifest-link":
    parts["m"] = parts.pop("manifest.json")
    links = [("manifest.json", "m", False)]
elif kind == "write-through":
    links, last = [("blobs", "/tmp/ociutils-written", False)], [("blobs/x", b"x")]
elif kind == "control-tag":
    parts["manifest.json"] = manifest(tags=["odd\x1b[31m:1\n"])
elif kind == "control-layer":
    parts["manifest.json"] = manifest(["\x1b]0;x\x07\n/layer.tar"])
elif kind == "control-member":
    last = [("../\x1b[31m\n", b"x")]
elif kind == "diff-id":
    parts["c.json"] = config(OTHER)
elif kind == "few-diff-ids":
    parts["c.json"] = config()
elif kind == "config-name":
    parts["0" * 64 + ".json"] = parts.pop("c.json")
    parts["manifest.json"] = manifest(config="0" * 64 + ".json")
elif kind == "xz-layer":
    parts["l/layer.tar"] = b"\xfd7zXZ\0" + LAYER
elif kind == "large-manifest":
    parts["manifest.json"] = b" " * 5_000_000 + manifest()
elif kind == "deep-manifest":
    parts["manifest.json"] = b"[" * 1_000_000
elif kind == "good":
    pass
elif kind == "good-hardlink":
    parts["m/layer.tar"] = parts.pop("l/layer.tar")
    links = [("l/layer.tar", "m/layer.tar", True)]
elif kind == "good-prefixed":
    parts = {"./" + name: content for name, content in parts.items()}
elif kind == "good-bomb":
    # A layer of a gigabyte of zeros in a megabyte: it is kept as it is, nobody unpacks it here.
    out, hasher, piece = io.BytesIO(), hashlib.sha256(), bytes(1 << 20)
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0) as file:
        for _ in range(1024):
            hasher.update(piece)
            file.write(piece)
    parts["l/layer.tar"] = out.getvalue()
    parts["c.json"] = config(LAYER).replace(diff(LAYER).encode(), b"sha256:" + hasher.hexdigest().encode())
else:
    sys.exit("archive.py: no such kind: " + kind)

with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
    for name, content in [*parts.items(), *last]:
        for link, target, hard in [link for link in links if link[0].split("/")[0] == name.split("/")[0]]:
            links = [one for one in links if one[0] != link]
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.LNKTYPE if hard else tarfile.SYMTYPE, target
            archive.addfile(member)
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    for link, target, hard in links:
        member = tarfile.TarInfo(link)
        member.type, member.linkname = tarfile.LNKTYPE if hard else tarfile.SYMTYPE, target
        archive.addfile(member)
