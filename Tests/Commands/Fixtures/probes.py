"""What a program sees and may do where it is: run in a container, prints {probe: [what was seen]} as JSON.

usage: python3 - HOSTNAME CANARY < probes.py

HOSTNAME is the host's name, CANARY the path of a file of the host's.
"""
import ctypes
import fcntl
import json
import os
import re
import resource
import socket
import stat
import struct
import sys
import termios

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {"keyctl": 250, "syslog": 103, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "unshare": 272,
           "open_by_handle_at": 304, "io_uring_setup": 425, "kexec_load": 246, "init_module": 175, "acct": 163,
           "swapon": 167, "iopl": 172, "settimeofday": 164, "quotactl": 179, "fanotify_init": 300, "vhangup": 153}
HOST, CANARY = sys.argv[1:3]
probes = {}


def call(name, *arguments):
    return LIBC.syscall(NUMBERS[name], *arguments)


def probe(function):
    """Remembers what a function yields under its title, its doc string."""
    probes[function.__doc__] = function


def works(action):
    try:
        return action() is not False
    except (OSError, ValueError):
        return False


def read(path, size=4096):
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            return file.read(size) or b""
    except OSError:
        return b""


def files(top, depth):
    for directory, names, found in os.walk(top):
        if directory.count("/") - top.count("/") >= depth:
            names[:] = []
        yield from (f"{directory}/{name}" for name in found)


def writable(paths):
    return [path for path in paths if os.access(path, os.W_OK)]


def status(field):
    return re.search(rf"^{field}:\s*(\S+)", read("/proc/self/status").decode(), re.M)[1]


def bits(field):
    return [str(bit) for bit in range(64) if int(status(field), 16) >> bit & 1]


@probe
def _():
    "processes"
    return [read(f"/proc/{name}/comm").decode() for name in os.listdir("/proc") if name.isdigit()]


@probe
def _():
    "files of /proc that tell something"
    return [name for name in os.listdir("/proc") if os.path.isfile("/proc/" + name) and name != "kmsg" and read("/proc/" + name)]


@probe
def _():
    "files of /proc that can be written"
    return writable(path for path in files("/proc", 1) if "/self/" not in path)


@probe
def _():
    "kernel parameters that can be read"
    return [path for path in files("/proc/sys/kernel", 2) if read(path)]


@probe
def _():
    "kernel parameters that can be written"
    return writable(files("/proc/sys", 6))


@probe
def _():
    "what can be written in /sys"
    return writable(files("/sys", 4))


@probe
def _():
    "firmware, power and block devices in /sys"
    return [f"{place}/{name}" for place in ("/sys/firmware", "/sys/devices/virtual/powercap", "/sys/dev/block", "/sys/fs/selinux")
            if os.path.isdir(place) for name in os.listdir(place)]


@probe
def _():
    "network interfaces"
    return os.listdir("/sys/class/net")


@probe
def _():
    "control groups above its own"
    return [line for line in read("/proc/self/cgroup").decode().split() if not line.endswith(":/")]


@probe
def _():
    "what can be written in /sys/fs/cgroup"
    return writable(files("/sys/fs/cgroup", 3))


@probe
def _():
    "/dev"
    return [f"{directory}/{name}" for directory, names, found in os.walk("/dev") for name in names + found]


@probe
def _():
    "devices that can be opened"
    paths = [path for path in files("/dev", 3) if stat.S_ISCHR(os.lstat(path).st_mode) or stat.S_ISBLK(os.lstat(path).st_mode)]
    return [path for path in paths if works(lambda: os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)))]


@probe
def _():
    "devices that can be made"
    made = {"mem": (stat.S_IFCHR, 1, 1), "vda": (stat.S_IFBLK, 254, 0), "fuse": (stat.S_IFCHR, 10, 229),
            "loop": (stat.S_IFBLK, 7, 0), "kvm": (stat.S_IFCHR, 10, 232)}
    return [name for name, (kind, major, minor) in made.items()
            if works(lambda: os.mknod("/tmp/" + name, kind | 0o600, os.makedev(major, minor)))]


@probe
def _():
    "devices that were made and can be opened"
    return [name for name in ("mem", "vda", "fuse", "loop", "kvm") if works(lambda: os.close(os.open("/tmp/" + name, os.O_RDONLY)))]


@probe
def _():
    "capabilities that it can ever have"
    return bits("CapBnd")


@probe
def _():
    "capabilities"
    return bits("CapEff")


@probe
def _():
    "capabilities that programs inherit"
    return bits("CapInh") + bits("CapAmb")


@probe
def _():
    "set-user-ID programs"
    return ["gain"] if status("NoNewPrivs") == "0" else []


@probe
def _():
    "system calls without a filter"
    return ["all"] if status("Seccomp") == "0" else []


@probe
def _():
    "keys of the host"
    found = []
    for ring in (-1, -2, -3, -4, -5):
        keys = ctypes.create_string_buffer(4096)
        size = call("keyctl", 11, ring, keys, 4096)
        for key, in struct.iter_unpack("i", keys.raw[:max(size, 0) // 4 * 4]):
            words = ctypes.create_string_buffer(256)
            if call("keyctl", 6, key, words, 256) > 0:
                found.append(words.value.decode())
    return found


@probe
def _():
    "the kernel's log"
    text = ctypes.create_string_buffer(1 << 16)
    return ["syslog"] * (call("syslog", 3, text, 1 << 16) > 0) + ["/dev/kmsg"] * bool(read("/dev/kmsg")) + ["/proc/kmsg"] * bool(read("/proc/kmsg"))


@probe
def _():
    "powerful system calls that work"
    size = ctypes.create_string_buffer(128)
    attributes = ctypes.create_string_buffer(struct.pack("IIQ", 1, 112, 0) + bytes(96))
    tries = {"bpf": (0, size, 72), "perf_event_open": (attributes, 0, -1, -1, 0), "userfaultfd": (0,), "io_uring_setup": (4, size),
             "kexec_load": (0, 0, 0, 0), "init_module": (size, 0, size), "acct": (0,), "swapon": (CANARY.encode(), 0), "iopl": (3,),
             "fanotify_init": (0, 0), "vhangup": (), "open_by_handle_at": (-100, size, 0)}
    return [name for name, arguments in tries.items() if call(name, *arguments) >= 0]


@probe
def _():
    "terminals, and what is typed into them"
    seen = [str(number) for number in range(10) if works(lambda: os.isatty(number))]
    if works(lambda: os.open("/dev/tty", os.O_RDWR)):
        seen.append("/dev/tty")
    return seen + [f"TIOCSTI {number}" for number in range(3) if works(lambda: fcntl.ioctl(number, termios.TIOCSTI, b"x"))]


@probe
def _():
    "descriptors"
    links = [os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{name}")]
    return [re.sub(r":?\[.*\]", "", link) for link in links if not link.startswith("/proc/")]


@probe
def _():
    "the host's name"
    return [place for place, text in (("uname", os.uname().nodename), ("/etc/hostname", read("/etc/hostname").decode()),
                                      ("/etc/hosts", read("/etc/hosts").decode())) if HOST in text.split()]


@probe
def _():
    "the host's paths in mounts"
    rows = [line.split(" ") for line in open("/proc/self/mountinfo").read().splitlines()]
    paths = {row[3] for row in rows if row[3].count("/") > 1}
    options = {word for row in rows for word in row[-1].split(",") if re.match(r"(lower|upper|work)dir=/(?!proc)", word)}
    return [re.sub(r"[0-9a-z]{20,}", "ID", text)[:60] for text in paths | options]


@probe
def _():
    "variables"
    return [name for name in os.environ if name != "LC_CTYPE"]


@probe
def _():
    "sockets of others"
    return [line.split()[-1] for name in ("unix", "tcp", "udp") for line in read(f"/proc/net/{name}", 1 << 20).decode().splitlines()[1:]]


@probe
def _():
    "memory and queues of others"
    rows = [line for name in ("shm", "sem", "msg") for line in read(f"/proc/sysvipc/{name}").decode().splitlines()[1:]]
    return rows + os.listdir("/dev/mqueue") + os.listdir("/dev/shm")


@probe
def _():
    "sockets that see or forge packets, or reach the hypervisor or the audit log"
    kinds = {"raw": (socket.AF_INET, socket.SOCK_RAW, 1), "packet": (socket.AF_PACKET, socket.SOCK_RAW, 0),
             "vsock": (40, socket.SOCK_STREAM, 0), "audit": (socket.AF_NETLINK, socket.SOCK_RAW, 9)}
    return [name for name, kind in kinds.items() if works(lambda: socket.socket(*kind).close())]


@probe
def _():
    "limits that can be raised"
    seen = []
    for name in ("RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_CORE", "RLIMIT_MEMLOCK"):
        soft, hard = resource.getrlimit(getattr(resource, name))
        if hard != resource.RLIM_INFINITY and works(lambda: resource.setrlimit(getattr(resource, name), (soft, hard + 1))):
            seen.append(name)
    return seen + ["oom_score_adj"] * works(lambda: os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-900"))


@probe
def _():
    "ways to a file of the host"
    def dance():
        os.makedirs("/tmp/jail", exist_ok=True)
        inside = os.open("/", os.O_RDONLY)
        os.chroot("/tmp/jail")
        os.fchdir(inside)
        for _ in range(64):
            os.chdir("..")
        os.chroot(".")
        return os.path.exists(CANARY)
    seen = [way for way in ("/proc/1/root", "/proc/self/cwd/../../../../..", "/proc/self/root/..", "/dev/fd/../../..")
            if os.path.exists(way + CANARY)]
    if os.fork() == 0:
        os._exit(0 if works(dance) else 1)
    return seen + ["chroot"] * (os.wait()[1] == 0)


@probe
def _():
    "what a user namespace of its own uncovers"
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        # CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET
        if call("unshare", 0x10000000 | 0x20000 | 0x20000000 | 0x40000000) == 0 and os.fork() == 0:
            for place in ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/proc/sys"):
                if LIBC.umount2(place.encode(), 2) == 0:
                    os.write(write_end, f"{place} unmounted\n".encode())
            for kind in ("proc", "sysfs"):
                os.makedirs("/tmp/" + kind, exist_ok=True)
                if LIBC.mount(kind.encode(), f"/tmp/{kind}".encode(), kind.encode(), 0, None) == 0:
                    os.write(write_end, f"{kind} mounted\n".encode())
        os._exit(0)
    os.wait()
    os.close(write_end)
    with open(read_end) as lines:
        return lines.read().splitlines()


@probe
def _():
    "changes to the machine"
    seen = ["clock"] * works(lambda: __import__("time").clock_settime(0, 1.0)) + ["host name"] * works(lambda: socket.sethostname("x"))
    seen += ["priority"] * works(lambda: os.setpriority(os.PRIO_PROCESS, 0, -5))
    return seen + ["mount"] * (LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0)


print(json.dumps({title: sorted(set(function())) for title, function in probes.items()}, indent=0))
