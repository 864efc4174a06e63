"""How benchmarks measure, judge and print."""
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("OCIUTILS_BIN", ROOT + "/.build/release")
MIB = 1 << 20
ENVIRONMENT = {"PATH": BIN + ":/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}

missed = []


def line(what, sides, figures, result, limit, verdict):
    print(f"{what:<32} {sides:<40} {figures:<20} {result:>9}  {limit:<9} {verdict}", flush=True)


def judge(what, good, excess):
    if good:
        return "ok"
    missed.append(what)
    return "MISSED by " + excess


def ratio(what, ours, theirs, limit):
    """Prints a ratio with its verdict; ours and theirs are (words, seconds)."""
    value = ours[1] / theirs[1]
    line(what, f"{ours[0]} / {theirs[0]}", f"{ours[1]:.3f} s / {theirs[1]:.3f} s", f"{value:.3f}", f"≤ {limit:.3f}",
         judge(what, value <= limit, f"{100 * (value / limit - 1):.0f} %"))


def once(command, cwd):
    """Runs a command (a list) or a script (text) once: (wall, CPU) in seconds."""
    argv = ["bash", "-c", "set -e -o pipefail; " + command] if isinstance(command, str) else command
    here = os.getcwd()
    with open("/dev/null", "r+b") as null, tempfile.TemporaryFile() as errors:
        os.chdir(cwd)
        begin = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, ENVIRONMENT, file_actions=[
            (os.POSIX_SPAWN_DUP2, null.fileno(), 0), (os.POSIX_SPAWN_DUP2, null.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)])
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - begin
        os.chdir(here)
        if status:
            errors.seek(0)
            sys.exit(f"bench: {command}: status {os.waitstatus_to_exitcode(status)}\n{errors.read().decode()}")
    return wall, usage.ru_utime + usage.ru_stime


def side_by_side(cwd, runs, *sides):
    """Medians (wall, CPU) of each side; a side is (how to prepare, command). Runs alternate."""
    results = [[] for _ in sides]
    for number in range(runs + 1):
        for index, (prepare, command) in enumerate(sides):
            if prepare:
                subprocess.run(prepare, shell=True, cwd=cwd, check=True)
            result = once(command, cwd)
            if number:  # the first one warms up
                results[index].append(result)
    return [tuple(statistics.median(column) for column in zip(*rows)) for rows in results]


def peak(title, script, cwd, limit=48):
    """The largest anonymous memory, MiB, that one process of the script had, by sampling."""
    process = subprocess.Popen(
        ["bash", "-c", "set -e -o pipefail; " + script + "; true"], cwd=cwd, env=ENVIRONMENT,
        stdin=subprocess.DEVNULL if "<" not in script else None, stdout=subprocess.DEVNULL)
    top = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
                top = max([top, *map(anonymous, file.read().split())])
        except OSError:
            pass
        time.sleep(0.001)
    if process.returncode:
        sys.exit(f"bench: {script}: status {process.returncode}")
    words = script.replace(" -q", "").replace(" --no-sync", "").replace("127.0.0.1:", ":")
    line(title, words, "", f"{top / MIB:.1f} MiB", f"< {limit} MiB",
         judge(title, top < limit * MIB, f"{top / MIB - limit:.1f} MiB"))


def anonymous(pid):
    """Memory of a process that is not mapped from files, bytes."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return 1024 * sum(
                int(row.split()[1]) for row in file if row.startswith(("RssAnon", "RssShmem", "VmSwap")))
    except OSError:
        return 0
