extension BuildCase {
  private static let newer = "docker 20.10 and buildah 1.28 do not know it"

  /// What COPY takes and where it puts it.
  static let copies: [BuildCase] = [
    BuildCase("COPY a file to a name", "FROM base\nCOPY a /b", context: "echo a > a; chmod 640 a"),
    BuildCase("COPY a file into a directory", "FROM base\nCOPY a /data/", context: "echo a > a"),
    BuildCase(
      "COPY a file into a directory that is there, without a slash", "FROM base\nCOPY a /data",
      context: "echo a > a"),
    BuildCase(
      "COPY a file into a directory that is not there", "FROM base\nCOPY a /x/y/", context: "echo a > a"),
    BuildCase(
      "COPY a file to a name below what is not there", "FROM base\nCOPY a /x/y/z", context: "echo a > a"),
    BuildCase("COPY over a file", "FROM base\nCOPY a /data/file", context: "echo a > a; chmod 600 a"),
    BuildCase(
      "COPY a directory copies what is in it", "FROM base\nCOPY d /x",
      context: "mkdir -p d/e; echo a > d/a; echo b > d/e/b; chmod 700 d/e"),
    BuildCase(
      "COPY a directory with slashes", "FROM base\nCOPY d/ /x/", context: "mkdir -p d/e; echo a > d/a"),
    BuildCase(
      "COPY a directory into one that is there", "FROM base\nCOPY d /data",
      context: "mkdir -m 700 d; echo a > d/a"),
    BuildCase(
      "COPY a directory over files", "FROM base\nCOPY d /data", context: "mkdir d; echo new > d/file"),
    BuildCase(
      "COPY . with all that is there", "FROM base\nCOPY . /x/",
      context: "mkdir d; echo a > a; echo b > d/b; touch .hidden"),
    BuildCase("COPY . to the working directory", "FROM base\nWORKDIR /w\nCOPY . .", context: "echo a > a"),
    BuildCase("COPY to a dot", "FROM base\nWORKDIR /w\nCOPY a .", context: "echo a > a"),
    BuildCase("COPY to a relative name", "FROM base\nWORKDIR /w\nCOPY a b/c", context: "echo a > a"),
    BuildCase(
      "COPY to what is above the working directory", "FROM base\nWORKDIR /w/v\nCOPY a ../b",
      context: "echo a > a"),
    BuildCase("COPY with an absolute source", "FROM base\nCOPY /d/a /b", context: "mkdir d; echo a > d/a"),
    BuildCase("COPY with dots in the source", "FROM base\nCOPY ./d/../a /b", context: "mkdir d; echo a > a"),
    BuildCase(
      "COPY several", "FROM base\nCOPY a b d /x/", context: "mkdir d; echo a > a; echo b > b; echo c > d/c"),
    BuildCase(
      "COPY in JSON form", "FROM base\nCOPY [\"a b\", \"c\", \"/x y/\"]",
      context: "echo a > 'a b'; echo c > c"),
    BuildCase(
      "COPY * in a name", "FROM base\nCOPY *.c /x/", context: "echo a > a.c; echo b > b.c; echo h > h.h"),
    BuildCase("COPY ? and []", "FROM base\nCOPY a? [x-y]1 /x/", context: "touch a1 a2 abc x1 y1 z1"),
    BuildCase("COPY [^] of the others", "FROM base\nCOPY [^x]1 /x/", context: "touch x1 y1 z1"),
    BuildCase(
      "COPY a pattern in a directory", "FROM base\nCOPY d/*/f /x/",
      context: "mkdir -p d/a d/b; echo a > d/a/f; touch d/b/g"),
    BuildCase(
      "COPY a pattern that meets directories", "FROM base\nCOPY d* /x/",
      context: "mkdir d1 d2; echo a > d1/a; echo b > d2/b; echo d > d3"),
    BuildCase("COPY of a pattern that meets nothing", "FROM base\nCOPY none* /x/"),
    BuildCase(
      "COPY a file whose name is a pattern", "FROM base\nCOPY a[[]b /x",
      context: "echo a > 'a[b'; echo c > ac"),
    BuildCase(
      "COPY a symbolic link copies what it leads to", "FROM base\nCOPY l /x", context: "echo a > a; ln -s a l"
    ),
    BuildCase(
      "COPY a symbolic link to a directory", "FROM base\nCOPY l /x/",
      context: "mkdir d; echo a > d/a; ln -s d l"),
    BuildCase(
      "COPY a directory keeps the symbolic links in it", "FROM base\nCOPY d /x",
      context: "mkdir d; ln -s none d/l; ln -s /etc/passwd d/m; ln -s ../.. d/n"),
    BuildCase(
      "COPY through a symbolic link in the source", "FROM base\nCOPY l/a /x",
      context: "mkdir d; echo a > d/a; ln -s d l"),
    BuildCase(
      "COPY through a link of the image", "FROM base\nRUN ln -s /data /l\nCOPY a /l/", context: "echo a > a"),
    BuildCase(
      "COPY through a link of the image that leads out",
      "FROM base\nRUN ln -s ../../../../tmp /l\nCOPY a /l/sub/", context: "echo a > a"),
    BuildCase(
      "COPY onto a link to a file", "FROM base\nRUN ln -s /data/file /l\nCOPY a /l", context: "echo a > a"),
    BuildCase(
      "COPY a directory onto a link to one", "FROM base\nRUN ln -s /data /l\nCOPY d /l",
      context: "mkdir d; echo a > d/a"),
    BuildCase(
      "COPY keeps modes and times, and gives files to root",
      "FROM base\nCOPY d /x/",
      context:
        "mkdir d; echo a > d/a; chmod 4711 d/a; chown 7:8 d/a; touch -d @1500000000 d/a; mkdir -m 1777 d/s; touch -d @1500000001 d/s"
    ),
    BuildCase("COPY: hard links of the context", "FROM base\nCOPY . /x/", context: "echo a > a; ln a b"),
    BuildCase(
      "COPY: an empty directory and an empty file", "FROM base\nCOPY d /x/",
      context: "mkdir -p d/e; touch d/f"),
    BuildCase(
      "COPY: names with spaces, quotation marks and letters",
      "FROM base\nCOPY d /x/\nCOPY [\"d/a b\", \"/y/\"]",
      context: "mkdir d; touch 'd/a b' 'd/it'\\''s' d/ü d/-x"),
    BuildCase(
      "COPY of many layers over one another",
      "FROM base\nCOPY a /x\nCOPY b /x\nCOPY a /y\nRUN rm /y\nCOPY b /y", context: "echo a > a; echo b > b"),
    BuildCase(
      "COPY in a scratch image makes the directories", "FROM scratch\nCOPY a /x/y/z/", context: "echo a > a"),
    BuildCase("COPY to the root", "FROM scratch\nCOPY . /", context: "mkdir -m 750 bin; echo a > bin/a"),
    BuildCase("COPY a large file", "FROM base\nCOPY a /", context: "yes | head -c 3000000 > a"),
    BuildCase(
      "COPY --from a directory of a stage",
      "FROM base AS one\nRUN mkdir -p /o/s; echo 1 > /o/f; chown 5:6 /o/f; chmod 2750 /o/s; ln -s f /o/l\nFROM scratch\nCOPY --from=one /o /x/"
    ),
    BuildCase(
      "COPY --from follows the stage's own links",
      "FROM base AS one\nRUN mkdir /o; echo 1 > /o/f; ln -s /o /l; ln -s /o/f /m\nFROM scratch\nCOPY --from=one /l/f /m /x/"
    ),
    BuildCase(
      "COPY --from a pattern",
      "FROM base AS one\nRUN touch /a1 /a2 /b1\nFROM scratch\nCOPY --from=one /a* /x/"),
    BuildCase(
      "COPY --from with a relative path begins at the root",
      "FROM base AS one\nWORKDIR /w\nRUN touch a /b\nFROM scratch\nCOPY --from=one b /x"),
    BuildCase("COPY --from an image", "FROM scratch\nCOPY --from=env /data/file /x"),
    BuildCase("COPY after VOLUME stays", "FROM base\nVOLUME /data\nCOPY a /data/", context: "echo a > a"),
    BuildCase("RUN after VOLUME", "FROM base\nVOLUME /data\nRUN echo a > /data/a"),

    BuildCase("COPY of what is not there", "FROM base\nCOPY none /x", fails: (2, "none")),
    BuildCase("COPY without a destination", "FROM base\nCOPY a", context: "touch a", fails: (2, "COPY")),
    BuildCase("COPY without anything", "FROM base\nCOPY", fails: (2, "COPY")),
    BuildCase(
      "COPY of several to what is no directory", "FROM base\nCOPY a b /x", context: "touch a b",
      fails: (2, "/x"),
      differs: "BuildKit 0.8 lets the last one win"),
    BuildCase(
      "COPY of several files of a pattern to what is no directory", "FROM base\nCOPY a* /x",
      context: "touch a1 a2", fails: (2, "/x"),
      differs: "BuildKit lets the last one win"),
    BuildCase(
      "COPY from outside", "FROM base\nCOPY ../../../../../../etc/passwd /x", fails: (2, "etc/passwd")),
    BuildCase(
      "COPY of a link that leads out", "FROM base\nCOPY l /x",
      context: "ln -s ../../../../../../../../etc/passwd l; mkdir etc", fails: (2, "l")),
    BuildCase("COPY of a dangling link", "FROM base\nCOPY l /x", context: "ln -s none l", fails: (2, "l")),
    BuildCase(
      "COPY of a file below a file", "FROM base\nCOPY a /data/file/x", context: "touch a",
      fails: (2, "/data/file")),
    BuildCase(
      "COPY of a directory over a file", "FROM base\nCOPY d /data/file", context: "mkdir d; touch d/a",
      fails: (2, "/data/file")),
    BuildCase("COPY of an address", "FROM base\nCOPY @http@/file /x", fails: (2, "http")),
    BuildCase(
      "COPY --from of a stage, what is not there", "FROM base AS one\nFROM base\nCOPY --from=one /none /x",
      fails: (3, "/none")),
    BuildCase(
      "COPY --from an image that is nowhere", "FROM base\nCOPY --from=localhost/none-such /a /x",
      fails: (2, "none-such")),
    BuildCase("COPY --from a number that is none", "FROM base\nCOPY --from=7 /a /x", fails: (2, "7")),
  ]

  /// The options of COPY.
  static let copyOptions: [BuildCase] = [
    BuildCase("--chown by number", "FROM base\nCOPY --chown=5:6 d /x", context: "mkdir -p d/e; touch d/a"),
    BuildCase("--chown by name", "FROM base\nCOPY --chown=bob:video a /x/", context: "touch a"),
    BuildCase(
      "--chown of a user alone takes the same group",
      "FROM base\nCOPY --chown=1000 a /x\nCOPY --chown=bob a /y\nCOPY --chown=77 a /z", context: "touch a"),
    BuildCase("--chown of a group alone", "FROM base\nCOPY --chown=:44 a /x", context: "touch a"),
    BuildCase("--chown with a variable", "FROM base\nARG u=5\nCOPY --chown=$u:$u a /x", context: "touch a"),
    BuildCase("--chown by number in scratch", "FROM scratch\nCOPY --chown=5:6 a /x/", context: "touch a"),
    BuildCase(
      "--chown spares directories that are there", "FROM base\nCOPY --chown=5:6 a /data/", context: "touch a"),
    BuildCase(
      "--chown of a directory that is there", "FROM base\nCOPY --chown=5:6 d /data",
      context: "mkdir d; touch d/a"),
    BuildCase(
      "--chown with --from",
      "FROM base AS one\nRUN touch /a; chown 7:8 /a\nFROM base\nCOPY --from=one --chown=5:6 /a /x"),
    BuildCase("COPY does not heed USER", "FROM base\nUSER bob\nCOPY a /x", context: "touch a"),
    BuildCase(
      "--chmod", "FROM base\nCOPY --chmod=0640 a /x\nCOPY --chmod=4755 a /y", context: "touch a",
      differs: "BuildKit 0.8 drops the bits beyond 777", oracle: "buildah"),
    BuildCase(
      "--chmod of a directory", "FROM base\nCOPY --chmod=750 d /x/",
      context: "mkdir -p d/e; touch d/a; ln -s a d/l"),
    BuildCase(
      "--chmod with a variable", "FROM base\nARG m=600\nCOPY --chmod=$m a /x", context: "touch a",
      result: "builds\nf 600 0:0 /x \"\"\n", differs: "of 2024"),
    BuildCase(
      "--chmod in symbols", "FROM base\nCOPY --chmod=u=rwX,go=rX d /x/",
      context: "mkdir -p d/e; touch d/a d/b; chmod 600 d/a; chmod 700 d/b d/e",
      result: "builds\nd 755 0:0 /x\nf 644 0:0 /x/a \"\"\nf 755 0:0 /x/b \"\"\nd 755 0:0 /x/e\n",
      differs: newer),
    BuildCase(
      "--chmod in symbols that add and take", "FROM base\nCOPY --chmod=+x,g-w,o= a /x",
      context: "touch a; chmod 664 a",
      result: "builds\nf 750 0:0 /x \"\"\n", differs: newer),
    BuildCase(
      "--link", "FROM base\nCOPY --link a /x/y", context: "echo a > a",
      result: "builds\nd 755 0:0 /x\nf 644 0:0 /x/y \"a\\n\"\n", differs: newer),
    BuildCase(
      "--link=false and --link=true", "FROM base\nCOPY --link=false a /x\nCOPY --link=true a /y",
      context: "echo a > a",
      result: "builds\nf 644 0:0 /x \"a\\n\"\nf 644 0:0 /y \"a\\n\"\n", differs: newer),
    BuildCase(
      "--link replaces a symbolic link on the way", "FROM base\nRUN ln -s /data /l\nCOPY --link a /l/",
      context: "echo a > a",
      result: "builds\nd 755 0:0 /l\nf 644 0:0 /l/a \"a\\n\"\n", differs: newer),
    BuildCase(
      "--link with --from, --chown and --chmod",
      "FROM base AS one\nRUN touch /a\nFROM base\nCOPY --link --from=one --chown=5:6 --chmod=600 /a /x/",
      result: "builds\nd 755 5:6 /x\nf 600 5:6 /x/a \"\"\n", differs: newer),
    BuildCase(
      "--parents", "FROM base\nCOPY --parents d/e/a b /x/",
      context: "mkdir -p d/e; echo a > d/e/a; echo b > b; chmod 750 d",
      result:
        "builds\nd 755 0:0 /x\nf 644 0:0 /x/b \"b\\n\"\nd 750 0:0 /x/d\nd 755 0:0 /x/d/e\nf 644 0:0 /x/d/e/a \"a\\n\"\n",
      differs: newer),
    BuildCase(
      "--parents with a pattern", "FROM base\nCOPY --parents */*.c /x/",
      context: "mkdir a b; touch a/1.c a/1.h b/2.c",
      result:
        "builds\nd 755 0:0 /x\nd 755 0:0 /x/a\nf 644 0:0 /x/a/1.c \"\"\nd 755 0:0 /x/b\nf 644 0:0 /x/b/2.c \"\"\n",
      differs: newer),
    BuildCase(
      "--parents with a pivot", "FROM base\nCOPY --parents a/./b/c /x/",
      context: "mkdir -p a/b; echo c > a/b/c",
      result: "builds\nd 755 0:0 /x\nd 755 0:0 /x/b\nf 644 0:0 /x/b/c \"c\\n\"\n", differs: newer),
    BuildCase(
      "--parents with **", "FROM base\nCOPY --parents **/*.c /x/",
      context: "mkdir -p a/b; touch 0.c a/1.c a/b/2.c a/b/3.h",
      result:
        "builds\nd 755 0:0 /x\nf 644 0:0 /x/0.c \"\"\nd 755 0:0 /x/a\nf 644 0:0 /x/a/1.c \"\"\nd 755 0:0 /x/a/b\nf 644 0:0 /x/a/b/2.c \"\"\n",
      differs: newer),
    BuildCase(
      "--exclude", "FROM base\nCOPY --exclude=*.md --exclude=d/skip d /x/",
      context: "mkdir -p d/skip; touch d/a.md d/a.c d/skip/b",
      result: "builds\nd 755 0:0 /x\nf 644 0:0 /x/a.c \"\"\nd 755 0:0 /x/skip\nf 644 0:0 /x/skip/b \"\"\n",
      differs: newer),
    BuildCase(
      "--exclude with ** and an exception", "FROM base\nCOPY --exclude=**/*.md --exclude=!**/keep.md . /x/",
      context: "mkdir d; touch a.md keep.md d/b.md d/keep.md d/c",
      result:
        "builds\nd 755 0:0 /x\nf 644 0:0 /x/Dockerfile \"FROM base\\nCOPY --exclude=**/*.md --exclude=!**/keep.md . /x/\"\nd 755 0:0 /x/d\nf 644 0:0 /x/d/c \"\"\nf 644 0:0 /x/d/keep.md \"\"\nf 644 0:0 /x/keep.md \"\"\n",
      differs: newer),
    BuildCase(
      "--exclude with --from",
      "FROM base AS one\nRUN mkdir /o; touch /o/a /o/b\nFROM scratch\nCOPY --from=one --exclude=b /o /x/",
      result:
        "builds\nd 755 0:0 /x\nf 644 0:0 /x/a \"\"\nEnv [\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"]\n",
      differs: newer),
    BuildCase(
      "--build-context, a directory", "FROM base\nCOPY --from=other a /x",
      context: "mkdir ../other; echo o > ../other/a", flags: "--build-context other=../other",
      differs: "docker 20.10 has no --build-context"),
    BuildCase(
      "--build-context, an image", "FROM base\nCOPY --from=other /data/file /x",
      flags: "--build-context other=docker-image://env", differs: "docker 20.10 has no --build-context"),
    BuildCase(
      "--build-context replaces FROM", "FROM base AS one\nFROM other\nENV C=3",
      flags: "--build-context other=docker-image://env",
      result: "builds\nEnv [\"PATH=/bin:/usr/bin\", \"A=image\", \"B=two words\", \"EMPTY=\", \"C=3\"]\n"
        + "WorkingDir \"/made/deep\"\n",
      differs: "docker 20.10 has no --build-context; buildah makes the image's working directory"),
    BuildCase(
      "--build-context does not replace a stage",
      "FROM base AS one\nRUN echo 1 > /f\nFROM base\nCOPY --from=one f /x",
      context: "mkdir ../other; echo o > ../other/f", flags: "--build-context one=../other",
      result: "builds\nf 644 0:0 /x \"1\\n\"\n",
      differs: "docker 20.10 has no --build-context; buildah takes the context"),
    BuildCase(
      "--build-context for a mount", "FROM base\nRUN --mount=from=other,target=/m cp /m/a /x",
      context: "mkdir ../other; echo o > ../other/a", flags: "--build-context other=../other",
      differs: "docker 20.10 has no --build-context"),

    BuildCase(
      "--chown of a user that is not there", "FROM base\nCOPY --chown=carol a /x", context: "touch a",
      fails: (2, "carol"), differs: "BuildKit takes root instead"),
    BuildCase(
      "--chown of a group that is not there", "FROM base\nCOPY --chown=bob:none a /x", context: "touch a",
      fails: (2, "none"), differs: "BuildKit takes root's instead"),
    BuildCase(
      "--chown by name in scratch", "FROM scratch\nCOPY --chown=bob a /x", context: "touch a",
      fails: (2, "bob")),
    BuildCase(
      "--chmod that is none", "FROM base\nCOPY --chmod=rwx a /x", context: "touch a", fails: (2, "rwx"),
      differs: "BuildKit 0.8 ignores what it can't read"),
    BuildCase(
      "--chmod beyond 7777", "FROM base\nCOPY --chmod=17777 a /x", context: "touch a", fails: (2, "17777"),
      differs: "BuildKit 0.8 ignores what it can't read"),
    BuildCase(
      "--chmod with a nine", "FROM base\nCOPY --chmod=0799 a /x", context: "touch a", fails: (2, "0799"),
      differs: "BuildKit 0.8 ignores what it can't read"),
    BuildCase(
      "--link that is neither", "FROM base\nCOPY --link=maybe a /x", context: "touch a", fails: (2, "maybe")),
    BuildCase(
      "--parents that is neither", "FROM base\nCOPY --parents=maybe a /x/", context: "touch a",
      fails: (2, "maybe")),
    BuildCase(
      "--parents of what is not there", "FROM base\nCOPY --parents d/none /x/", context: "mkdir d",
      fails: (2, "d/none")),
    BuildCase(
      "--exclude with a bad pattern", "FROM base\nCOPY --exclude=[ . /x/", context: "touch a", fails: (2, "[")
    ),
    BuildCase(
      "--exclude without a value", "FROM base\nCOPY --exclude . /x/", context: "touch a",
      fails: (2, "exclude")),
    BuildCase(
      "--from without a value", "FROM base\nCOPY --from a /x", context: "touch a", fails: (2, "from")),
    BuildCase(
      "--chown twice", "FROM base\nCOPY --chown=1 --chown=2 a /x", context: "touch a", fails: (2, "chown")),
    BuildCase(
      "COPY with an unknown option", "FROM base\nCOPY --bogus=1 a /x", context: "touch a", fails: (2, "bogus")
    ),
    BuildCase(
      "COPY --checksum", "FROM base\nCOPY --checksum=sha256:00 a /x", context: "touch a",
      fails: (2, "checksum")),
    BuildCase(
      "COPY --keep-git-dir", "FROM base\nCOPY --keep-git-dir a /x", context: "touch a",
      fails: (2, "keep-git-dir")),
    BuildCase("COPY --unpack", "FROM base\nCOPY --unpack a /x", context: "touch a", fails: (2, "unpack")),
    BuildCase(
      "--build-context that is not there", "FROM base\nCOPY --from=other a /x",
      flags: "--build-context other=../none", fails: (nil, "none")),
    BuildCase(
      "--build-context without a name", "FROM base", flags: "--build-context ../other", fails: (nil, "")),
  ]
}
