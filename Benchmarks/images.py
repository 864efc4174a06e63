"""The images that the benchmarks move, as OCI layouts."""
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import zlib
from concurrent.futures import ProcessPoolExecutor

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
MIB = 1 << 20


def blob(layout, data):
    name = hashlib.sha256(data).hexdigest()
    with open(f"{layout}/blobs/sha256/{name}", "wb") as file:
        file.write(data)
    return {"digest": "sha256:" + name, "size": len(data)}


def finish(layout, layers, diffs):
    """Writes what an image needs besides its layers; manifest.json is for whoever wants its bytes."""
    config = blob(layout, json.dumps({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": diffs}, "history": [{"created_by": "bench"} for _ in diffs]}).encode())
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": CONFIG, **config},
        "layers": layers}).encode()
    entry = {"mediaType": MANIFEST, **blob(layout, manifest),
             "annotations": {"org.opencontainers.image.ref.name": "app:latest"}}
    for name, data in (
        ("manifest.json", manifest), ("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
        ("index.json", json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()),
    ):
        with open(f"{layout}/{name}", "wb") as file:
            file.write(data)


def files_of_this_machine(size):
    """Regular files of /usr, always in the same order, of about `size` bytes altogether: (path, bytes)."""
    total = 0
    for folder in ("/usr/lib", "/usr/share", "/usr/bin", "/usr/include", "/usr/sbin"):
        for directory, below, names in os.walk(folder):
            below.sort()
            for path in (os.path.join(directory, name) for name in sorted(names)):
                length = 0 if os.path.islink(path) or not os.path.isfile(path) else os.path.getsize(path)
                if 0 < length < 64 * MIB and total + length < size:
                    total += length
                    yield path, length


def gzip_layer(job):
    layout, paths = job
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in paths:
            archive.add(path, recursive=False)
    plain = out.getvalue()
    squeeze = zlib.compressobj(6, zlib.DEFLATED, 31)
    layer = blob(layout, squeeze.compress(plain) + squeeze.flush())
    return {"mediaType": LAYER + "+gzip", **layer}, "sha256:" + hashlib.sha256(plain).hexdigest()


def app(layout):
    """Ten gzip layers of different sizes, about 160 MB, out of /usr of this machine; made once."""
    if os.path.exists(layout + "/index.json"):
        return layout
    print("making the test image …", file=sys.stderr)
    shutil.rmtree(layout, ignore_errors=True)
    os.makedirs(layout + "/blobs/sha256")
    weights = [22, 4, 9, 5, 25, 6, 14, 8, 10, 6]
    size = 600 * MIB
    rooms = [size * weight // sum(weights) for weight in weights]
    jobs, used = [[] for _ in weights], 0
    for path, length in files_of_this_machine(size):
        jobs[next((i for i in range(len(rooms)) if used < sum(rooms[:i + 1])), -1)].append(path)
        used += length
    with ProcessPoolExecutor(2) as pool:
        made = list(pool.map(gzip_layer, [(layout, paths) for paths in jobs]))
    if sum(layer["size"] for layer, _ in made) < 150e6:
        sys.exit("bench: /usr has too little in it for an image of 150 MB")
    finish(layout, [layer for layer, _ in made], [diff for _, diff in made])
    return layout


def plain(layout, size, count):
    """`count` layers of `size` bytes altogether, of content that nobody unpacks."""
    os.makedirs(layout + "/blobs/sha256")
    noise, layers = os.urandom(MIB), []
    for number in range(count):
        length, hasher = size // count, hashlib.sha256()
        with open(layout + "/new", "wb") as file:
            for at in range(0, length, MIB):
                piece = (b"%020d" % (number * size + at) + noise)[:min(MIB, length - at)]
                hasher.update(piece)
                file.write(piece)
        name = hasher.hexdigest()
        os.rename(layout + "/new", f"{layout}/blobs/sha256/{name}")
        layers.append({"mediaType": LAYER, "digest": "sha256:" + name, "size": length})
    finish(layout, layers, [layer["digest"] for layer in layers])


def squeezed(layout, pieces):
    """A gzip layer of a tar that comes in pieces; its descriptor and diffID."""
    squeeze, hasher, out = zlib.compressobj(6, zlib.DEFLATED, 31), hashlib.sha256(), []
    for piece in pieces:
        hasher.update(piece)
        out.append(squeeze.compress(piece))
    layer = blob(layout, b"".join(out) + squeeze.flush())
    return {"mediaType": LAYER + "+gzip", **layer}, "sha256:" + hasher.hexdigest()


def root_layer(job):
    """A layer as builders make them: every directory on the way to its files is named."""
    layout, paths = job
    out, named = io.BytesIO(), set()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in paths:
            parts = path.strip("/").split("/")
            for depth in range(1, len(parts)):
                above = "/" + "/".join(parts[:depth])
                if above not in named:
                    named.add(above)
                    archive.add(above, recursive=False)
            archive.add(path, recursive=False)
    return squeezed(layout, [out.getvalue()])


def cached(make):
    """Makes a layout unless it is there."""
    def get(layout, *more):
        if not os.path.exists(layout + "/index.json"):
            print("making a test image …", file=sys.stderr)
            shutil.rmtree(layout, ignore_errors=True)
            os.makedirs(layout + "/blobs/sha256")
            finish(layout, *zip(*make(layout, *more)))
        return layout
    return get


@cached
def root(layout):
    """Ten gzip layers, about 400 MB plain, out of /usr of this machine: files, directories, links."""
    size, jobs, used = 400 * 10**6, [[] for _ in range(10)], 0
    for folder in ("/usr/lib", "/usr/share", "/usr/bin", "/usr/include"):
        for directory, below, names in os.walk(folder):
            below.sort()
            for path in (os.path.join(directory, name) for name in sorted(names)):
                length = os.lstat(path).st_size
                if length < 64 * MIB and used + length < size:
                    jobs[used * len(jobs) // size].append(path)
                    used += length
    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(root_layer, [(layout, paths) for paths in jobs]))


@cached
def small_files(layout, count):
    """One gzip layer of `count` files of up to 4 KB, in directories of 100."""
    def pieces():
        for number in range(count):
            if number % 100 == 0:
                folder = tarfile.TarInfo(f"d{number // 100:04}")
                folder.type, folder.mode = tarfile.DIRTYPE, 0o755
                yield folder.tobuf(tarfile.USTAR_FORMAT)
            file = tarfile.TarInfo(f"d{number // 100:04}/file-{number}")
            content = b"%d " % number * (number % 600)
            file.size, file.mtime = len(content), 1700000000
            yield file.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % 512)
        yield bytes(1024)
    return [squeezed(layout, pieces())]


@cached
def many_layers(layout, count):
    """`count` layers of a file each."""
    made = []
    for number in range(count):
        file = tarfile.TarInfo(f"file-{number}")
        made.append(squeezed(layout, [file.tobuf(tarfile.USTAR_FORMAT), bytes(1024)]))
    return made


@cached
def one_file(layout, size):
    """One gzip layer of one file of `size` bytes."""
    file, noise = tarfile.TarInfo("large"), hashlib.sha512(b"noise").digest() * (MIB // 64)
    file.size = size
    return [squeezed(layout, [file.tobuf(tarfile.GNU_FORMAT), *[noise] * (size // MIB), bytes(1024)])]


def archive(path, layers, config_diffs):
    """A Docker archive, as Docker 1.10 wrote it, of these layers (paths of files)."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as out:
        names = []
        for number, layer in enumerate(layers):
            names.append(f"{number:064x}/layer.tar")
            out.add(layer, names[-1])
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                             "rootfs": {"type": "layers", "diff_ids": config_diffs}}).encode()
        listing = [{"Config": "config.json", "RepoTags": ["app:1"], "Layers": names}]
        for name, data in (("config.json", config), ("manifest.json", json.dumps(listing).encode())):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))


def archives(work, layout):
    """Two archives in `work` of the same image, about 500 MB plain: plain.tar and, its layers as gzip, gzip.tar."""
    app(layout)
    with open(layout + "/manifest.json", "rb") as file:
        manifest = json.load(file)
    packed, plain, diffs = [], [], []
    for number, layer in enumerate(manifest["layers"]):
        packed.append(f"{layout}/blobs/sha256/" + layer["digest"][7:])
        plain.append(f"{work}/layer-{number}")
        hasher, squeeze = hashlib.sha256(), zlib.decompressobj(31)
        with open(packed[-1], "rb") as source, open(plain[-1], "wb") as file:
            while piece := source.read(MIB):
                piece = squeeze.decompress(piece)
                hasher.update(piece)
                file.write(piece)
        diffs.append("sha256:" + hasher.hexdigest())
    archive(work + "/plain.tar", plain, diffs)
    archive(work + "/gzip.tar", packed, diffs)
    for path in plain:
        os.remove(path)
    return "plain.tar", "gzip.tar"


def machine_archive(work, size):
    """An archive in `work` of one plain layer with files of this machine."""
    with tarfile.open(work + "/layer", "w") as out:
        for path, _ in files_of_this_machine(size):
            out.add(path, recursive=False)
    with open(work + "/layer", "rb") as file:
        digest = "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    archive(work + "/machine.tar", [work + "/layer"], [digest])
    os.remove(work + "/layer")
    return "machine.tar"


@cached
def runnable(layout):
    """One gzip layer with a static busybox."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("bin", "etc", "tmp"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        archive.add("/bin/busybox", "bin/busybox")
        for name in ("sh", "true"):
            link = tarfile.TarInfo("bin/" + name)
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return [squeezed(layout, [out.getvalue()])]
