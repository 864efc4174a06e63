extension BuildCase {
  private static let newer = "docker 20.10 and buildah 1.28 do not know it"
  private static let packed =
    "mkdir t; echo a > t/a; chmod 640 t/a; ln -s a t/l; ln t/a t/h; mkdir -m 1777 t/s; touch -d @1600000000 t/a t/s; chown 5:6 t/a;"
  private static let unpacked = "builds\nd 755 0:0 /x\nf 640 5:6 /x/a \"a\\n\" @1600000000\n"

  /// ADD.
  static let additions: [BuildCase] = [
    BuildCase("ADD a file", "FROM base\nADD a /x/", context: "echo a > a"),
    BuildCase("ADD a directory", "FROM base\nADD d /x", context: "mkdir d; echo a > d/a"),
    BuildCase("ADD several and a pattern", "FROM base\nADD a b* /x/", context: "touch a b1 b2"),
    BuildCase("ADD in JSON form", "FROM base\nADD [\"a b\", \"/x\"]", context: "echo a > 'a b'"),
    BuildCase("ADD unpacks a tar", "FROM base\nADD t.tar /x/", context: packed + "tar -cf t.tar -C t ."),
    BuildCase(
      "ADD unpacks gzip", "FROM base\nADD t.tar.gz /x", context: packed + "tar -czf t.tar.gz -C t a l"),
    BuildCase("ADD unpacks bzip2", "FROM base\nADD t.tbz /x", context: packed + "tar -cjf t.tbz -C t a"),
    BuildCase("ADD unpacks xz", "FROM base\nADD t.txz /x", context: packed + "tar -cJf t.txz -C t a"),
    BuildCase(
      "ADD unpacks zstd", "FROM base\nADD t.tar.zst /x", context: packed + "tar --zstd -cf t.tar.zst -C t a",
      result: unpacked, differs: "docker 20.10 doesn't know zstd here"),
    BuildCase(
      "ADD knows an archive by what is in it", "FROM base\nADD t.txt /x",
      context: packed + "tar -czf t.txt -C t a"),
    BuildCase(
      "ADD leaves what is no archive", "FROM base\nADD no.tar.gz /x/\nADD plain.gz /x/",
      context: "echo no > no.tar.gz; echo x | gzip -n > plain.gz"),
    BuildCase(
      "ADD unpacks over directories and files that are there", "FROM base\nADD t.tar /",
      context:
        "mkdir -p t/data; chmod 700 t/data; chown 5:6 t/data; echo new > t/data/file; touch -d @1600000000 t/data/file t/data; tar -cf t.tar -C t data"
    ),
    BuildCase(
      "ADD unpacks an archive with a directory where the image has a link",
      "FROM base\nRUN ln -s /data /l\nADD t.tar /",
      context: "mkdir -p t/l; echo new > t/l/new; tar -cf t.tar -C t l"),
    BuildCase(
      "ADD unpacks among files", "FROM base\nADD a t.tar /x/",
      context: packed + "echo f > a; tar -cf t.tar -C t s"),
    BuildCase(
      "ADD does not unpack in a directory", "FROM base\nADD d /x/",
      context: packed + "mkdir d; tar -cf d/t.tar -C t s; rm -r t; truncate -s 0 d/t.tar"),
    BuildCase(
      "ADD --chown of an archive", "FROM base\nADD --chown=7:8 t.tar /x/",
      context: packed + "tar -cf t.tar -C t a"),
    BuildCase("ADD --chmod", "FROM base\nADD --chmod=600 a /x", context: "echo a > a"),
    BuildCase("ADD --chown", "FROM base\nADD --chown=bob a /x", context: "echo a > a"),
    BuildCase(
      "ADD --link", "FROM base\nADD --link a /x/y", context: "echo a > a",
      result: "builds\nd 755 0:0 /x\nf 644 0:0 /x/y \"a\\n\"\n", differs: newer),
    BuildCase(
      "ADD --exclude", "FROM base\nADD --exclude=b* d /x/", context: "mkdir d; touch d/a d/b",
      result: "builds\nd 755 0:0 /x\nf 644 0:0 /x/a \"\"\n", differs: newer),
    BuildCase(
      "ADD --unpack=false", "FROM base\nADD --unpack=false t.tar /x/",
      context: "mkdir t; truncate -s 1024 t.tar; rmdir t",
      result: "builds\nd 755 0:0 /x\nf 644 0:0 /x/t.tar 1024 5f70bf18a086\n", differs: newer),
    BuildCase(
      "ADD --unpack=true of an address", "FROM base\nADD --unpack=true @http@/archive.tar.gz /x/",
      result: "builds\nd 755 0:0 /x\nf 640 5:0 /x/inside \"inside\\n\" @1600000000\n", differs: newer),
    BuildCase("ADD an address to a name", "FROM base\nADD @http@/file /x"),
    BuildCase("ADD an address into a directory", "FROM base\nADD @http@/dir/plain.txt /x/"),
    BuildCase("ADD an address with a question", "FROM base\nADD @http@/file?a=b /x/"),
    BuildCase("ADD of an address does not unpack", "FROM base\nADD @http@/archive.tar.gz /x/"),
    BuildCase("ADD --chown of an address", "FROM base\nADD --chown=5:6 @http@/file /x"),
    BuildCase(
      "ADD --chmod of an address", "FROM base\nADD --chmod=644 @http@/file /x",
      differs: "BuildKit 0.8 forgets it", oracle: "buildah"),
    BuildCase(
      "ADD --checksum",
      "FROM base\nADD --checksum=sha256:36741b5f29bf0af69fcd69b844a33ab855cb712487753abfab602eb1fac2ec8b @http@/file /x",
      result: "builds\nf 600 0:0 /x \"from afar\\n\" @1600000000\n", differs: newer),
    BuildCase(
      "ADD a git repository", "FROM base\nADD @http@/repo.git /x",
      result:
        "builds\nd 755 0:0 /x\nf 644 0:0 /x/Dockerfile \"FROM base\\nCOPY one sub /git/\\n\"\nl - 0:0 /x/link -> one\nf 644 0:0 /x/one \"two\\n\"\nd 755 0:0 /x/sub\nf 644 0:0 /x/sub/Dockerfile \"FROM base\\nCOPY . /git/\\n\"\nf 644 0:0 /x/sub/deep \"deep\\n\"\nf 755 0:0 /x/tool \"run\\n\"\n",
      differs: newer),
    BuildCase(
      "ADD a git repository's branch and directory", "FROM base\nADD @http@/repo.git#side:sub /x",
      result:
        "builds\nd 755 0:0 /x\nf 644 0:0 /x/Dockerfile \"FROM base\\nCOPY . /git/\\n\"\nf 644 0:0 /x/deep \"deep\\n\"\n",
      differs: newer),
    BuildCase(
      "ADD a git repository's tag", "FROM base\nADD @http@/repo.git#v1 /x\nRUN cat /x/one > /one; rm -r /x",
      result: "builds\nf 644 0:0 /one \"one\\n\"\n", differs: newer),
    BuildCase(
      "ADD --keep-git-dir",
      "FROM base\nADD --keep-git-dir=true @http@/repo.git /x\nRUN test -f /x/.git/HEAD && touch /ok; rm -r /x",
      result: "builds\nf 644 0:0 /ok \"\"\n", differs: newer),

    BuildCase("ADD of what is not there", "FROM base\nADD none /x", fails: (2, "none")),
    BuildCase("ADD without anything", "FROM base\nADD", fails: (2, "ADD")),
    BuildCase("ADD without a destination", "FROM base\nADD a", context: "touch a", fails: (2, "ADD")),
    BuildCase(
      "ADD of a broken archive", "FROM base\nADD t.tgz /x/",
      context:
        "seq 400000 | openssl enc -aes-128-ctr -K 0 -iv 0 > a; tar -cf - a | gzip -n | head -c 2000000 > t.tgz",
      fails: (2, "t.tgz")),
    BuildCase(
      "ADD of an archive with a name that leads out", "FROM base\nADD t.tar /x/",
      context: "echo a > a; tar -cf t.tar -P --transform 's,^,../../../../,' a"),
    BuildCase("ADD of an address that is not there", "FROM base\nADD @http@/none /x", fails: (2, "none")),
    BuildCase(
      "ADD of an address nobody answers at", "FROM base\nADD http://127.0.0.1:9/none /x",
      fails: (2, "127.0.0.1:9")),
    BuildCase(
      "ADD --checksum that differs",
      "FROM base\nADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 @http@/file /x",
      fails: (2, "sha256")),
    BuildCase(
      "ADD --checksum that is none", "FROM base\nADD --checksum=abc @http@/file /x", fails: (2, "abc")),
    BuildCase(
      "ADD --checksum of a file",
      "FROM base\nADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 a /x",
      context: "touch a", fails: (2, "checksum")),
    BuildCase("ADD --from", "FROM base\nADD --from=base /data /x", fails: (2, "from")),
    BuildCase("ADD --parents", "FROM base\nADD --parents a /x", context: "touch a", fails: (2, "parents")),
    BuildCase(
      "ADD --link that is neither", "FROM base\nADD --link=maybe a /x", context: "touch a",
      fails: (2, "maybe")),
    BuildCase(
      "ADD --chown of nobody", "FROM base\nADD --chown=carol a /x", context: "touch a", fails: (2, "carol"),
      differs: "BuildKit takes root instead"),
    BuildCase(
      "ADD --chmod that is none", "FROM base\nADD --chmod=rwx a /x", context: "touch a", fails: (2, "rwx"),
      differs: "BuildKit 0.8 ignores what it can't read"),
    BuildCase(
      "ADD --exclude with a bad pattern", "FROM base\nADD --exclude=[ . /x/", context: "touch a",
      fails: (2, "[")),
    BuildCase(
      "ADD --keep-git-dir that is neither", "FROM base\nADD --keep-git-dir=maybe @http@/repo.git /x",
      fails: (2, "maybe")),
    BuildCase(
      "ADD --unpack that is neither", "FROM base\nADD --unpack=maybe a /x", context: "touch a",
      fails: (2, "maybe")),
    BuildCase(
      "ADD of a git branch that is not there", "FROM base\nADD @http@/repo.git#none /x", fails: (2, "none"),
      differs: "before 2022 it was an address as others are"),
    BuildCase(
      "ADD with an unknown option", "FROM base\nADD --bogus a /x", context: "touch a", fails: (2, "bogus")),
    BuildCase("ADD from outside", "FROM base\nADD ../../../../../../etc/passwd /x", fails: (2, "etc/passwd")),
  ]
}
