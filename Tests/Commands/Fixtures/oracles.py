#!/usr/bin/python3
"""Lists the files of every image of a layout (Fixtures/tree.py) as docker and as umoci unpack them.

usage: oracles.py LAYOUT LISTS DOCKER_SOCKET DOCKER_DATA

Makes LISTS/NAME.docker and LISTS/NAME.umoci, or NAME.TOOL.refused with what the tool said. For docker it mounts the
layers as dockerd has unpacked them, with mount(8). Where there is an image NAME-twin, it stands in for NAME.
Times of directories that a tool made up are listed as `?`. Run in a mount namespace of its own, in an empty directory.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

layout, lists, socket, data = sys.argv[1:]
TREE = ["/usr/bin/python3", os.path.dirname(os.path.abspath(__file__)) + "/tree.py", "list"]
BEGIN = time.time_ns() - 10**9
DOCKER = ["docker", "-H", "unix://" + socket]


class Refused(Exception):
    pass


def run(*command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        raise Refused(done.stdout.decode(errors="replace"))
    return done.stdout.decode().strip()


def write(path, root):
    def known(found):
        # docker ignores the root's own entry; umoci gives a root that no layer names the time 0.
        of_root = found[1] == "." and path.endswith(".docker")
        return found[0] if 0 < int(found[3]) < BEGIN and not of_root else f"{found[1]}\t{found[2]}dirtime=?"
    listing = subprocess.run([*TREE, root], stdout=subprocess.PIPE, check=True).stdout.decode()
    with open(path, "w") as file:
        file.write(re.sub(r"^(.+?)\t(.*)dirtime=(-?\d+)", known, listing, flags=re.M))


def by_docker(image, path):
    name = f"oracle/{image}:1"
    run("skopeo", "--insecure-policy", "copy", "-q", f"oci:{layout}:{image}", f"docker-archive:image.tar:{name}")
    try:
        with open("image.tar", "rb") as file:
            run(*DOCKER, "load", "-q", stdin=file)
    finally:
        os.remove("image.tar")
    top = run(*DOCKER, "image", "inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", name)
    if not top.startswith("/"):
        raise Refused("no layers")
    layer, store = os.path.dirname(top), data + "/overlay2"
    lower = ["l/" + read(layer + "/link")]
    if os.path.exists(layer + "/lower"):
        lower.append(read(layer + "/lower"))
    else:
        os.makedirs(store + "/none", exist_ok=True)
        lower.append("none")
    os.makedirs("merged", exist_ok=True)
    merged = os.path.abspath("merged")
    run("mount", "-t", "overlay", "overlay", "-o", "lowerdir=" + ":".join(lower), merged, cwd=store)
    write(path, merged)
    run("umount", merged)


def by_umoci(image, path):
    run("umoci", "unpack", "--image", f"{layout}:{image}", "bundle")
    write(path, "bundle/rootfs")


def read(path):
    with open(path) as file:
        return file.read()


def main():
    with open(layout + "/index.json", "rb") as file:
        names = [entry["annotations"]["org.opencontainers.image.ref.name"] for entry in json.load(file)["manifests"]]
    os.makedirs(lists, exist_ok=True)
    for name in names:
        if name.endswith("-twin"):
            continue
        image = name + "-twin" if name + "-twin" in names else name
        for tool, make in (("docker", by_docker), ("umoci", by_umoci)):
            try:
                make(image, f"{lists}/{name}.{tool}")
            except Refused as refusal:
                with open(f"{lists}/{name}.{tool}.refused", "w") as file:
                    file.write(str(refusal))
            shutil.rmtree("bundle", ignore_errors=True)


if __name__ == "__main__":
    main()
