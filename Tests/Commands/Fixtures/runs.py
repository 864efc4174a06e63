#!/usr/bin/python3
"""Makes the images that ctr-run's tests run, as one OCI layout.

usage: runs.py LAYOUT

base     busybox with all its applets, users and groups, files that can't be executed; the others are on top of it
scratch  a static binary and nothing else
many     120 layers
pause    base that does nothing, for pods
python   base with Debian's Python and an application of it (application.py)
hostile-*  what no honest builder makes; not for docker
"""
import io
import os
import subprocess
import sys
import tarfile

from images import Layout, read

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"
GROUP = b"root:x:0:\nbob:x:1000:\nwheel:x:10:bob\nvideo:x:44:bob,nobody\nalone:x:77:\nnobody:x:65534:\n"
VARIABLES = ["PATH=/bin:/usr/bin"]


def pack(*entries):
    """A tar of (path, content[, mode[, owner]]), as images.tar takes them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content, *more in entries:
            entry = tarfile.TarInfo(path.rstrip("/"))
            entry.mode, entry.mtime = (more or [0o755])[0], 1700000000
            entry.uid = entry.gid = more[1] if len(more) > 1 else 0
            if content is None:
                entry.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
            else:
                entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content) if entry.isfile() else None)
    return out.getvalue()


def base():
    applets = subprocess.run(["/bin/busybox", "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    busybox = read("/bin/busybox")
    foreign = bytearray(busybox[:4096])
    foreign[18:20] = b"\xf3\x00"  # e_machine: RISC-V
    return pack(
        ("bin/", None), ("bin/busybox", busybox), *[("bin/" + name, "busybox") for name in applets if name != "busybox"],
        ("tmp/", None, 0o1777), ("root/", None, 0o700), ("home/", None),
        ("home/bob/", None, 0o755, 1000), ("etc/", None), ("etc/passwd", PASSWD, 0o644), ("etc/group", GROUP, 0o644),
        ("data/", None), ("data/file", b"of the image\n", 0o644), ("broken/", None),
        ("broken/plain", b"no program\n", 0o644), ("broken/interpreter", b"#!/none/such\n"),
        ("broken/foreign", bytes(foreign)), ("broken/nothing", b""), ("broken/script", b"echo no first line\n"))


def python():
    """Debian's Python, its modules and the libraries of them all."""
    program, modules = os.path.realpath("/usr/bin/python3"), "/usr/lib/" + os.path.basename(os.path.realpath("/usr/bin/python3"))
    files = [program]
    for directory, names, found in os.walk(modules):
        names[:] = [name for name in names if name not in ("__pycache__", "test", "tests", "idlelib", "ensurepip", "lib2to3")
                    and not name.startswith("config-")]
        files += [f"{directory}/{name}" for name in found]
    binaries = [program, *(file for file in files if file.endswith(".so"))]
    words = subprocess.run(["ldd", *binaries], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    files += sorted({word for word in words if word.startswith("/") and not word.endswith(":")})
    made = [("usr/bin/python3", os.path.basename(program))]
    made += [(file.lstrip("/"), read(file)) for file in files if os.path.isfile(file)]
    return pack(("usr/", None), ("usr/bin/", None), *made)


def main():
    layout = Layout(sys.argv[1])
    bottom = layout.layer(base())

    def name(title, config=None, *layers, config_only=False):
        whole = {"Env": VARIABLES, **(config or {})}
        layout.name(layout.image([*([] if config_only else [bottom]), *layers], whole), title + ":latest")

    name("base")
    name("entry", {"Entrypoint": ["echo", "entry"], "Cmd": ["cmd", "two words"]})
    name("only-entry", {"Entrypoint": ["echo", "entry"], "Cmd": None})
    name("shell", {"Entrypoint": ["/bin/sh", "-c", "echo shell $0 $@"], "Cmd": ["cmd"]})
    name("nothing", {"Cmd": None})
    name("env", {"Env": [*VARIABLES, "A=image", "B=two words", "EMPTY="], "WorkingDir": "/made/deep"})
    name("user", {"User": "bob"})
    name("user-number", {"User": "1000:77"})
    name("user-missing", {"User": "carol"})
    name("volume", {"Volumes": {"/data": {}, "/fresh": {}}})
    name("stop", {"StopSignal": "SIGUSR1"})
    name("work", {"WorkingDir": "/home/bob"})
    scratch = layout.layer(pack(("busybox", read("/bin/busybox"))))
    name("scratch", {"Entrypoint": ["/busybox"], "Cmd": ["echo", "static"], "Env": None}, scratch, config_only=True)
    name("pause", {"Cmd": ["sleep", "1000"]})
    application = read(os.path.dirname(os.path.abspath(__file__)) + "/application.py")
    name("python", {"Entrypoint": ["python3", "-B", "application.py"], "Cmd": ["3"], "WorkingDir": "/app", "User": "bob",
                    "Env": [*VARIABLES, "GREETING=hello"]},
         layout.layer(python(), "none"), layout.layer(pack(("app/", None), ("app/application.py", application))))
    name("many", None, *[layout.layer(pack((f"layer-{n}", b"%d\n" % n), ("last", b"%d\n" % n))) for n in range(119)])

    for place in ("proc", "dev", "sys", "etc", "dev/shm", "dev/pts"):
        parents = [("dev/", None)] if "/" in place else []
        title = place.replace("/", "-")
        files = [("etc/passwd", PASSWD)] if place != "etc" else []
        whole = ([("bin/", None), ("bin/busybox", read("/bin/busybox")), ("bin/sh", "busybox")] + files + parents)
        for kind, content in (("link", "/../../../../../../../../OUTSIDE"), ("file", b"a file\n")):
            name(f"hostile-{title}-{kind}", None, layout.layer(pack(*whole, (place, content))), config_only=True)
    name("hostile-work-link", {"WorkingDir": "/escape/deep"},
         layout.layer(pack(("escape", "/../../../../../../OUTSIDE"))))
    name("hostile-work-file", {"WorkingDir": "/data/file"})
    name("hostile-work-fd", {"WorkingDir": "/proc/self/fd/7"})
    name("hostile-nul", {"Env": [*VARIABLES, "A=b\0c"]})
    name("hostile-variables", {"Env": [*VARIABLES, *[f"V{n}=" + "x" * 90 for n in range(10_000)]]})
    name("hostile-volume", {"Volumes": {"/../../OUTSIDE": {}, "/escape": {}}},
         layout.layer(pack(("escape", "/../../../OUTSIDE"))))
    layout.finish()


if __name__ == "__main__":
    main()
