#!/usr/bin/python3
"""Asks docker what it copies of a directory with one .dockerignore after the other.

usage: ignored.py SOCKET [CASE...]

Builds `FROM scratch`, `COPY . /` for each case and prints a line of Swift for the table of IgnoreRulesTests. With the
classic builder it is the client that leaves out, with BuildKit the daemon and the client together: where the two (or
two clients, DOCKER and DOCKER_BUILDKIT_CLIENT) differ, both answers are printed. Run in an empty directory.
"""
import json
import os
import subprocess
import sys
import tarfile

FILES = """a b ab a.o b.o readme.md notes.md .hidden .git/config .git/a d/a d/b d/a.o d/e/a d/e/b d/e/a.o d/e/f/a x/y x/z
x/y.d/z !bang #hash é a*b [a] a^b x+y s/docs/one.md s/docs/two.md s/src/main.c s/src/docs/readme.md""".split() + [
    "two words", "a\\b"]

CASES = [
    "# a", " # a", "#hash", "\\#hash", "\\!bang", "!bang", "a", "/a", "//a", "./a", "a/", "d/", "/d/e/", "d/./e",
    "d/../a", "../a", "/../a", "..", ".", "/", "./", "*", "**", "/*", "*/*", "**/*", "*.o", "**/*.o", "**.o", "*/*.o",
    "?", "??", "d/?", "[ab]", "[^ab]", "[a-c].o", "\\[a]", "[[]a]", "a\\*b", "a\\\\b", "a^b", "x+y", "é", "  a  ", "\ta\r",
    "two words", "\ufeffa", "a\n\ufeffb", "d/**", "d/**/a", "**/a", "**/e", "**/e/**", "**/f/a", "d/e**", "d**", "d/**/",
    "***", "**/**/a", "d/*/a", "*/e/a", "a\nb\n\n\n.hidden", "*\n!a", "*\n!d", "*\n!d/e", "*\n!d/e/a", "*\n!*.md",
    "**\n!**/a", "**\n!d/e", "*\n!*/a", "d\n!d/a", "d\n!d/e/a", "d\n!d/*", "d\n!d/e\nd/e/f", "d/e\n!d", "!d\nd", "d/*\n!d/a",
    "d\n!d", "x/y\n!x", "*\n! a", "*\n!/a", "*\n!./a", "*\n!d/", "*\n!d/**", "*\n!**/b", "**/a\n!d/**/a", "*\n!\\!bang",
    "!!bang\n", "*\n!!bang", "s\n!s/docs\ns/docs/two.md", "**/docs\n!s/docs", "**/*.md\n!**/readme.md", "s/*/*.md", "s/**/docs",
    "*\n!s/src/*.c", "*\n!s/*/docs", ".git", ".*", "**/.git", ".dockerignore", "Dockerfile", "*\n!Dockerfile", "A", "D/a",
    "/!a\nb", "/ a ", "! ", "*\n!*/a\n!d/e/b", "!", "!/", "[", "a[", "[]a]", "[-a]", "[a-]", "[z-a]", "a\\", "\\", "*\n![", "a\nb\n[", "[a\n]",
]


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def refused(done):
    print(*done.stderr.decode(errors="replace").strip().splitlines()[-1:], file=sys.stderr)


def classic(docker):
    done = run(*docker, "build", "-q", "context", env={**os.environ, "DOCKER_BUILDKIT": "0"})
    if done.returncode:
        return refused(done)
    image = done.stdout.decode().strip()
    container = run(*docker, "create", image, "x", check=True).stdout.decode().strip()
    copied = subprocess.Popen([*docker, "cp", container + ":/c", "-"], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=copied.stdout, mode="r|") as tar:
        names = [member.name[2:] + "/" * member.isdir() for member in tar]
    copied.wait()
    run(*docker, "rm", container, check=True)
    return sorted(name for name in names if name and name != "/")


def buildkit(docker):
    run("rm", "-rf", "out", check=True)
    done = run(*docker, "build", "-o", "out", "context", env={**os.environ, "DOCKER_BUILDKIT": "1"})
    if done.returncode:
        return refused(done)
    found = run("find", "out/c", "-mindepth", "1", "-type", "d", "-printf", "%P/\\n", "-o", "-mindepth", "1", "-printf",
                "%P\\n")
    return sorted(found.stdout.decode().splitlines())


def swift(text):
    return json.dumps(text, ensure_ascii=False).replace("\ufeff", "\\u{feff}")


def short(names, whole):
    """`names`, without those that go without saying: what is in a directory of which all is in `names`."""
    full = [up for up in whole if up.endswith("/") and all(name in names for name in whole if name.startswith(up))]
    return [name for name in names if not any(name != up and name.startswith(up) for up in full)
            and (name in full or not name.endswith("/"))]


def parents(name):
    return [name[:end + 1] for end in range(len(name) - 1) if name[end] == "/"]


def answer(case, kept, whole, note):
    if kept is None:
        return print(f"IgnoreCase({swift(case)}, .refused),{note}")
    # Docker takes the two files that it reads itself out again, or leaves them, by rules of their own.
    whole = [name for name in whole if name not in (".dockerignore", "Dockerfile")]
    kept = [name for name in kept if name in whole]
    out = short([name for name in whole if name not in kept], whole)
    only = short(kept, whole)
    implied = {name for one in only for name in whole if name == one or one[-1] == "/" and name.startswith(one)}
    implied.update(up for one in only for up in parents(one))
    if set(kept) == implied and len(", ".join(only)) < len(", ".join(out)):
        print(f"IgnoreCase({swift(case)}, .only({swift(', '.join(only))})),{note}")
    else:
        print(f"IgnoreCase({swift(case)}, .without({swift(', '.join(out))})),{note}")


def main():
    host = ["-H", "unix://" + sys.argv[1]]
    docker = [os.environ.get("DOCKER", "docker"), *host]
    other = [os.environ.get("DOCKER_BUILDKIT_CLIENT", "docker"), *host]
    for name in FILES:
        path = "context/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(name)
    with open("context/Dockerfile", "w") as file:
        file.write("FROM scratch\nWORKDIR /c\nCOPY . /c/\n")
    whole = None
    for case in ["", *(sys.argv[2:] or CASES)]:
        with open("context/.dockerignore", "w", newline="") as file:
            file.write(case)
        answers = [classic(docker), buildkit(other)]
        if whole is None:
            whole = answers[0]
        elif answers[0] == answers[1]:
            answer(case, answers[0], whole, "")
        else:
            answer(case, answers[0], whole, "  // classic")
            answer(case, answers[1], whole, "  // BuildKit")
        sys.stdout.flush()


main()
