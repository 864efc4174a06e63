#!/usr/bin/python3
"""Measures the commands side by side with other tools and with the floor; fails where a figure is missed.

usage: bench.py [--runs N] [PART...]      PART: pull repull save pipe load compress start memory unpack mount run build

OCIUTILS_BIN says where the commands are. Runs alternate between the sides, medians count, everything lies in
the page cache on a tmpfs (BENCH_DIR names another place); nobody syncs there. CPU is user + system of a run.
"""
import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import images
import servers
from building import Building
from measure import BIN, ENVIRONMENT, MIB, ROOT, judge, line, missed, once, peak, ratio, side_by_side
from mounting import Mounting
from running import Running

CACHE = ROOT + "/.build/fixtures"
SKOPEO = ["skopeo", "--insecure-policy", "copy", "-q"]


class Bench(Mounting, Running, Building):
    def __init__(self, work, runs):
        self.work, self.runs, self.reference, self.cache = work, runs, None, CACHE

    def image(self):
        """The image in a layout in the page cache and in the registry; once."""
        if self.reference:
            return
        shutil.copytree(images.app(CACHE + "/bench-app"), self.work + "/app")
        host = servers.registry(self.work)
        self.reference = f"{host}/app"
        subprocess.run([*SKOPEO, "--dest-tls-verify=false", "--preserve-digests", f"oci:{self.work}/app:app:latest",
                        "docker://" + self.reference], check=True)
        with open(self.work + "/app/manifest.json", "rb") as file:
            manifest = json.load(file)
        parts = [manifest["config"], *manifest["layers"]]
        print(f"image: {len(parts) - 1} layers, {sum(p['size'] for p in parts) / 1e6:.0f} MB\n", flush=True)
        self.blobs = f"http://{host}/v2/app/blobs/"
        self.manifest = f"http://{host}/v2/app/manifests/latest"
        self.digests = [part["digest"] for part in parts]

    def skopeo_pull(self, layout):
        return [*SKOPEO, "--src-tls-verify=false", "docker://" + self.reference, f"oci:{layout}:app"]

    def img_pull(self, layout):
        return ["img-pull", "-q", "--no-sync", "-o", layout, self.reference]

    def pull(self):
        self.image()
        curl = ["curl", "-Z", "-s", "-S", "-f"]
        for number, digest in enumerate(self.digests):
            curl += ["-o", f"got/{number}", self.blobs + digest]
        ours, floor, hashing, skopeo = side_by_side(
            self.work, self.runs,
            ("rm -rf got", self.img_pull("got")),
            ("rm -rf got; mkdir got", curl),
            (None, "openssl sha256 app/blobs/sha256/*"),
            ("rm -rf got", self.skopeo_pull("got")))
        ratio("pull, wall", ("img-pull", ours[0]), ("curl -Z", floor[0]), 1.1)
        ratio("pull, wall", ("img-pull", ours[0]), ("skopeo", skopeo[0]), 0.44)
        ratio("pull, CPU", ("img-pull", ours[1]), ("curl -Z + openssl sha256", floor[1] + hashing[1]), 1.2)
        shutil.rmtree(self.work + "/got")

    def repull(self):
        self.image()
        for command in (self.img_pull("again"), self.skopeo_pull("again-skopeo")):
            once(command, self.work)
        head = ["curl", "-s", "-f", "-I", "-H", "Accept: " + images.MANIFEST, self.manifest]
        ours, skopeo, curl = side_by_side(
            self.work, max(15, self.runs), (None, self.img_pull("again")),
            (None, self.skopeo_pull("again-skopeo")), (None, head))
        ratio("second pull, nothing new, wall", ("img-pull", ours[0]), ("skopeo", skopeo[0]), 0.5)
        ratio("second pull, nothing new, wall", ("img-pull", ours[0]), ("curl -I", curl[0]), 2)

    def save(self):
        self.image()
        clean = "rm -f out.tar"
        ours, tar, cat, skopeo = side_by_side(
            self.work, self.runs,
            (clean, "img-save -q app > out.tar"),
            (clean, "tar cf out.tar -C app ."),
            (clean, "cat app/blobs/sha256/* > out.tar"),
            (clean, [*SKOPEO, "oci:app:app:latest", "docker-archive:out.tar"]))
        ratio("save to a file, wall", ("img-save", ours[0]), ("tar cf", tar[0]), 1.2)
        ratio("save to a file, wall", ("img-save", ours[0]), ("skopeo", skopeo[0]), 1 / 12)
        line("", "for comparison: cat", f"{cat[0]:.3f} s", "", "", "")
        os.remove(self.work + "/out.tar")

    def pipe(self):
        self.image()
        ours, pull = side_by_side(
            self.work, self.runs,
            ("rm -f out.tar", f"export TMPDIR=/nonexistent; img-pull -q {self.reference} | img-save -q > out.tar"),
            ("rm -rf got", self.img_pull("got")))
        ratio("img-pull | img-save > file, wall", ("both", ours[0]), ("img-pull -o LAYOUT", pull[0]), 1.15)
        os.remove(self.work + "/out.tar")
        shutil.rmtree(self.work + "/got")

    def load(self):
        plain, packed = images.archives(self.work, CACHE + "/bench-app")
        load = ["img-load", "-q", "--no-sync", "-o", "got", "-i"]
        clean = "rm -rf got"
        ours, tar, skopeo, ours_gzip, tar_gzip, piped = side_by_side(
            self.work, self.runs,
            (clean, [*load, plain]),
            (clean + "; mkdir got", f"tar -xf {plain} -C got"),
            (clean, [*SKOPEO, "docker-archive:" + plain, "oci:got:app"]),
            (clean, [*load, packed]),
            (clean + "; mkdir got", f"tar -xf {packed} -C got"),
            (clean, f"cat {plain} | img-load -q --no-sync -o got"))
        ratio("load, plain layers, wall", ("img-load", ours[0]), ("skopeo", skopeo[0]), 1 / 4)
        ratio("load, plain layers, wall", ("img-load", ours[0]), ("tar -x", tar[0]), 1.3)
        ratio("load, gzip layers, wall", ("img-load", ours_gzip[0]), ("tar -x", tar_gzip[0]), 1.3)
        line("", "for comparison: cat | img-load", f"{piped[0]:.3f} s", "", "", "")
        for name in (plain, packed):
            os.remove(f"{self.work}/{name}")
        shutil.rmtree(self.work + "/got")

    def compress(self):
        plain = images.machine_archive(self.work, 100 * MIB)
        clean = "rm -rf got"
        ours, one, gzip = side_by_side(
            self.work, max(3, self.runs // 2),
            (clean, ["img-load", "-q", "--no-sync", "--compress", "gzip:6", "-o", "got", "-i", plain]),
            ("rm -rf one", ["taskset", "1", "img-load", "-q", "--no-sync", "--compress", "gzip:6", "-o", "one", "-i", plain]),
            (None, f"gzip -6 < {plain}"))
        ratio("compress, gzip:6, wall", ("img-load --compress", ours[0]), ("gzip -6", gzip[0]), 1 / 1.8)
        line("", "for comparison: CPU", f"{ours[1]:.3f} s / {gzip[1]:.3f} s", f"{ours[1] / gzip[1]:.3f}", "", "")
        same = subprocess.run(["diff", "-r", "got", "one"], cwd=self.work).returncode == 0
        line("compress, gzip:6", "2 processors, 1 processor", "", "same" if same else "differ", "same",
             judge("compress, gzip:6", same, "its bytes"))
        for name in ("got", "one"):
            shutil.rmtree(f"{self.work}/{name}")
        os.remove(f"{self.work}/{plain}")

    def push(self):
        self.image()
        ours, skopeo = side_by_side(
            self.work, max(15, self.runs),
            (None, ["img-push", "-q", "app", self.reference]),
            (None, [*SKOPEO, "--dest-tls-verify=false", "oci:app:app:latest", "docker://" + self.reference]))
        ratio("push of what is there, wall", ("img-push", ours[0]), ("skopeo", skopeo[0]), 0.5)

    def start(self):
        ours, true = side_by_side(
            self.work, max(41, self.runs), (None, [BIN + "/img-save", "--help"]), (None, ["/bin/true"]))
        more = 1000 * (ours[0] - true[0])
        line("start-up", "img-save --help - /bin/true", f"{1000 * ours[0]:.1f} ms - {1000 * true[0]:.1f} ms",
             f"{more:.1f} ms", "< 10 ms", judge("start-up", more < 10, f"{more - 10:.1f} ms"))

    def memory(self):
        work = tempfile.mkdtemp(prefix="memory-", dir=self.work)
        host = servers.files(work)
        for size, count in ((10, 1), (10, 200), (2048, 1), (2048, 200)):
            name = f"{size}m-{count}"
            images.plain(f"{work}/{name}", size * MIB, count)
            title = f"memory, {size} MiB in {count}"
            for script in (
                f"img-pull -q --no-sync -o got {host}/{name}",
                f"img-pull -q {host}/{name}",
                f"img-save -q {name}",
                f"img-pull -q {host}/{name} | img-save -q",
                f"img-save -q -o {name}.tar {name}",
                f"img-load -q --no-sync -o got -i {name}.tar",
                f"img-load -q --no-sync -o got < {name}.tar",
                f"img-save -q {name}.tar",
                f"img-save -q < {name}.tar",
            ):
                peak(title, script, work)
                shutil.rmtree(work + "/got", ignore_errors=True)
            shutil.rmtree(f"{work}/{name}")
            os.remove(f"{work}/{name}.tar")


def place():
    """Where there is room enough on a tmpfs, else beside the cache."""
    if os.environ.get("BENCH_DIR"):
        return os.environ["BENCH_DIR"]
    room = os.statvfs("/dev/shm") if os.path.isdir("/dev/shm") else None
    return "/dev/shm" if room and room.f_bavail * room.f_frsize > 8 << 30 else CACHE


def main():
    parts = ["pull", "repull", "save", "pipe", "load", "compress", "push", "start", "memory", "unpack", "mount", "run", "build"]
    options = argparse.ArgumentParser(description="Side by side with other tools; fails where a figure is missed.")
    options.add_argument("--runs", type=int, default=7, help="runs of each side")
    options.add_argument("parts", nargs="*", metavar="PART", help=" ".join(parts))
    given = options.parse_args()
    if unknown := set(given.parts) - set(parts):
        options.error("no such part: " + " ".join(unknown))
    for tool in ("img-pull", "img-save", "img-load", "img-push", "skopeo", "curl", "openssl", "docker-registry", "nginx"):
        if not shutil.which(tool, path=ENVIRONMENT["PATH"]):
            sys.exit(f"bench: {tool} is not there (make deps build)")
    os.makedirs(CACHE, exist_ok=True)
    os.environ["PATH"] = ENVIRONMENT["PATH"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Not a random name: podman makes a reference of the path, and an underscore may not stand behind a hyphen.
    work = f"{place()}/ociutils-bench-{os.getpid()}"
    os.mkdir(work, 0o700)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, work)
        bench = Bench(work, given.runs)
        try:
            for part in given.parts or parts:
                getattr(bench, part)()
        finally:
            servers.stop_all()
            bench.leave()
    if missed:
        sys.exit(f"bench: figures missed: {len(missed)} ({', '.join(dict.fromkeys(missed))})")


if __name__ == "__main__":
    main()
