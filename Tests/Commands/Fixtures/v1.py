#!/usr/bin/python3
"""Makes a Docker archive as `docker save` wrote them before Docker 1.10, out of an image of a layout.

usage: v1.py LAYOUT NAME ARCHIVE [NEW_NAME...] [--links]

A directory for each layer with VERSION, json and layer.tar, and `repositories`. With --links layers of equal
content are symbolic links to the first of them, as Docker wrote them for a while, and empty layers come twice.
"""
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile

links = "--links" in sys.argv
layout, name, archive, *names = [word for word in sys.argv[1:] if word != "--links"]
names = names or [name]


def blob(digest):
    with open(f"{layout}/blobs/" + digest.replace(":", "/"), "rb") as file:
        return file.read()


def plain(layer):
    data = blob(layer["digest"])
    if layer["mediaType"].endswith("gzip"):
        return gzip.decompress(data)
    if layer["mediaType"].endswith("zstd"):
        return subprocess.run(["zstd", "-qdc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


with open(layout + "/index.json", "rb") as file:
    entry = next(e for e in json.load(file)["manifests"]
                 if e["annotations"]["org.opencontainers.image.ref.name"] == name)
manifest = json.loads(blob(entry["digest"]))
config = json.loads(blob(manifest["config"]["digest"]))
layers = [plain(layer) for layer in manifest["layers"]]
if links:
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    layers += [empty.getvalue()] * 2

parent, first = None, {}
with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as out:

    def put(path, content):
        member = tarfile.TarInfo(path)
        if isinstance(content, str):
            member.type, member.linkname = tarfile.SYMTYPE, content
            return out.addfile(member)
        member.size = len(content)
        out.addfile(member, io.BytesIO(content))

    for number, layer in enumerate(layers):
        top = number == len(layers) - 1
        this = hashlib.sha256(f"{parent} {number}".encode() + layer).hexdigest()
        about = {"id": this}
        if parent:
            about["parent"] = parent
        about["created"] = f"2014-01-02T03:04:{number:02}.123456789Z"
        about["container"] = hashlib.sha256(this.encode()).hexdigest()
        about["container_config"] = {"Hostname": "builder", "Image": parent or "",
                                     "Cmd": ["/bin/sh", "-c", f"#(nop) ADD <file:{number}> in / && true"]}
        about["docker_version"] = "1.3.3"
        about["author"] = "Somebody Ünknown <some@body>"
        if top:
            about["config"] = {**config.get("config", {}), "Hostname": "builder", "Image": parent or ""}
        about["architecture"], about["os"] = config["architecture"], config["os"]
        about["Size"] = len(layer)
        if number % 2:
            about["comment"] = f"layer {number}"
            about["throwaway"] = True
        directory = tarfile.TarInfo(this)
        directory.type = tarfile.DIRTYPE
        out.addfile(directory)
        put(this + "/VERSION", b"1.0")
        put(this + "/json", json.dumps(about, separators=(",", ":"), ensure_ascii=False).encode())
        digest = hashlib.sha256(layer).digest()
        if links and digest in first:
            put(this + "/layer.tar", f"../{first[digest]}/layer.tar")
        else:
            put(this + "/layer.tar", layer)
            first[digest] = this
        parent = this
    repositories = {}
    for new in names:
        repository, tag = new.rsplit(":", 1)
        repositories.setdefault(repository, {})[tag] = parent
    put("repositories", json.dumps(repositories).encode())
