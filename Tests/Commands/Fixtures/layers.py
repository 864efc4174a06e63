#!/usr/bin/python3
"""Makes the images that test how layers become trees, as one OCI layout; none of them holds a program.

usage: layers.py LAYOUT

Each is named after what is in it. Where tools don't read what an image has (sparse files, zstd), another image,
NAME-twin, has the same files in a way that they read.
"""
import io
import struct
import subprocess
import sys
import tarfile
import tempfile

import images

WHEN = 1700000000


def layer(*entries, form=tarfile.PAX_FORMAT):
    """A tar of `entries`, each made by one of the functions below."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as archive:
        for number, (entry, content) in enumerate(entries):
            if not entry.pax_headers.get("mtime") and entry.mtime == 0:
                entry.mtime = WHEN + number
            archive.addfile(entry, io.BytesIO(content) if content is not None else None)
    return out.getvalue()


def entry(kind, name, mode=0o644, content=None, target="", owner=(0, 0), time=None, xattrs=None, device=(0, 0)):
    made = tarfile.TarInfo(name)
    made.type, made.mode, made.linkname = kind, mode, target
    made.uid, made.gid = owner
    made.devmajor, made.devminor = device
    made.size = len(content) if content is not None else 0
    if time is not None:
        made.pax_headers["mtime"] = time
    for key, value in (xattrs or {}).items():
        made.pax_headers["SCHILY.xattr." + key] = value.decode("utf-8", "surrogateescape")
    return made, content


def file(name, content=None, **more):
    if content is None:
        content = (name + "\n").encode("utf-8", "surrogateescape")
    return entry(tarfile.REGTYPE, name, content=content, **more)


def folder(name, mode=0o755, **more):
    return entry(tarfile.DIRTYPE, name, mode=mode, **more)


def link(name, target, **more):
    return entry(tarfile.SYMTYPE, name, mode=0o777, target=target, **more)


def hard(name, target, **more):
    """A hard link; its attributes are those of what it links to, as every archiver writes them."""
    return entry(tarfile.LNKTYPE, name, target=target, **more)


def gone(name):
    return file((name.rpartition("/")[0] + "/.wh." + name.rpartition("/")[2]).lstrip("/"), b"")


def opaque(name):
    return file(name + "/.wh..wh..opq", b"")


def capability(permitted):
    """security.capability, version 2 of it."""
    return struct.pack("<IIIII", 0x02000001, permitted, 0, 0, 0)


def acl(*entries):
    """system.posix_acl_*: (tag, permissions, id)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, bits, who) for tag, bits, who in entries)


ACL = acl((1, 6, 0xFFFFFFFF), (2, 4, 1234), (4, 4, 0xFFFFFFFF), (0x10, 4, 0xFFFFFFFF), (0x20, 4, 0xFFFFFFFF))
DEFAULT_ACL = acl((1, 7, 0xFFFFFFFF), (2, 5, 1234), (4, 5, 0xFFFFFFFF), (0x10, 5, 0xFFFFFFFF), (0x20, 0, 0xFFFFFFFF))


def by_gnu_tar(script, *options):
    """A layer that GNU tar makes of what `script` leaves in a directory."""
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["bash", "-ec", script], cwd=work, check=True)
        return subprocess.run(["tar", "-C", work, "--sort=name", "--mtime=@1700000000", "--owner=0", "--group=0",
                               *options, "-c", "."], stdout=subprocess.PIPE, check=True).stdout


BASE = layer(
    folder("a"), file("a/one"), file("a/two"), folder("a/deep"), file("a/deep/three"),
    folder("b", 0o700, owner=(3, 4)), file("b/one"), folder("b/deep"), file("b/deep/x"), folder("b/deep/er"), file("b/deep/er/y"),
    file("f"), file("g"), link("l", "a/one"), link("dirlink", "a"), folder("empty"))


def images_of_whiteouts():
    yield "whiteouts", [
        BASE, layer(gone("f"), folder("a"), gone("a/one"), gone("a/deep"), gone("b"), gone("l"), gone("nothing")),
        layer(file("f", b"again"), folder("b"), file("b/new"), folder("a"), folder("a/deep"), file("a/deep/four"))]
    # In whatever order a layer says it, a whiteout hides what is below, never what the layer itself holds.
    yield "whiteout-order", [
        BASE, layer(folder("b"), file("b/new"), gone("b"), file("f", b"new"), gone("f"), gone("g"), file("g", b"new"))]
    yield "opaque", [
        BASE, layer(folder("a"), opaque("a"), file("a/new"), folder("b"), folder("b/deep"), file("b/deep/new"), opaque("b/deep")),
        layer(folder("a"), folder("a/deep"), file("a/deep/again"))]
    yield "opaque-first-and-last", [
        BASE, layer(opaque("a"), folder("a"), file("a/new")), layer(folder("b"), file("b/new"), folder("b/deep"), opaque("b"))]
    yield "opaque-root", [BASE, layer(file("kept"), file(".wh..wh..opq", b""))]
    yield "whiteout-of-a-later-directory", [
        BASE, layer(gone("a"), folder("a", 0o711), file("a/two", b"new")), layer(gone("a/two"))]
    yield "aufs", [
        layer(folder("a"), file("a/x"), folder(".wh..wh.plnk"), file(".wh..wh.plnk/123.456"), file(".wh..wh.aufs", b""),
              folder(".wh..wh.orph")), layer(file(".whx"), file("a/.whiteout"), file("a/wh.x"))]


def images_of_kinds():
    yield "swaps", [
        BASE,
        layer(file("a", b"a file now"), folder("f"), file("f/in"), link("b", "f"), folder("l"), folder("dirlink"), file("dirlink/x")),
        layer(folder("a"), file("a/new"), link("f", "a"), folder("b"), file("b/new"), file("l", b"file"), gone("dirlink")),
        layer(file("empty", b"was a directory"), file("g", b"other"), link("a/new", "/etc/passwd"))]
    yield "hardlinks", [
        layer(folder("h"), file("h/a", b"linked", time="1.5"), hard("h/b", "h/a", time="1.5"), hard("c", "h/b", time="1.5"),
              link("s", "h/a", time="2"), hard("t", "s", mode=0o777, time="2"), file("x", b"x", time="3"), hard("y", "x", time="3"),
              hard("z", "./x", time="3"), file("setuid", mode=0o4755, time="4"), hard("other", "setuid", mode=0o4755, time="4")),
        layer(file("x", b"apart"), gone("h/b"))]
    yield "hardlinks-across", [
        layer(folder("h"), file("h/a", b"linked", mode=0o640, owner=(7, 8), time="5"), file("b", time="6"), file("other")),
        layer(folder("h"), hard("h/c", "h/a", mode=0o640, owner=(7, 8), time="5"), hard("d", "b", time="6")),
        layer(file("other", b"another"))]
    yield "modes", [
        layer(*[file(f"f{mode:04o}", mode=mode, owner=(mode % 7, mode % 5)) for mode in range(0, 0o10000, 0o111)],
              *[folder(f"d{mode:04o}", mode, owner=(mode % 5, mode % 7)) for mode in (0, 0o555, 0o1777, 0o2755, 0o4711, 0o7777)],
              file("d0000/inside"), file("d0555/inside"), link("owned", "x", owner=(12, 34)),
              file("high", owner=(65534, 60000)), folder(".", 0o711, owner=(1, 2)))]
    yield "large-owners", [layer(file("one", owner=(1 << 31, 4294967294)), folder("two", owner=(100000, 3000000000)))]
    yield "xattrs", [
        layer(file("plain", xattrs={"user.one": b"1", "user.bytes": b"\x00\xff\x01=\n"}),
              file("ping", mode=0o755, xattrs={"security.capability": capability(1 << 13)}),
              file("setuid", mode=0o6755, xattrs={"security.capability": capability(1 << 10), "user.z": b"z"}),
              file("acl", mode=0o644, xattrs={"system.posix_acl_access": ACL}),
              folder("dir", xattrs={"user.dir": b"d", "system.posix_acl_default": DEFAULT_ACL}),
              file("dir/without"), folder("dir/below"),
              file("long", xattrs={"user.long": b"v" * 2000})),
        layer(file("plain", b"new"), folder("dir", 0o700, xattrs={"user.dir": b"other"}))]
    yield "specials", [
        layer(entry(tarfile.FIFOTYPE, "fifo", 0o622), entry(tarfile.CHRTYPE, "null", 0o666, device=(1, 3), owner=(0, 5)),
              entry(tarfile.BLKTYPE, "loop", 0o660, device=(7, 200), owner=(0, 6)), file("x")),
        layer(file("fifo", b"file"), gone("null"), entry(tarfile.FIFOTYPE, "x"))]


def images_of_names():
    long = "n" * 255
    yield "names", [
        layer(file("caf\udce9"), file("new\nline"), file("back\\slash"), file("co:lon,com=ma"), file(" blank "), file("ünï"),
              file("-dash"), file("..."), file("\udcff\udcfe"), file(long), folder("d" * 200), file("d" * 200 + "/" + "e" * 200),
              folder("tab\there"), file("tab\there/\x01"), link("tolong", "t" * 1000), link("tobytes", "\udce9\udc80")),
        layer(gone("caf\udce9"), gone(long), file("n" * 254), gone("tab\there/\x01"))]
    deep = "/".join("deep%03d" % n for n in range(300))
    yield "deep", [layer(file(deep + "/end"), file(deep + "/other")), layer(gone(deep + "/end"))]
    yield "times", [
        layer(file("nanoseconds", time="1700000000.123456789"), file("old", time="-12345.5"), file("zero", time="0"),
              file("future", time="5000000000.25"), folder("d", time="1600000000.000000001"),
              file("d/in", time="1500000000.999999999"), link("l", "x", time="1400000000.5"), folder("e", time="1.5"),
              folder("e/sub", time="2.25"), folder(".", time="1234567890.987654321")),
        layer(folder(".", time="1234567890.987654321"), file("e/added", time="3.125"))]
    yield "dots", [layer(folder("./"), folder("./a/"), file("./a/b"), file("a//c"), file("/absolute"), file("a/./d"))]


def images_of_parents():
    usr = layer(folder("usr", 0o755), folder("usr/lib", 0o751, owner=(1, 1)), file("usr/lib/old"), link("lib", "usr/lib"),
                link("abs", "/usr/lib"), link("up", "../../usr"))
    yield "usr-merge", [usr, layer(file("lib/new")), layer(gone("lib/old"), file("abs/second"), file("up/third"))]
    yield "usr-merge-named", [usr, layer(folder("lib"), file("lib/new"))]
    yield "parents", [
        layer(folder("d", 0o750, owner=(5, 6), xattrs={"user.of": b"below"}), folder("d/e", 0o711), file("d/e/x")),
        layer(file("d/e/y"), file("d/e/new/z", time="7")), layer(gone("d/e/x")),
        layer(file("d/e/y", b"newer"), hard("d/e/w", "d/e/new/z", time="7"))]
    yield "parents-late", [
        layer(file("d/x"), folder("d", 0o710, owner=(9, 9))), layer(file("d/y"), folder("d", 0o755))]


def images_of_many():
    small = layer(file("small"))
    empty = layer()
    yield "empty-layers", [empty, BASE, empty, small, BASE, empty, layer(gone("f")), BASE]
    yield "only-empty", [empty]
    yield "none", []
    yield "many", [
        layer(folder("all", 0o755), file(f"all/{n:03d}"), file("same", b"%d" % n), *([gone(f"all/{n - 7:03d}")] if n % 5 == 0 else []))
        for n in range(120)]
    yield "forms", [
        layer(folder("v7"), file("v7/x"), form=tarfile.USTAR_FORMAT),
        layer(folder("gnu"), file("gnu/" + "g" * 180), link("gnu/l", "t" * 300), form=tarfile.GNU_FORMAT),
        by_gnu_tar("mkdir v7; echo a > v7/a; ln v7/a v7/b; chmod 600 v7/a", "--format=v7"),
        by_gnu_tar("mkdir ustar; echo a > ustar/a; ln -s a ustar/s", "--format=ustar"),
        by_gnu_tar("mkdir old; echo a > old/" + "o" * 120, "--format=oldgnu")]
    sparse = ("truncate -s 50M holes; echo in the middle | dd of=holes bs=1M seek=20 conv=notrunc status=none; "
              "truncate -s 3M nothing; truncate -s 2M end; printf x | dd of=end bs=1 seek=2000000 conv=notrunc status=none; "
              "for i in $(seq 30); do printf y | dd of=many bs=64K seek=$((i * 4)) status=none conv=notrunc; done")
    scripts = [sparse.replace("holes", f"holes{n}") for n in range(4)]
    holes = [["--format=gnu", "-S"], *[["--format=pax", "-S", f"--sparse-version={v}"] for v in ("0.0", "0.1", "1.0")]]
    yield "sparse", [by_gnu_tar(script, *options) for script, options in zip(scripts, holes)]
    yield "sparse-twin", [by_gnu_tar(script, "--format=gnu") for script in scripts]


def main():
    layout = images.Layout(sys.argv[1])
    for group in (images_of_whiteouts, images_of_kinds, images_of_names, images_of_parents, images_of_many):
        for name, layers in group():
            layout.name(layout.image([layout.layer(plain) for plain in layers]), name)
    kinds = ["gzip", "zstd", "none", "zstd", "gzip"]
    plain = [layer(file(f"by-{kind}-{n}"), file("last", kind.encode())) for n, kind in enumerate(kinds)]
    layout.name(layout.image([layout.layer(tar, kind) for tar, kind in zip(plain, kinds)]), "compressions")
    layout.name(layout.image([layout.layer(tar) for tar in plain]), "compressions-twin")
    layout.finish()


if __name__ == "__main__":
    main()
