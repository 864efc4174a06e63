"""What a build costs, side by side with buildah, BuildKit and the floor: find, tar and pigz."""
import os
import shutil
import subprocess
import sys
import time

import images
import servers
from measure import ENVIRONMENT, MIB, judge, line, peak, ratio, side_by_side

DOCKERFILE = """FROM app
WORKDIR /app
COPY . .
RUN busybox find . -type f | busybox wc -l > /count
ENV STAGE=production
CMD ["cat", "/count"]
"""


class Building:
    """The part `build`: six steps on a context of 50 MB in 2,000 files; needs root."""

    def context(self, name, size, count, dockerfile):
        """A directory of so many files out of this machine's own, and a Dockerfile."""
        data = bytearray()
        for path, _ in images.files_of_this_machine(size):
            with open(path, "rb") as file:
                data += file.read()
        part = len(data) // count
        for number in range(count):
            directory = f"{self.work}/{name}/{number % 40:02d}"
            os.makedirs(directory, exist_ok=True)
            with open(f"{directory}/{number}", "wb") as file:
                file.write(data[number * part:(number + 1) * part])
        with open(f"{self.work}/{name}/Dockerfile", "w") as file:
            file.write(dockerfile)
        # Files that are as young as the table of their digests are not trusted.
        subprocess.run(["find", f"{self.work}/{name}", "-exec", "touch", "-d", "2024-01-01", "{}", "+"], check=True)
        time.sleep(0.1)
        return name

    def docker(self, base):
        """The client's words for a daemon of this run's own, which has the base image."""
        home, sock = self.disk + "/docker", self.work + "/docker.sock"
        with open(self.work + "/dockerd.log", "w") as log:
            servers.running.append(subprocess.Popen(
                ["dockerd", "--data-root", home, "--exec-root", self.work + "/exec", "-p", self.work + "/docker.pid", "-H",
                 "unix://" + sock, "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=overlay2"],
                stdout=log, stderr=log))
        words = f"docker --config {self.work}/docker-config -H unix://{sock}"
        for _ in range(300):
            if subprocess.run(f"{words} version", shell=True, capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            sys.exit("bench: dockerd does not start")
        subprocess.run(f"img-save -q {base} | {words} load -q && {words} tag app:latest app", shell=True, check=True,
                       stdout=subprocess.DEVNULL)
        return f"export DOCKER_BUILDKIT=1 HOME={self.work}; " + words

    def build(self):
        disk = self.place()
        subprocess.run(f"rm -rf {disk}/*", shell=True, check=True)
        layout = images.runnable(self.work + "/base")
        os.environ["IMG_LAYOUT"] = ENVIRONMENT["IMG_LAYOUT"] = layout
        context = self.context("context", 50 * MIB, 2000, DOCKERFILE)
        docker = self.docker(layout)
        buildah = (f"CONTAINERS_CONF={self.work}/containers.conf buildah --root {disk}/buildah --runroot {disk}/run "
                   "--storage-driver overlay")
        subprocess.run(f"{buildah} pull -q oci:{layout}:app:latest && {buildah} tag $({buildah} images -q) app", shell=True,
                       check=True, stdout=subprocess.DEVNULL)
        ours = ["img-build", "-q", "--no-sync", "--network", "none", "--cache-dir", disk + "/cache", "-o", disk + "/out", context]
        theirs = f"{buildah} bud -q --isolation chroot --layers --pull-never {{}} -t built {context}"
        kit = f"{docker} build -q --network none {{}} -t built {context}"
        # The base is unpacked on all sides, nothing else is known.
        fresh = f"rm -rf {disk}/cache {disk}/out {disk}/layers; img-mount -q --no-sync -n {layout} > /dev/null"
        cold, other, kits = side_by_side(
            self.work, self.runs, (fresh, ours), (None, theirs.format("--no-cache")),
            (None, kit.format("--no-cache") + f"; {docker} save -o {disk}/saved built"))
        ratio("build, cold, 6 steps", ("img-build", cold[0]), ("buildah bud", other[0]), 0.3)
        ratio("build, cold, 6 steps", ("img-build", cold[0]), ("BuildKit, docker save", kits[0]), 0.6)
        warm, other, kits, find = side_by_side(
            self.work, max(11, self.runs), (None, ours), (None, theirs.format("")), (None, kit.format("")),
            (None, f"find {context} -type f -size +0"))
        ratio("build, nothing new", ("img-build", warm[0]), ("buildah bud", other[0]), 0.1)
        ratio("build, nothing new", ("img-build", warm[0]), ("BuildKit, no export", kits[0]), 0.3)
        ratio("build, nothing new", ("img-build", warm[0]), ("find -type f -size +0", find[0]), 4)
        self.copied(disk)
        servers.stop_all()
        servers.running.clear()

    def copied(self, disk):
        """COPY of much, against tar and pigz; and the memory that it takes."""
        tree = self.context("tree", 500 * MIB, 1000, "FROM scratch\nCOPY . /\n")
        clean = f"rm -rf {disk}/cache {disk}/out {disk}/layers {disk}/tree.tar.gz"
        ours = ["img-build", "-q", "--no-sync", "--cache-dir", disk + "/cache", "-o", disk + "/out", tree]
        build, pigz = side_by_side(
            self.work, max(3, self.runs // 2), (clean, ours), (clean, f"tar c {tree} | pigz -6 > {disk}/tree.tar.gz"))
        ratio("build, COPY of 500 MB", ("img-build", build[0]), ("tar c | pigz -6", pigz[0]), 0.3)
        subprocess.run(clean + "; " + " ".join(ours), shell=True, cwd=self.work, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(f"tar c {tree} | pigz -6 > {disk}/tree.tar.gz", shell=True, cwd=self.work, check=True)
        blobs = f"{disk}/out/blobs/sha256"
        size = max(os.path.getsize(f"{blobs}/{name}") for name in os.listdir(blobs)) / os.path.getsize(disk + "/tree.tar.gz")
        line("build, COPY of 500 MB", "size / that of pigz -6", "", f"{size:.3f}", "≤ 1.100",
             judge("build, size", size <= 1.1, f"{100 * (size / 1.1 - 1):.0f} %"))
        subprocess.run(clean, shell=True, check=True)
        peak("memory, COPY of 500 MB", " ".join(ours), self.work, 96)
        many = self.context("many", 10 * MIB, 100000, "FROM scratch\nCOPY . /\n")
        subprocess.run(clean, shell=True, check=True)
        for title in ("100,000 files", "the same again"):
            peak("memory, COPY of " + title, " ".join([*ours[:-1], many]), self.work, 96)
        for name in (tree, many):
            shutil.rmtree(f"{self.work}/{name}")
