#!/usr/bin/python3
"""An image of content that nobody unpacks, in the layout `image`, served by nginx as a registry.

usage: files.py BENCHMARKS SIZE COUNT       COUNT layers of SIZE MiB altogether; writes HOST:PORT to `port`
"""
import os
import signal
import sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import images  # noqa: E402
import servers  # noqa: E402

images.plain(os.getcwd() + "/image", int(sys.argv[2]) << 20, int(sys.argv[3]))
signal.signal(signal.SIGTERM, lambda *_: (servers.stop_all(), sys.exit()))
host = servers.files(os.getcwd())
with open("port", "w") as file:
    file.write(host)
signal.pause()
