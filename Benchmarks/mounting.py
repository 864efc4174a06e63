"""What unpacking and mounting cost, side by side with umoci, podman, tar and mount(8)."""
import ctypes
import json
import os
import shutil
import subprocess

import images
from measure import ENVIRONMENT, MIB, judge, line, peak, ratio, side_by_side

CLONE_NEWNS = 0x20000
PODMAN = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
"""


class Mounting:
    """The parts `unpack` and `mount`: on a fresh ext4 in a loop file, in a mount namespace of this process's own."""

    disk = None

    def place(self):
        """The disk's directory."""
        if not self.disk:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS):
                raise OSError(ctypes.get_errno(), "unshare (the parts unpack and mount need root)")
            disk = self.work + "/disk"
            os.makedirs(disk + "/")
            for command in ("mount --make-rprivate /", "truncate -s 6G disk.img", "mkfs.ext4 -q -m 0 -N 1000000 disk.img",
                            "mount -o loop disk.img disk"):
                subprocess.run(command.split(), cwd=self.work, check=True)
            self.disk = disk
            os.environ["IMG_LAYERS"] = ENVIRONMENT["IMG_LAYERS"] = disk + "/layers"
            with open(self.work + "/containers.conf", "w") as file:
                file.write(PODMAN)
        return self.disk

    def leave(self):
        """Before the working directory is removed."""
        if self.disk:
            subprocess.run(["umount", "-q", "-R", self.disk], check=False)

    def layers(self, layout):
        with open(layout + "/manifest.json", "rb") as file:
            return [f"{layout}/blobs/" + layer["digest"].replace(":", "/") for layer in json.load(file)["layers"]]

    def unpack(self):
        disk = self.place()
        root = shutil.copytree(images.root(self.cache + "/bench-root"), self.work + "/root")
        small = shutil.copytree(images.small_files(self.cache + "/bench-small", 60000), self.work + "/small")
        clean = f"umount -q {disk}/podman/overlay 2>/dev/null; rm -rf {disk}/*; sync -f {disk}"
        podman = (f"CONTAINERS_CONF={self.work}/containers.conf podman --root {disk}/podman --runroot {disk}/run "
                  f"--tmpdir {disk}/tmp --storage-driver overlay")

        def tar(program, layout):
            return "; ".join(f"mkdir {disk}/{number}; {program} {layer} -C {disk}/{number}"
                             for number, layer in enumerate(self.layers(layout)))
        ours, umoci, pull, bsdtar = side_by_side(
            self.work, self.runs,
            (clean, self.img_mount("-n", root)),
            (clean, ["umoci", "unpack", "--image", root + ":app:latest", disk + "/bundle"]),
            (clean, f"{podman} pull -q oci:{root}:app:latest"),
            (clean, tar("bsdtar -xpf", root)))
        ratio("unpack, 400 MB in 10 layers", ("img-mount -n", ours[0]), ("umoci unpack", umoci[0]), 0.5)
        ratio("unpack, 400 MB in 10 layers", ("img-mount -n", ours[0]), ("podman pull", pull[0]), 0.5)
        ratio("unpack, 400 MB in 10 layers", ("img-mount -n", ours[0]), ("bsdtar -x, one by one", bsdtar[0]), 0.9)
        line("", "for comparison: CPU, img-mount / bsdtar", f"{ours[1]:.3f} s / {bsdtar[1]:.3f} s", "", "", "")
        ours, umoci, gnu, bsdtar = side_by_side(
            self.work, max(3, self.runs // 2),
            (clean, self.img_mount("-n", small)),
            (clean, ["umoci", "unpack", "--image", small + ":app:latest", disk + "/bundle"]),
            (clean, tar("tar -xpzf", small)),
            (clean, tar("bsdtar -xpf", small)))
        ratio("unpack, 60,000 small files", ("img-mount -n", ours[0]), ("umoci unpack", umoci[0]), 0.2)
        ratio("unpack, 60,000 small files", ("img-mount -n", ours[0]), ("tar xzf", gnu[0]), 1.0)
        line("", "for comparison: bsdtar -x", f"{bsdtar[0]:.3f} s", "", "", "")
        images.one_file(self.work + "/large", 2048 * MIB)
        for title, layout in (("2 GiB in one file", "large"), ("400 MB in 10 layers", "root"), ("60,000 files", "small")):
            subprocess.run(clean, shell=True, check=True)
            peak("memory, " + title, " ".join(self.img_mount("-n", layout)), self.work, 64)
        subprocess.run(clean, shell=True, check=True)

    def mount(self):
        disk = self.place()
        for count, limit in ((10, 5), (120, 10)):
            layout = images.many_layers(f"{self.work}/many-{count}", count)
            subprocess.run(f"rm -rf {disk}/*; mkdir {disk}/m", shell=True, check=True)
            subprocess.run(self.img_mount("-n", layout), check=True, stdout=subprocess.DEVNULL)
            point = disk + "/m"
            lower = self.lower(layout)
            ours, floor = side_by_side(
                self.work, max(21, self.runs),
                (f"umount -q {point}; rm -rf {disk}/layers/mounts/*", self.img_mount(layout, point)),
                (f"umount -q {point}", f"cd {disk}/layers; exec mount -t overlay overlay -o lowerdir={lower} {point}"))
            subprocess.run(["umount", "-q", point], check=True)
            more = 1000 * (ours[0] - floor[0])
            line(f"mount, {count} layers", "img-mount - mount(8)", f"{1000 * ours[0]:.1f} ms - {1000 * floor[0]:.1f} ms",
                 f"{more:.1f} ms", f"< {limit} ms", judge(f"mount, {count} layers", more < limit, f"{more - limit:.1f} ms"))

    def lower(self, layout):
        """The lower directories of an image by their short names: 120 whole paths are more than mount(2) takes."""
        options = subprocess.run(self.img_mount("-n", layout), check=True, stdout=subprocess.PIPE, text=True).stdout
        listed = next(option for option in options.strip().split(",") if option.startswith("lowerdir="))
        links = os.environ["IMG_LAYERS"] + "/l"
        short = {os.path.realpath(f"{links}/{name}"): "l/" + name for name in os.listdir(links)}
        return ":".join(short.get(os.path.realpath(path), path) for path in listed.removeprefix("lowerdir=").split(":"))

    @staticmethod
    def img_mount(*words):
        return ["img-mount", "-q", "--no-sync", *words]
