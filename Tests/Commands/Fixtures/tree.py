#!/usr/bin/python3
"""Lists trees of files, down to each byte and attribute, and compares them.

usage: tree.py list [--without FIELDS] [--skip PATH]... DIRECTORY
       tree.py diff [--without FIELDS] [--skip PATH]... TREE OTHER     a TREE is a directory or a file with a list of one

A line per file, its fields between tabs: path, type, mode, owner, size, hash (of what is in it), target, device,
links (the first path of the same inode, where there are several), xattrs (those of overlayfs and fuse-overlayfs left out), mtime
(dirtime and linktime for directories and symbolic links). FIELDS are names between commas. What --skip names is
left out, with all below it. Paths are printed as bytes: what is not printable ASCII as \\xNN.

diff prints what differs and exits 1 where anything does; `?` in a list is anything.
"""
import argparse
import hashlib
import os
import stat
import sys

TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link", stat.S_IFIFO: "fifo",
         stat.S_IFCHR: "character", stat.S_IFBLK: "block", stat.S_IFSOCK: "socket"}
TIMES = {"directory": "dirtime", "link": "linktime"}
OVERLAY = ("trusted.overlay.", "user.overlay.", "user.containers.override_stat")


def escaped(name):
    return "".join(chr(byte) if 32 < byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in name)


def content(path):
    with open(path, "rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def attributes(path):
    names = sorted(name for name in os.listxattr(path, follow_symlinks=False) if not name.startswith(OVERLAY))
    return ",".join(f"{name}={os.getxattr(path, name, follow_symlinks=False).hex()}" for name in names)


def entry(path):
    """The fields of the file at `path`, and its status."""
    status = os.lstat(path)
    kind = TYPES[stat.S_IFMT(status.st_mode)]
    fields = {"type": kind, "owner": f"{status.st_uid}:{status.st_gid}"}
    if kind != "link":
        fields["mode"] = f"{stat.S_IMODE(status.st_mode):04o}"
    if kind == "file":
        fields["size"] = str(status.st_size)
        fields["hash"] = content(path)
    elif kind == "link":
        fields["target"] = escaped(os.readlink(path))
    elif kind in ("character", "block"):
        fields["device"] = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    if found := attributes(path):
        fields["xattrs"] = found
    fields[TIMES.get(kind, "mtime")] = str(status.st_mtime_ns)
    return fields, status


def walk(root, path=b".", skip=()):
    """Every file below `root`, as (path, fields, status)."""
    if escaped(path) in skip:
        return
    whole = os.path.join(root, path)
    fields, status = entry(whole)
    yield path, fields, status
    if fields["type"] == "directory":
        for name in sorted(os.listdir(whole)):
            yield from walk(root, name if path == b"." else path + b"/" + name, skip)


def tree(root, skip=()):
    """The fields of all files below `root`, by escaped path."""
    files, inodes = {}, {}
    for path, fields, status in walk(os.fsencode(root), skip=skip):
        files[escaped(path)] = fields
        if fields["type"] != "directory":
            inodes.setdefault((status.st_dev, status.st_ino), []).append(escaped(path))
    for paths in inodes.values():
        for path in paths if len(paths) > 1 else ():
            files[path]["links"] = min(paths)
    return files


def read(path):
    """A list that was printed."""
    files = {}
    with open(path, encoding="ascii") as file:
        for row in file:
            name, *fields = row.rstrip("\n").split("\t")
            files[name] = dict(field.split("=", 1) for field in fields)
    return files


def chosen(source, without, skip):
    files = tree(source, skip) if os.path.isdir(source) else read(source)
    under = tuple(path + "/" for path in skip)
    return {path: {key: value for key, value in fields.items() if key not in without}
            for path, fields in files.items() if path not in skip and not path.startswith(under)}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("verb", choices=["list", "diff"])
    options.add_argument("--without", default="")
    options.add_argument("--skip", action="append", default=[])
    options.add_argument("trees", nargs="+")
    given = options.parse_args()
    sys.setrecursionlimit(20000)
    trees = [chosen(source, given.without.split(","), given.skip) for source in given.trees]
    if given.verb == "list":
        for path, fields in trees[0].items():
            print(path, *(f"{key}={value}" for key, value in fields.items()), sep="\t")
        return 0
    one, other = trees
    differences = []
    for path in sorted(one.keys() | other.keys()):
        mine, theirs = one.get(path), other.get(path)
        if mine is None or theirs is None:
            differences.append(f"{path}: only in {given.trees[0 if mine else 1]}")
            continue
        for key in sorted(mine.keys() | theirs.keys()):
            if mine.get(key) != theirs.get(key) and "?" not in (mine.get(key), theirs.get(key)):
                differences.append(f"{path}: {key} {mine.get(key)} / {theirs.get(key)}")
    print("\n".join(differences[:200]))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
