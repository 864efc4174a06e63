"""What it costs to start and end a container, side by side with crun, podman and unshare(1)."""
import json
import os
import subprocess
import sys
import time

import images
import servers
from measure import ENVIRONMENT, MIB, judge, line, ratio, side_by_side


class Running:
    """The part `run`: `/bin/true` in an unpacked image, in namespaces of its own; needs root."""

    def run(self):
        self.place()
        layout = images.runnable(self.work + "/runnable")
        bundle = self.work + "/bundle"
        ours = ["ctr-run", "--net", "none", layout, "/bin/true"]
        subprocess.run(ours, check=True)
        subprocess.run(["ctr-run", "--net", "none", "--bundle", bundle, layout, "/bin/true"], check=True)
        # This crun knows neither hybrid machines nor their v1 mounts: only cgroup2, and no limits.
        with open(bundle + "/config.json", "rb") as file:
            config = json.load(file)
        config["mounts"] = [mount for mount in config["mounts"] if mount.get("type") != "cgroup"]
        config["linux"].pop("resources", None)
        config["linux"].pop("cgroupsPath", None)
        with open(bundle + "/config.json", "w") as file:
            json.dump(config, file)
        alone = "umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup"
        crun = (f"unshare -m sh -c '{alone}; for i in $(seq 10); do "
                f"crun --root {self.work}/crun --cgroup-manager=disabled run -b {bundle} t$i; done'")
        podman = (f"CONTAINERS_CONF={self.work}/containers.conf podman --root {self.disk}/podman "
                  f"--runroot {self.disk}/run --tmpdir {self.disk}/tmp --storage-driver overlay")
        # podman's mounts go with the namespace; its crun has the same demand as the one above.
        subprocess.run(f"unshare -m sh -c '{podman} pull -q oci:{layout}:app:latest' > {self.work}/id", shell=True, check=True)
        with open(self.work + "/id") as file:
            image = file.read().strip()
        ten = "for i in $(seq 10); do {}; done"
        sides = side_by_side(
            self.work, max(11, self.runs),
            ("", ten.format(" ".join(ours))),
            ("", crun),
            ("", ten.format(f"unshare -mpiun --fork chroot {bundle}/rootfs /bin/true")))
        floor, = side_by_side(self.work, max(11, self.runs), ("", f"unshare -m sh -c '{alone}; for i in $(seq 10); do :; done'"))
        mine, theirs, bare = (side[0] / 10 for side in sides)
        ratio("run /bin/true", ("ctr-run", mine), ("crun run", theirs - floor[0] / 10), 0.7)
        ratio("run /bin/true", ("ctr-run", mine), ("unshare + chroot", bare), 1.2)
        once, rival = side_by_side(
            self.work, max(5, self.runs // 2), ("", ours),
            ("", f"unshare -m sh -c '{alone}; {podman} run --rm --network none --cgroups disabled {image} /bin/true'"))
        ratio("run /bin/true", ("ctr-run", once[0]), ("podman run --rm", rival[0] - floor[0]), 0.1)
        config["process"]["args"] = ["/bin/busybox", "sleep", "1"]
        with open(bundle + "/config.json", "w") as file:
            json.dump(config, file)
        own = self.most(" ".join([*ours[:-1], "/bin/busybox sleep 1"]))
        other = self.most(f"crun --root {self.work}/crun --cgroup-manager=disabled run -b {bundle} t", alone)
        line("memory, run", "ctr-run / crun", f"{own} KiB / {other} KiB", f"{own / other:.3f}", "≤ 2.000",
             judge("memory, run", own <= 2 * other, f"{100 * (own / other / 2 - 1):.0f} %"))

        self.piped(layout)

    def piped(self, layout):
        """A command in an image straight from the registry, against pulling and unpacking it."""
        context = self.context("data", 100 * MIB, 2000, "FROM app\nCOPY . /data/\n")
        os.environ["IMG_LAYOUT"] = ENVIRONMENT["IMG_LAYOUT"] = layout
        reference = servers.registry(self.work) + "/piped"
        subprocess.run(f"img-build -q --cache-dir {self.disk}/cache {context} | img-push -q - {reference}", shell=True,
                       cwd=self.work, check=True)
        ours, floor = side_by_side(
            self.work, self.runs,
            (f"rm -rf {self.disk}/layers", f"img-pull -q {reference} | ctr-run --net none - /bin/true"),
            (f"rm -rf {self.disk}/layers got", f"img-pull -q --no-sync -o got {reference}; img-mount -q -n got"))
        ratio("img-pull | ctr-run - true", ("both", ours[0]), ("img-pull; img-mount -n", floor[0]), 1.2)
        servers.stop_all()
        servers.running.clear()

    def most(self, command, before="true"):
        """The largest resident memory that the program of a command has had while what it runs sleeps, KiB."""
        with subprocess.Popen(["unshare", "-m", "bash", "-c", f"{before}; exec {command}"],
                              env={**ENVIRONMENT, **os.environ}) as process:
            time.sleep(0.5)
            with open(f"/proc/{process.pid}/status") as file:
                rows = dict(row.split(":", 1) for row in file)
        if process.returncode or rows["Name"].strip() not in ("ctr-run", "crun"):
            sys.exit(f"bench: {command}: status {process.returncode}, {rows['Name'].strip()}")
        return int(rows["VmHWM"].split()[0])
