#!/usr/bin/python3
"""Runs a command and writes the largest anonymous memory it had, in KiB, to a file.

usage: peak.py FILE COMMAND [ARGUMENT]...

What is mapped from files is left out, as nobody else has to go without it. Sampled: every half a millisecond.
"""
import os
import signal
import sys
import time

FIELDS = (b"RssAnon:", b"RssShmem:", b"VmSwap:")
pid = os.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
    signal.signal(number, signal.SIG_IGN)
os.close(0)
os.close(1)
top = 0
with open(f"/proc/{pid}/status", "rb", buffering=0) as status:
    while True:
        done, result = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        try:
            status.seek(0)
            rows = status.read(4096).split(b"\n")
            top = max(top, sum(int(row.split()[1]) for row in rows if row.startswith(FIELDS)))
        except OSError:
            pass
        time.sleep(0.0005)
with open(sys.argv[1], "w") as file:
    file.write(str(top))
sys.exit(os.waitstatus_to_exitcode(result) & 255)
