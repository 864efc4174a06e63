#!/usr/bin/python3
"""Makes the test images as one OCI layout, out of nothing but Debian packages.

usage: images.py LAYOUT [--debian TAR]

busybox  one layer, /bin/busybox of busybox-static, Cmd sh
app      ten layers, gzip; app2 shares the first four and adds two
multi    an index: busybox for this machine's platform, invented content for another one, an attestation
zstd     busybox with its layer compressed by zstd
plain    busybox with its layer not compressed
small    one small file, nothing in common with the others
labelled busybox with fields nobody knows, in odd JSON formatting
debian   what mmdebstrap made, with --debian

Deterministic for one machine: the same packages give the same digests.
"""
import gzip
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile

OCI = "application/vnd.oci.image."
INDEX, MANIFEST, CONFIG = OCI + "index.v1+json", OCI + "manifest.v1+json", OCI + "config.v1+json"
LAYER = {"gzip": OCI + "layer.v1.tar+gzip", "zstd": OCI + "layer.v1.tar+zstd", "none": OCI + "layer.v1.tar"}
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
OTHER = "arm64" if ARCH == "amd64" else "amd64"


class Layout:
    """An OCI image layout that is being written."""

    def __init__(self, path):
        self.path, self.entries = path, []
        os.makedirs(path + "/blobs/sha256", exist_ok=True)

    def blob(self, data, media_type, **more):
        name = hashlib.sha256(data).hexdigest()
        with open(self.path + "/blobs/sha256/" + name, "wb") as file:
            file.write(data)
        return {"mediaType": media_type, "digest": "sha256:" + name, "size": len(data), **more}

    def document(self, value, media_type, **more):
        return self.blob(json.dumps(value, separators=(",", ":")).encode(), media_type, **more)

    def layer(self, plain, compression="gzip"):
        """A layer's descriptor and diffID, as one value."""
        if compression == "gzip":
            data = gzip.compress(plain, 6, mtime=0)
        elif compression == "zstd":
            data = subprocess.run(["zstd", "-qc"], input=plain, stdout=subprocess.PIPE, check=True).stdout
        else:
            data = plain
        return self.blob(data, LAYER[compression]), "sha256:" + hashlib.sha256(plain).hexdigest()

    def image(self, layers, config=None, architecture=ARCH, **more):
        whole = {
            "created": "2024-01-02T03:04:05Z",
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": ["sh"], "Env": ["PATH=/bin:/usr/bin"], **(config or {})},
            "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in layers]},
            "history": [{"created": "2024-01-02T03:04:05Z", "created_by": "images.py"} for _ in layers],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.document(whole, CONFIG),
            "layers": [layer for layer, _ in layers],
        }
        return self.document(manifest, MANIFEST, **more)

    def name(self, descriptor, name):
        self.entries.append({**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}})

    def finish(self):
        with open(self.path + "/oci-layout", "w") as file:
            file.write('{"imageLayoutVersion":"1.0.0"}')
        with open(self.path + "/index.json", "w") as file:
            json.dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": self.entries}, file)


def tar(files):
    """A tar of (path, bytes), ("path/", None) for directories, (path, "target") for symbolic links."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in files:
            entry = tarfile.TarInfo(path.rstrip("/"))
            entry.mode, entry.mtime = 0o755, 1700000000
            if content is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            elif isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def busybox():
    applets = ["sh", "echo", "cat", "ls", "true", "false", "sleep", "id", "uname"]
    links = [("bin/" + applet, "busybox") for applet in applets]
    return tar([("bin/", None), ("bin/busybox", read("/bin/busybox")), *links, ("tmp/", None), ("etc/", None)])


def words(seed, size):
    """Text that compresses like program code does, the same for the same seed."""
    state, out = hashlib.sha256(seed.encode()).digest(), bytearray()
    while len(out) < size:
        state = hashlib.sha256(state).digest()
        out += state[:10] + b" the quick brown "
    return bytes(out[:size])


def pieces(layout, names, base):
    return [
        layout.layer(tar([(f"opt/{base}/", None), (f"opt/{base}/{n}", words(base + n, 900_000 + 50_000 * i))]))
        for i, n in enumerate(names)
    ]


def attestation(layout, subject):
    statement = layout.document({"_type": "https://in-toto.io/Statement/v0.1"}, "application/vnd.in-toto+json")
    config = layout.document({"architecture": "unknown", "os": "unknown"}, CONFIG)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [statement]}
    return layout.document(
        manifest, MANIFEST, platform={"architecture": "unknown", "os": "unknown"},
        annotations={"vnd.docker.reference.type": "attestation-manifest",
                     "vnd.docker.reference.digest": subject["digest"]})


def main():
    layout = Layout(sys.argv[1])
    plain = busybox()
    base = layout.layer(plain)
    layout.name(layout.image([base]), "busybox:latest")
    layout.name(layout.image([layout.layer(plain, "zstd")]), "zstd:latest")
    layout.name(layout.image([layout.layer(plain, "none")]), "plain:latest")

    layout.name(layout.image([layout.layer(tar([("small", b"nothing in common with the others\n")]))]), "small:latest")

    shared = [base] + pieces(layout, ["a", "b", "c"], "shared")
    layout.name(layout.image(shared + pieces(layout, list("defghi"), "app")), "app:latest")
    layout.name(layout.image(shared + pieces(layout, ["x", "y"], "app2")), "app2:latest")

    here = layout.image([base], platform={"architecture": ARCH, "os": "linux"})
    foreign = layout.layer(tar([("hello", b"from another machine\n")]))
    other = {"architecture": OTHER, "os": "linux", **({"variant": "v8"} if OTHER == "arm64" else {})}
    there = layout.image([foreign], architecture=OTHER, platform=other)
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [here, there, attestation(layout, here)]}
    layout.name(layout.document(index, INDEX), "multi:latest")

    config = {"architecture": ARCH, "os": "linux", "x-big": 18446744073709551615, "config": {"Cmd": ["sh"]},
              "rootfs": {"type": "layers", "diff_ids": [base[1]]}}
    manifest = {"x-unknown": [1, {"π": 1.5}], "schemaVersion": 2, "layers": [base[0]], "mediaType": MANIFEST,
                "config": layout.blob(json.dumps(config, indent=3).encode(), CONFIG), "annotations": {"a": "b"}}
    odd = b" " + json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n\n"
    layout.name(layout.blob(odd, MANIFEST), "labelled:latest")

    if "--debian" in sys.argv:
        with open(sys.argv[sys.argv.index("--debian") + 1], "rb") as file:
            path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            layout.name(layout.image([layout.layer(file.read())], {"Cmd": ["bash"], "Env": [path]}), "debian:latest")
    layout.finish()


if __name__ == "__main__":
    main()
