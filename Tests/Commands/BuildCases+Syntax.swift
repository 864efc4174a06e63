extension BuildCase {
  /// How a Dockerfile is written.
  static let syntax: [BuildCase] = [
    BuildCase(
      "instructions in any case", "from base\nRun touch /a\neNv a=b\nCOPY b /b\ncmd [\"x\"]",
      context: "touch b"),
    BuildCase(
      "comments and empty lines",
      "# one\n\nFROM base\n  # two\n\n\tRUN echo '# no comment' > /a # one of the shell\n#end"),
    BuildCase("a comment in the middle of an instruction", "FROM base\nENV a=1 \\\n  # gone\n  b=2"),
    BuildCase(
      "an instruction over lines with white space after the backslash", "FROM base\nRUN echo a \\  \n  b > /a"
    ),
    BuildCase("line ends of DOS", "FROM base\r\nRUN echo one \\\r\n  two > /a\r\nENV a=b\r\nCMD [\"x\"]\r\n"),
    BuildCase("a byte order mark", "\u{FEFF}FROM base\nENV a=b"),
    BuildCase("a byte order mark before a directive", "\u{FEFF}# escape=`\nFROM base\nENV a=1 `\n b=2"),
    BuildCase("no line end at the end", "FROM base\nENV a=b"),
    BuildCase("a backslash at the end of all", "FROM base\nENV a=b \\"),
    BuildCase(
      "# escape is a backquote",
      "# escape=`\nFROM base\nENV a=C:\\dir b=two` words `\n  c=3\nRUN echo a `\n  b > /a"),
    BuildCase("# escape is a backslash", "#escape=\\\nFROM base\nENV a=1 \\\n  b=2"),
    BuildCase(
      "a directive after a comment is a comment", "# comment\n# escape=`\nFROM base\nENV a=1 \\\n  b=2"),
    BuildCase("a directive with white space and capitals", "#  EsCaPe = ` \nFROM base\nENV a=1 `\n b=2"),
    BuildCase("an unknown directive is a comment", "# bogus=1\n# escape=`\nFROM base\nENV a=1 \\\n b=2"),
    BuildCase(
      "# syntax is only a word", "# syntax=docker/dockerfile:1\nFROM base\nENV a=b",
      differs: "BuildKit would fetch it"),
    BuildCase("# check", "# check=skip=all\nFROM base\nENV a=b"),
    BuildCase(
      "# check that makes an error of a warning", "# check=error=true\nFROM base as one\nRUN touch /a",
      fails: (2, "FromAsCasing"),
      differs: "of 2024"),
    BuildCase(
      "tabs and spaces between words", "FROM\tbase\nENV\t a=b  \tc=d\nCOPY\ta\t/x", context: "touch a"),
    BuildCase(
      "a long line", "FROM base\nENV a=" + String(repeating: "x", count: 5000) + "\nRUN echo ${#a} > /a"),
    BuildCase(
      "a hundred steps",
      "FROM base\n" + (1...40).map { "ENV v\($0)=\($0)\n" }.joined()
        + (1...60).map { "LABEL l\($0)=\($0)\n" }.joined()),
    BuildCase(
      "JSON with what follows is for the shell", "FROM base\nCMD [\"a\"] b",
      result: "builds\nCmd [\"/bin/sh\", \"-c\", \"[\\\"a\\\"] b\"]\n",
      differs: "docker 20.10 and buildah take no notice of what follows; BuildKit does by now"),
    BuildCase("JSON with a backslash that is none is for the shell", "FROM base\nCMD [\"a\\x\"]"),
    BuildCase("JSON with white space in it", "FROM base\nCMD [ \"a\" , \"b\" ]  "),

    BuildCase("JSON with numbers", "FROM base\nCMD [1, \"a\"]", fails: (2, "")),
    BuildCase("# escape that is none", "# escape=x\nFROM base", fails: (1, "escape")),
    BuildCase("# escape twice", "# escape=`\n# escape=`\nFROM base", fails: (2, "escape")),
    BuildCase("a word that is no instruction at the top", "hello\nFROM base", fails: (1, "hello")),
    BuildCase("an instruction glued to its words", "FROM base\nRUN\u{A0}true", fails: (2, "")),
    BuildCase("a line that goes on into an instruction", "FROM base\nEXPOSE \\\nBOGUS", fails: (2, "BOGUS")),
    BuildCase(
      "a line number after continued lines and comments",
      "FROM base\n# c\nRUN true \\\n  # c\n  && true\n\nBOGUS", fails: (7, "BOGUS")),
    BuildCase("a line number after DOS lines", "FROM base\r\n\r\nBOGUS\r\n", fails: (3, "BOGUS")),
    BuildCase(
      "a line number after a here-document", "FROM base\nCOPY <<EOF /a\nx\n\nEOF\nBOGUS", fails: (6, "BOGUS")),
    BuildCase("a binary file", "\u{1}\u{2}\u{3}\u{0}\nFROM base", fails: (1, "")),
  ]

  /// .dockerignore.
  static let ignored: [BuildCase] = [
    ignore("a name", "a", "touch a b"),
    ignore("a directory", "d", "mkdir d; touch d/a e"),
    ignore("a directory with slashes", "/d/", "mkdir d; touch d/a e"),
    ignore("a pattern", "*.o", "touch a.o a.c; mkdir d; touch d/b.o"),
    ignore("a pattern in a directory", "d/*.o", "touch a.o; mkdir d; touch d/b.o d/c"),
    ignore("**", "**/*.o", "touch a.o; mkdir -p d/e; touch d/b.o d/e/c.o d/e/f"),
    ignore("** in the middle", "d/**/x", "mkdir -p d/e/f; touch d/x d/e/x d/e/f/x d/e/y x"),
    ignore("** at the end", "d/**", "mkdir -p d/e; touch d/a d/e/b c"),
    ignore("an exception", "*.md\n!README.md", "touch a.md README.md b"),
    ignore("an exception below what is left out", "d\n!d/keep", "mkdir d; touch d/a d/keep b"),
    ignore("the last rule counts", "*\n!a\n!b\nb", "touch a b c"),
    ignore("all but some", "**\n!src/*.c", "mkdir -p src/a; touch x src/b.c src/a/c.c src/a/d.h"),
    ignore("comments, empty lines and white space", "# a\n\n  b  \n#c", "touch a b '#c'"),
    ignore("? and []", "?1\n[a-c]2", "touch a1 b1 a2 d2 aa2"),
    ignore("a backslash", "a\\*", "touch 'a*' ab"),
    ignore("a dot and dots", "./a\nd/../b", "mkdir d; touch a b d/c"),
    ignore("line ends of DOS", "a\r\nb\r", "touch a b c"),
    ignore("a byte order mark", "\\xef\\xbb\\xbfa", "touch a b"),
    ignore("a hidden file", ".*", "touch .a b"),
    BuildCase(
      "the Dockerfile and .dockerignore may be left out", "FROM base\nCOPY . /x/",
      context: "printf 'Dockerfile\\n.dockerignore\\n' > .dockerignore; touch a"),
    BuildCase(
      "FILE.dockerignore goes before .dockerignore", "FROM base\nCOPY . /x/",
      context:
        "echo a > .dockerignore; printf 'b\\nDockerfile\\n*.dockerignore\\nsub' > Other.dockerignore; touch a b; printf 'FROM base\\nCOPY . /x/\\n' > Other",
      flags: "-f Other"),
    BuildCase(
      "a bind mount heeds .dockerignore", "FROM base\nRUN --mount=target=/m ls /m > /x",
      context: "echo a > .dockerignore; touch a b"),
    BuildCase(
      "COPY of what is left out", "FROM base\nCOPY a /x", context: "echo a > .dockerignore; touch a",
      fails: (2, "a")),
    BuildCase(
      "ADD of what is left out", "FROM base\nADD d/a /x",
      context: "echo d > .dockerignore; mkdir d; touch d/a", fails: (2, "d/a")),
    BuildCase(
      "a bad pattern in .dockerignore", "FROM base\nCOPY . /x", context: "echo '[' > .dockerignore",
      fails: (nil, "[")),
    BuildCase(
      "an exclamation mark alone in .dockerignore", "FROM base\nCOPY . /x",
      context: "echo '!' > .dockerignore", fails: (nil, "!")),
  ]

  private static func ignore(_ title: String, _ rules: String, _ context: String) -> BuildCase {
    BuildCase(
      ".dockerignore: " + title, "FROM base\nCOPY . /x/",
      context: context + "; printf '" + rules.replacing("\n", with: "\\n").replacing("\r", with: "\\r")
        + "\\nDockerfile\\n.dockerignore' > .dockerignore")
  }

  /// Options of the command.
  static let options: [BuildCase] = [
    BuildCase(
      "-f names another file", "FROM base\nRUN false", context: "printf 'FROM base\\nENV a=b\\n' > Other",
      flags: "-f Other"),
    BuildCase(
      "--file in a directory", "FROM base\nRUN false",
      context: "mkdir d; printf 'FROM base\\nCOPY a /x\\n' > d/File; touch a", flags: "--file d/File"),
    BuildCase("--label", "FROM base\nLABEL a=1 b=2", flags: "--label a=3 --label c=4"),
    BuildCase(
      "--build-arg", "FROM base\nARG a\nARG b=1\nRUN echo $a$b > /a", flags: "--build-arg a=x --build-arg b=y"
    ),
    BuildCase("--build-arg that nobody declares", "FROM base\nRUN touch /a", flags: "--build-arg bogus=1"),
    BuildCase("--no-cache", "FROM base\nRUN touch /a", flags: "--no-cache"),
    BuildCase(
      "--platform on the line", "FROM base\nARG TARGETARCH\nRUN echo $TARGETARCH > /a",
      flags: "--platform linux/amd64"),
    BuildCase("--network none", "FROM base\nRUN ip link | grep -c mtu > /a", flags: "--network none"),
    BuildCase("--network host", "FROM base\nRUN touch /a", flags: "--network host"),
    BuildCase(
      "--squash", "FROM base\nRUN touch /a\nRUN rm /a; touch /b", flags: "--squash",
      result: "builds\nf 644 0:0 /b \"\"\n",
      differs: "an experiment in docker; buildah has it as --squash, too"),
    BuildCase("a git repository for a context", "FROM none", operand: "@http@/repo.git"),
    BuildCase(
      "a git repository's branch and directory for a context", "FROM none",
      operand: "@http@/repo.git#side:sub",
      differs: "BuildKit 0.8 wants a server that speaks git's own protocol"),

    BuildCase("-f that is not there", "FROM base", flags: "-f none", fails: (nil, "none")),
    BuildCase("a context that is not there", "FROM base", operand: "none", fails: (nil, "none")),
    BuildCase("a context that is a file", "FROM base", context: "touch a", operand: "a", fails: (nil, "a")),
    BuildCase(
      "a directory without a Dockerfile", "FROM base", context: "mkdir d", operand: "d",
      fails: (nil, "Dockerfile")),
    BuildCase(
      "a git repository that is not there", "FROM none", operand: "@http@/none.git", fails: (nil, "none.git")),
    BuildCase("--label whose name is empty", "FROM base", flags: "--label =a", fails: (nil, "")),
    BuildCase("--platform that is none", "FROM base", flags: "--platform a/b/c/d", fails: (nil, "a/b/c/d")),
    BuildCase(
      "--network that is none", "FROM base\nRUN echo of a bogus network", flags: "--network bogus",
      fails: (nil, "bogus")),
    BuildCase("--secret without an id", "FROM base", flags: "--secret src=x", fails: (nil, "")),
    BuildCase(
      "--secret whose file is not there", "FROM base\nRUN --mount=type=secret,id=s true",
      flags: "--secret id=s,src=none", fails: (nil, "none")),
    BuildCase(
      "--ssh whose socket is not there", "FROM base\nRUN --mount=type=ssh true", flags: "--ssh default=none",
      fails: (nil, "none")),
    BuildCase("-t that is no name", "FROM base", flags: "-t UPPER/Case", fails: (nil, "UPPER")),
    BuildCase("--build-arg without a name", "FROM base", flags: "--build-arg =x", fails: (nil, "")),
    BuildCase("an unknown option", "FROM base", flags: "--bogus", fails: (nil, "bogus")),
  ]
}
