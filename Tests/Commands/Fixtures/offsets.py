#!/usr/bin/python3
"""Prints places in an uncompressed tar, a line each.

usage: offsets.py cut TAR      lengths to which cutting it breaks it: at each member boundary and inside
       offsets.py blob TAR     offsets of bytes inside of blobs: first, last, and some between
       offsets.py header TAR   offsets of bytes inside of headers that mean something
"""
import os
import sys
import tarfile

what, path = sys.argv[1:]
places = set()
with tarfile.open(path) as archive:
    for member in archive:
        start, data, size = member.offset, member.offset_data, member.size
        if what == "cut":
            places |= {start, start + 1, start + 300, data, data + size // 2, data + max(0, size - 1), data + size}
        elif what == "blob" and member.isreg() and member.name.startswith("blobs/"):
            places |= {data + size * part // 7 for part in range(7)} | {data + size - 1}
        elif what == "header":
            places |= {data - 512, data - 512 + 124, data - 512 + 148, data - 512 + 156}
    end = archive.offset
if what == "cut":
    # Of the two blocks of zeros at the end, both must be there.
    places |= {end, end + 100, end + 512}
    places = {place for place in places if place < os.path.getsize(path)}
print("\n".join(map(str, sorted(places))))
