#!/usr/bin/python3
"""Builds the cases of BuildCases*.swift with one builder and writes down what came out.

usage: builds.py ENGINE CASES RESULTS [--layout LAYOUT] [--client COMMAND] [--jobs N] [--only WORDS]

ENGINE   img-build, classic or buildkit (docker's two builders), buildah
CASES    a JSON array of {name, dockerfile, before, context, flags, operand, asks}
RESULTS  a directory: NAME for each case, and NAME.log with what the builder said
LAYOUT   the layout with the images to build from
COMMAND  the command that reaches dockerd

A result is `fails`, or `builds` and what differs from the image that most cases begin with, a line each: first files
(TYPE MODE OWNER PATH, then the text, target or device, extended attributes, and `@` and the time where that is an old
one), then the fields of the configuration that hold something.

In a case @http@ is a server of Fixtures' own files, and the git repositories below it; @agent@ is a socket.
"""
import argparse
import concurrent.futures
import functools
import gzip
import hashlib
import http.server
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading

BASE = "base"
# Files of images that cases build from.
IMAGES = ["base", "env", "entry", "only-entry", "user", "volume", "stop", "work", "scratch", "shell"]
OLD = 1_720_000_000  # what was made on purpose is older, what builders make is newer
ROOT = pathlib.PurePosixPath("/")
BUSYBOX = ROOT / "bin/busybox"
# Directories that RUN mounts something on: some builders leave them in the image, some don't.
MOUNTED = ["/dev", "/proc", "/sys", "/run", "/run/secrets", "/run/buildkit"]
TYPES = {tarfile.REGTYPE: "f", tarfile.AREGTYPE: "f", tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.LNKTYPE: "h",
         tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b", tarfile.FIFOTYPE: "p"}
FIELDS = ["User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Healthcheck", "Volumes", "WorkingDir", "Labels", "StopSignal",
          "Shell", "OnBuild"]


def plain(data):
    """The bytes of a layer's tar."""
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def described(content):
    try:
        text = content.decode()
        if len(text) <= 400 and all(c.isprintable() or c in "\n\t" for c in text):
            return json.dumps(text, ensure_ascii=False)
    except UnicodeDecodeError:
        pass
    return f"{len(content)} {hashlib.sha256(content).hexdigest()[:12]}"


def member(archive, entry):
    """A file as a line of a result, without its path: (before it, after it)."""
    kind = TYPES[entry.type]
    after = ""
    if kind == "f":
        after = described(archive.extractfile(entry).read())
    elif kind == "l":
        after = "-> " + entry.linkname
    elif kind in "cb":
        after = f"{entry.devmajor}:{entry.devminor}"
    for key, value in sorted(entry.pax_headers.items()):
        if key.startswith("SCHILY.xattr.") and not key.startswith("SCHILY.xattr.trusted.overlay."):
            after += f" {key[13:]}={value.encode('utf-8', 'surrogateescape').hex()}"
    if entry.mtime < OLD:
        after += f" @{int(entry.mtime)}"
    mode = "-" if kind == "l" else f"{entry.mode & 0o7777:o}"
    return f"{kind} {mode} {entry.uid}:{entry.gid}", after.strip()


def layer_of(data):
    """Entries of a layer: (path, line or hard link's target or None)."""
    with tarfile.open(fileobj=io.BytesIO(plain(data)), mode="r:") as archive:
        return [(pathlib.PurePosixPath("/", entry.name), entry, member(archive, entry) if entry.type != tarfile.LNKTYPE else None)
                for entry in archive]


def remove(tree, path, itself=True):
    for other in [other for other in tree if path in other.parents or (itself and other == path)]:
        del tree[other]


def merged(layers):
    """The tree of layers from the base up: path → (before, after)."""
    tree = {}
    for entries in layers:
        below = dict(tree)
        for path, entry, _ in entries:
            if path.name == ".wh..wh..opq":
                remove(below, path.parent, itself=False)
            elif path.name.startswith(".wh."):
                remove(below, path.with_name(path.name[4:]))
        own = {}
        for path, entry, line in entries:
            if path.name.startswith(".wh."):
                continue
            if line is None:
                target = pathlib.PurePosixPath("/", entry.linkname)
                line = own.get(target) or below.get(target)
            own[path] = line
        for path, line in own.items():
            if not line[0].startswith("d"):
                remove(below, path, itself=False)
        tree = {**below, **own}
    tree.pop(ROOT, None)
    return tree


def timeless(line):
    """A line without the time at its end."""
    return line and (line[0], re.sub("(^| )@[0-9]+$", "", line[1]))


def differences(tree, base):
    lines = []
    for path in sorted(tree.keys() | base.keys(), key=str):
        if timeless(tree.get(path)) == timeless(base.get(path)):
            continue
        if path not in tree:
            if path.parent in tree or path.parent == ROOT:
                lines.append(f"- {path}")
            continue
        before, after = tree[path]
        lines.append(f"{before} {path} {after}".rstrip())
    return lines


def configuration(whole, base):
    lines = []
    config = whole.get("config") or {}
    known = base.get("config") or {}
    for field in FIELDS:
        value = config.get(field)
        if field == "WorkingDir" and value == "/":  # as good as none
            value = None
        if field == "Labels" and value:
            value = {name: text for name, text in value.items() if name != "io.buildah.version"}
        if value == (known.get(field) or None) or (not value and not known.get(field)):
            continue
        lines.append(f"{field} {json.dumps(value or None, ensure_ascii=False, sort_keys=True)}")
    if whole.get("author"):
        lines.append(f"Author {json.dumps(whole['author'], ensure_ascii=False)}")
    platform = "/".join([whole["os"], whole["architecture"]] + ([whole["variant"]] if whole.get("variant") else []))
    if platform != "/".join([base["os"], base["architecture"]]):
        lines.append(f"Platform {platform}")
    return lines


class Image:
    """Layers and configuration."""

    def __init__(self, config, layers):
        self.config, self.tree = config, merged(layers)

    def result(self, base, mounted, leavings=()):
        """What differs from `base`; from nothing, where there is nothing of it."""
        tree = {path: line for path, line in self.tree.items() if path in base.tree or str(path) not in leavings}
        for path in sorted(mounted - base.tree.keys() - {ROOT}, key=str, reverse=True):
            if tree.get(path) == ("d 755 0:0", "") and not any(path in other.parents for other in tree):
                del tree[path]
        if BUSYBOX not in tree:
            base = NOTHING
        return "\n".join(["builds", *differences(tree, base.tree), *configuration(self.config, base.config)]) + "\n"


NOTHING = Image({"os": "linux", "architecture": "amd64"}, [])


class Layout:
    """The images of an OCI layout."""

    def __init__(self, path):
        self.path, self.layers = path, {}

    def blob(self, digest):
        return pathlib.Path(self.path, "blobs", *digest.split(":")).read_bytes()

    def image(self, digest):
        manifest = json.loads(self.blob(digest))
        layers = []
        for entry in manifest["layers"]:
            if entry["digest"] not in self.layers:
                self.layers[entry["digest"]] = layer_of(self.blob(entry["digest"]))
            layers.append(self.layers[entry["digest"]])
        return Image(json.loads(self.blob(manifest["config"]["digest"])), layers)

    def named(self, name):
        index = json.loads(pathlib.Path(self.path, "index.json").read_bytes())
        for entry in index["manifests"]:
            if entry.get("annotations", {}).get("org.opencontainers.image.ref.name") == name:
                return self.image(entry["digest"])
        raise KeyError(name)


def archive_images(path):
    """The images of a Docker archive, by tag."""
    images, layers = {}, {}
    with tarfile.open(path) as archive:
        for each in json.load(archive.extractfile("manifest.json")):
            stack = []
            for name in each["Layers"]:
                if name not in layers:
                    entry = archive.getmember(name)
                    while entry.issym():
                        entry = archive.getmember(os.path.normpath(os.path.join(os.path.dirname(entry.name), entry.linkname)))
                    layers[name] = layer_of(archive.extractfile(entry).read())
                stack.append(layers[name])
            image = Image(json.load(archive.extractfile(each["Config"])), stack)
            for tag in each["RepoTags"] or []:
                images[tag] = image
    return images


def run(words, cwd, environment=(), **more):
    return subprocess.run(words, cwd=cwd, env={**os.environ, **dict(environment)}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=120, check=False, **more)


class Docker:
    """docker build, by the classic builder or by BuildKit."""

    def __init__(self, options, kit):
        self.client, self.kit = shlex.split(options.client), kit
        for image in IMAGES:
            archive = os.path.join(options.work, image + ".tar")
            subprocess.run(["skopeo", "--insecure-policy", "copy", "-q", f"oci:{options.layout}:{image}:latest",
                            f"docker-archive:{archive}:docker.io/library/{image}:latest"], check=True)
            subprocess.run([*self.client, "load", "-q", "-i", archive], check=True, stdout=subprocess.DEVNULL)
            os.unlink(archive)
        self.work = options.work

    def build(self, name, flags, cwd, context):
        network = [] if "--network" in flags else ["--network", "none"]
        words = [*self.client, "build", *network, "-t", name, *flags, context]
        return run(words, cwd, {"DOCKER_BUILDKIT": "1" if self.kit else "0", "BUILDKIT_PROGRESS": "plain"})

    def images(self, names):
        images, whole = {}, []
        if not names:
            return images
        for each in json.loads(subprocess.run([*self.client, "image", "inspect", *names], check=True, stdout=subprocess.PIPE).stdout):
            if each["RootFS"].get("Layers"):
                whole.extend(each["RepoTags"])
            else:  # which docker can't save
                config = {"config": each["Config"], "os": each["Os"], "architecture": each["Architecture"], "author": each["Author"]}
                images |= {tag: Image(config, []) for tag in each["RepoTags"]}
        whole = [name for name in names if name + ":latest" in whole]
        for start in range(0, len(whole), 40):
            path = os.path.join(self.work, "saved.tar")
            with open(path, "wb") as file:
                subprocess.run([*self.client, "save", *whole[start:start + 40]], check=True, stdout=file)
            images |= archive_images(path)
            os.unlink(path)
        return {name: images[name + ":latest"] for name in names}

    def close(self):
        pass


class Buildah:
    """buildah bud, with files of its own."""

    LEAVINGS = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]

    def __init__(self, options):
        self.work, self.made = options.work, {}
        self.client = ["buildah", "--root", f"{self.work}/root", "--runroot", f"{self.work}/run", "--storage-driver", "overlay"]
        for image in IMAGES:
            made = subprocess.run([*self.client, "pull", "-q", f"oci:{options.layout}:{image}:latest"], check=True,
                                  stdout=subprocess.PIPE, text=True).stdout.split()[-1]
            subprocess.run([*self.client, "tag", made, f"localhost/{image}:latest"], check=True)

    def build(self, name, flags, cwd, context):
        words = [*self.client, "bud", "--isolation", "chroot", "--pull-never", "--format", "docker", "-t",
                 f"localhost/{name}", *flags, context]
        built = run(words, cwd)
        if built.returncode == 0:
            path = os.path.join(cwd, "../saved.tar")
            pushed = run([*self.client, "push", "-q", f"localhost/{name}", f"docker-archive:{path}:made:1"], cwd)
            if pushed.returncode:
                raise RuntimeError(pushed.stdout)
            self.made[name] = archive_images(path).popitem()[1]
            os.unlink(path)
        return built

    def images(self, names):
        return self.made

    def close(self):
        for line in reversed(pathlib.Path("/proc/self/mountinfo").read_text().splitlines()):
            if line.split()[4].startswith(f"{self.work}/root/"):
                subprocess.run(["umount", "-l", line.split()[4]], check=False)


class ImgBuild:
    """img-build, all cases into one layout and with one cache."""

    def __init__(self, options):
        self.layout = f"{options.work}/out"
        self.environment = {"IMG_LAYOUT": options.layout, "IMG_LAYERS": f"{options.work}/layers",
                            "XDG_CACHE_HOME": f"{options.work}/cache"}
        self.operands = {}

    def build(self, name, flags, cwd, context):
        network = [] if "--network" in flags else ["--network", "none"]
        with tempfile.TemporaryFile() as output:
            built = subprocess.run(
                ["img-build", *network, "-o", self.layout, "-t", name, *flags, context], cwd=cwd,
                env={**os.environ, **self.environment}, stdout=output, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                timeout=120, check=False)
            output.seek(0)
            self.operands[name] = output.read().decode().strip()
        built.stdout = built.stderr
        return built

    def images(self, names):
        layout = Layout(self.layout)
        return {name: layout.image("sha256:" + self.operands[name].split("@sha256:")[1]) for name in names}

    def close(self):
        pass


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, *arguments):
        pass


def repository(path):
    """A git repository of two commits, a branch, a tag and a submodule's worth of nothing."""
    script = """
      export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
      git init -q -b master work; cd work; git config user.email t@t; git config user.name t
      mkdir sub; echo one > one; echo deep > sub/deep; ln -s one link; echo run > tool; chmod 755 tool
      printf 'FROM base\\nCOPY one sub /git/\\n' > Dockerfile; printf 'FROM base\\nCOPY . /git/\\n' > sub/Dockerfile
      git add .; git commit -qm one; git tag v1
      git checkout -q -b side; echo side > one; git commit -qam side; git checkout -q master; echo two > one; git commit -qam two
      cd ..; git clone -q --bare work repo.git; git -C repo.git update-server-info"""
    subprocess.run(["bash", "-ec", script], cwd=path, check=True)
    shutil.rmtree(os.path.join(path, "work"))


def serve(path):
    """Serves what ADD fetches; its address."""
    os.makedirs(path)
    pathlib.Path(path, "file").write_bytes(b"from afar\n")
    pathlib.Path(path, "dir").mkdir()
    pathlib.Path(path, "dir/plain.txt").write_bytes(b"in a directory\n")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("inside")
        entry.size, entry.mtime, entry.mode, entry.uid = 7, 1600000000, 0o640, 5
        archive.addfile(entry, io.BytesIO(b"inside\n"))
    pathlib.Path(path, "archive.tar.gz").write_bytes(gzip.compress(packed.getvalue(), mtime=0))
    repository(path)
    for name in ("file", "dir/plain.txt", "archive.tar.gz"):
        os.utime(os.path.join(path, name), (1600000000, 1600000000))
    handler = functools.partial(Files, directory=path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def agent(path):
    """An ssh-agent without keys."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(50)

    def answer(connection):
        with connection:
            while len(head := connection.recv(4)) == 4:
                connection.recv(struct.unpack(">I", head)[0])
                connection.sendall(struct.pack(">IBI", 5, 12, 0))

    def accept():
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return path


def main():
    options = argparse.ArgumentParser()
    options.add_argument("engine", choices=["img-build", "classic", "buildkit", "buildah"])
    options.add_argument("cases")
    options.add_argument("results")
    options.add_argument("--layout", required=True)
    options.add_argument("--client", default="docker")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", default="")
    options = options.parse_args()
    os.umask(0o022)
    os.environ["BUILD_CASE"] = "of the environment"
    os.makedirs(options.results, exist_ok=True)
    cases = [case for case in json.loads(pathlib.Path(options.cases).read_bytes()) if options.only in case["name"]
             and (case["asks"] or options.engine == "img-build")]
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as work:
        options.work = work
        engine = {"img-build": ImgBuild, "classic": lambda o: Docker(o, False), "buildkit": lambda o: Docker(o, True),
                  "buildah": Buildah}[options.engine](options)
        places = {"@http@": serve(os.path.join(work, "http")), "@agent@": agent(os.path.join(work, "agent"))}

        def placed(text):
            for word, value in places.items():
                text = text.replace(word, value)
            return text

        def build(case):
            """Whether it built."""
            directory = os.path.join(work, "cases", case["name"], "context")
            os.makedirs(directory)
            log = b""
            if case.get("context"):
                subprocess.run(["bash", "-ec", placed(case["context"])], cwd=directory, check=True)
            status = 0
            # Two builders may share a daemon.
            tag = f"{options.engine}/{case['name']}"
            for dockerfile, name in ((case.get("before"), "before/" + tag), (case["dockerfile"], tag)):
                if dockerfile is None or status:
                    continue
                text = placed(dockerfile).replace("@before@", "before/" + tag)
                pathlib.Path(directory, "Dockerfile").write_bytes(text.encode())
                try:
                    flags, context = (case["flags"], case["operand"]) if name == tag else ("", ".")
                    built = engine.build(name, shlex.split(placed(flags)), directory, placed(context))
                    status, log = built.returncode, log + built.stdout
                except subprocess.TimeoutExpired as late:
                    status, log = 124, log + (late.stdout or b"") + b"\ntimed out\n"
            pathlib.Path(options.results, case["name"] + ".log").write_bytes(log + b"\nstatus %d\n" % status)
            return status == 0

        try:
            with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
                built = dict(zip((case["name"] for case in cases), pool.map(build, cases)))
            images = engine.images([f"{options.engine}/{name}" for name, well in built.items() if well])
            base = Layout(options.layout).named(BASE + ":latest")
            for case in cases:
                text = "fails\n"
                if image := images.get(f"{options.engine}/{case['name']}"):
                    targets = re.findall("(?:target|dst|destination)=([^, \n]*)", case["dockerfile"] + (case.get("before") or ""))
                    directory = (image.config.get("config") or {}).get("WorkingDir") or "/"
                    mounted = {pathlib.PurePosixPath(directory, path) for path in MOUNTED + targets}
                    mounted |= {pathlib.PurePosixPath(path).parent for path in targets if path.startswith("/")}
                    text = image.result(base, mounted, getattr(engine, "LEAVINGS", ()))
                pathlib.Path(options.results, case["name"]).write_text(text, encoding="utf-8")
        finally:
            engine.close()


if __name__ == "__main__":
    sys.exit(main())
