extension BuildCase {
  private static let before2021 = "docker 20.10 and buildah 1.28 do not know it"

  /// RUN.
  static let commands: [BuildCase] = [
    BuildCase("RUN in the shell", "FROM base\nRUN echo one > /a && echo two >> /a"),
    BuildCase("RUN in exec form", "FROM base\nRUN [\"touch\", \"/a b\", \"/$HOME\"]"),
    BuildCase("RUN in exec form over two lines", "FROM base\nRUN [\"touch\", \\\n  \"/a\"]"),
    BuildCase("RUN with what is not JSON is for the shell", "FROM base\nRUN ['true'] || touch /a"),
    BuildCase(
      "RUN removes, moves and replaces",
      "FROM base\nRUN rm -r /data /home; mkdir /home; mv /tmp /moved; rm /bin/uname; mkdir /bin/uname; touch /bin/uname/a"
    ),
    BuildCase("RUN that changes nothing", "FROM base\nRUN true\nRUN true"),
    BuildCase(
      "RUN makes all kinds of files",
      "FROM base\nRUN mkfifo /p; mknod /c c 1 3; ln -s none /l; ln -s ../x /data/up; echo h > /h; chmod 4755 /h; mkdir -m 1777 /s; chown 5:6 /s"
    ),
    BuildCase("RUN: hard links", "FROM base\nRUN echo a > /a; ln /a /b; ln /data/file /data/link"),
    BuildCase(
      "RUN: a lower directory's mode and owner", "FROM base\nRUN chmod 700 /data; chown 7:8 /home/bob"),
    BuildCase("RUN: a lower file's mode", "FROM base\nRUN chmod 600 /data/file"),
    BuildCase(
      "RUN: a directory removed and made anew", "FROM base\nRUN rm -r /data && mkdir /data && touch /data/new"
    ),
    BuildCase("RUN: a file for a directory", "FROM base\nRUN rm -r /data && echo f > /data"),
    BuildCase(
      "RUN: a symbolic link for a directory",
      "FROM base\nRUN rm -r /data && ln -s /tmp /data && touch /data/a"),
    BuildCase(
      "RUN sees what earlier steps made",
      "FROM base\nRUN echo 1 > /a\nRUN cat /a > /b; rm /a\nRUN test ! -e /a; mv /b /c"),
    BuildCase(
      "RUN: the environment",
      "FROM base\nENV X=1\nRUN env | grep -v -e ^HOSTNAME -e ^SHLVL -e ^PWD -e ^_= -e ^container | sort > /a"),
    BuildCase("RUN: HOME of a user", "FROM base\nUSER bob\nRUN echo $HOME; echo ~ > /tmp/a"),
    BuildCase("RUN: the working directory", "FROM base\nWORKDIR /data\nRUN pwd > a"),
    BuildCase(
      "RUN: a line continued, with comments between",
      "FROM base\nRUN echo one \\\n# a comment\n  two \\\n\n  three > /a"),
    BuildCase(
      "RUN: quotation marks and dollars reach the shell", "FROM base\nRUN echo 'a  b' \"$((1+2))\" \\$x > /a"),
    BuildCase("RUN: a semicolon at the end of a continued line", "FROM base\nRUN x=1; \\\n    echo $x > /a;"),
    BuildCase(
      "SHELL for RUN, CMD and ENTRYPOINT",
      "FROM base\nSHELL [\"/bin/sh\", \"-ec\"]\nRUN false || touch /a\nCMD echo\nENTRYPOINT x"),
    BuildCase(
      "SHELL that takes it apart itself",
      "FROM base\nSHELL [\"/bin/echo\"]\nRUN a  b\nSHELL [\"/bin/sh\", \"-c\"]\nRUN touch /a"),
    BuildCase(
      "RUN as a user of the image", "FROM base\nUSER bob\nRUN touch /home/bob/a; id > /home/bob/id",
      differs: "BuildKit 0.8 leaves out the first group", oracle: "classic"),
    BuildCase(
      "RUN as a number", "FROM base\nUSER 1234:77\nRUN touch /tmp/a; id -u > /tmp/id; id -g >> /tmp/id"),
    BuildCase(
      "RUN --network=none", "FROM base\nRUN --network=none ip link | grep -c mtu > /a",
      result: "builds\nf 644 0:0 /a \"1\\n\"\n", differs: before2021),
    BuildCase(
      "RUN --network=default", "FROM base\nRUN --network=default touch /a",
      result: "builds\nf 644 0:0 /a \"\"\n", differs: before2021),
    BuildCase(
      "RUN --network=host with leave", "FROM base\nRUN --network=host touch /a", flags: "--network host",
      result: "builds\nf 644 0:0 /a \"\"\n", differs: before2021),
    BuildCase(
      "RUN --security=sandbox", "FROM base\nRUN --security=sandbox touch /a",
      result: "builds\nf 644 0:0 /a \"\"\n", differs: before2021),
    BuildCase(
      "/etc/hosts and resolv.conf of the build are not the image's",
      "FROM base\nRUN test -e /etc/hosts; touch /a; rm -f /none"),
    BuildCase(
      "what is mounted for RUN leaves nothing",
      "FROM base\nRUN touch /proc/x /dev/shm/x /dev/x 2>/dev/null; touch /a"),
    BuildCase(
      "RUN: white space at the end and in front", "FROM base\n   RUN   echo a > /a   \n\tRUN echo b > /b"),

    BuildCase(
      "RUN without a command", "FROM base\nRUN", fails: (2, "RUN"),
      differs: "BuildKit 0.8 runs a shell with nothing to do"),
    BuildCase("RUN that fails", "FROM base\nRUN true\nRUN exit 7", fails: (3, "7")),
    BuildCase(
      "RUN in exec form of what is not there", "FROM base\nRUN [\"none-such\"]", fails: (2, "none-such")),
    BuildCase("RUN with an empty list", "FROM base\nRUN []", fails: (2, "")),
    BuildCase("RUN with an unknown option", "FROM base\nRUN --bogus=1 true", fails: (2, "bogus")),
    BuildCase("RUN killed by a signal", "FROM base\nRUN sh -c 'kill -9 $$'; exit $?", fails: (2, "137")),
    BuildCase("RUN as a user that is not there", "FROM base\nUSER carol\nRUN true", fails: (3, "carol")),
    BuildCase("RUN with a network that is none", "FROM base\nRUN --network=bogus true", fails: (2, "bogus")),
    BuildCase(
      "RUN --network twice", "FROM base\nRUN --network=none --network=default true", fails: (2, "network")),
    BuildCase(
      "RUN with a security that is none", "FROM base\nRUN --security=bogus true", fails: (2, "bogus")),
    BuildCase(
      "RUN --security=insecure without leave", "FROM base\nRUN --security=insecure true",
      fails: (2, "insecure")),
    BuildCase(
      "SHELL that is not there", "FROM base\nSHELL [\"/none\", \"-c\"]\nRUN true", fails: (3, "/none")),
    BuildCase("SHELL in shell form", "FROM base\nSHELL /bin/sh -c", fails: (2, "SHELL")),
    BuildCase("SHELL without anything", "FROM base\nSHELL", fails: (2, "SHELL")),
    BuildCase("SHELL with an empty list", "FROM base\nSHELL []", fails: (2, "SHELL")),
    BuildCase("SHELL with an unknown option", "FROM base\nSHELL --bogus [\"/bin/sh\"]", fails: (2, "")),
  ]

  /// RUN --mount.
  static let mounts: [BuildCase] = [
    BuildCase(
      "bind of the context",
      "FROM base\nRUN --mount=target=/m cat /m/a > /b; touch /m/x 2>/dev/null || echo ro >> /b",
      context: "echo a > a"),
    BuildCase(
      "bind, written out", "FROM base\nRUN --mount=type=bind,source=d,target=/m,ro cat /m/a > /b",
      context: "mkdir d; echo a > d/a"),
    BuildCase(
      "bind: src, dst, readonly", "FROM base\nRUN --mount=type=bind,src=d/a,dst=/m,readonly cat /m > /b",
      context: "mkdir d; echo a > d/a"),
    BuildCase(
      "bind: destination, and a target in the working directory",
      "FROM base\nWORKDIR /w\nRUN --mount=type=bind,destination=m cat m/a > /b", context: "echo a > a"),
    BuildCase(
      "bind: rw, and what is written is gone",
      "FROM base\nRUN --mount=type=bind,target=/m,rw echo x > /m/a && cat /m/a > /b\nRUN --mount=type=bind,target=/m cat /m/a >> /b",
      context: "echo a > a"),
    BuildCase(
      "bind: readwrite=true",
      "FROM base\nRUN --mount=type=bind,target=/m,readwrite=true touch /m/x && touch /b",
      context: "echo a > a"),
    BuildCase(
      "bind: ro=false", "FROM base\nRUN --mount=type=bind,target=/m,ro=false touch /m/x && touch /b",
      context: "echo a > a"),
    BuildCase(
      "bind from a stage",
      "FROM base AS one\nRUN mkdir /o; echo 1 > /o/f\nFROM base\nRUN --mount=from=one,source=/o,target=/m cp /m/f /b"
    ),
    BuildCase(
      "bind from an image", "FROM base\nRUN --mount=type=bind,from=scratch:latest,target=/m ls /m > /b"),
    BuildCase(
      "bind from another image", "FROM base\nRUN --mount=type=bind,from=env,source=/data,target=/m ls /m > /b"
    ),
    BuildCase(
      "bind over a directory of the image", "FROM base\nRUN --mount=type=bind,target=/data ls /data > /b",
      context: "echo a > a"),
    BuildCase(
      "two mounts",
      "FROM base\nRUN --mount=type=tmpfs,target=/t --mount=type=bind,target=/m cp /m/a /t/ && ls /t > /b",
      context: "echo a > a"),
    BuildCase(
      "a mount with variables",
      "FROM base\nARG d=/m\nENV s=a\nRUN --mount=type=bind,source=$s,target=${d}/f cat $d/f > /b",
      context: "echo a > a",
      result: "builds\nf 644 0:0 /b \"a\\n\"\nEnv [\"PATH=/bin:/usr/bin\", \"s=a\"]\n", differs: "of 2022"),
    BuildCase("tmpfs", "FROM base\nRUN --mount=type=tmpfs,target=/t touch /t/a && stat -f -c %T /t > /b"),
    BuildCase(
      "tmpfs with a size",
      "FROM base\nRUN --mount=type=tmpfs,target=/t,size=1m dd if=/dev/zero of=/t/a bs=1k count=2000 2>/dev/null || echo full > /b",
      result: "builds\nf 644 0:0 /b \"full\\n\"\n", differs: "of 2022"),
    BuildCase(
      "cache",
      "FROM base\nRUN --mount=type=cache,target=/c echo 1 > /c/f\nRUN --mount=type=cache,target=/c cp /c/f /b"
    ),
    BuildCase(
      "cache: id, and another target",
      "FROM base\nRUN --mount=type=cache,id=mine,target=/c echo 2 > /c/f\nRUN --mount=type=cache,id=mine,target=/d cp /d/f /b"
    ),
    BuildCase(
      "cache: mode, uid and gid",
      "FROM base\nRUN --mount=type=cache,id=modes,target=/c,mode=0750,uid=1000,gid=77 stat -c '%a %u %g' /c > /b"
    ),
    BuildCase(
      "cache: ro", "FROM base\nRUN --mount=type=cache,id=read,target=/c,ro touch /c/x 2>/dev/null || touch /b"
    ),
    BuildCase(
      "cache: sharing",
      "FROM base\nRUN --mount=type=cache,id=s1,target=/c,sharing=shared touch /a\n"
        + "RUN --mount=type=cache,id=s2,target=/c,sharing=locked touch /b\nRUN --mount=type=cache,id=s3,target=/c,sharing=private touch /d"
    ),
    BuildCase(
      "cache: from a stage and source",
      "FROM base AS one\nRUN mkdir /o; echo 1 > /o/f\n"
        + "FROM base\nRUN --mount=type=cache,id=from,from=one,source=/o,target=/c cp /c/f /b"),
    BuildCase(
      "secret from a file", "FROM base\nRUN --mount=type=secret,id=s cat /run/secrets/s > /b",
      context: "printf hidden > ../s", flags: "--secret id=s,src=../s"),
    BuildCase(
      "secret: target, mode, uid and gid",
      "FROM base\nRUN --mount=type=secret,id=s,target=/k,mode=0440,uid=1000,gid=77 stat -c '%a %u %g' /k > /b; cat /k >> /b",
      context: "printf hidden > ../s", flags: "--secret id=s,src=../s"),
    BuildCase(
      "secret: dst, and required where it is there",
      "FROM base\nRUN --mount=type=secret,id=s,dst=/k,required cat /k > /b",
      context: "printf hidden > ../s", flags: "--secret id=s,src=../s"),
    BuildCase(
      "secret: without an id it is named as its target",
      "FROM base\nRUN --mount=type=secret,target=/x/s cat /x/s > /b",
      context: "printf hidden > ../s", flags: "--secret id=s,src=../s"),
    BuildCase(
      "secret that is not there",
      "FROM base\nRUN --mount=type=secret,id=s cat /run/secrets/s 2>/dev/null || touch /b"),
    BuildCase("secret: required=false", "FROM base\nRUN --mount=type=secret,id=s,required=false touch /b"),
    BuildCase(
      "secret from a variable",
      "FROM base\nRUN --mount=type=secret,id=HOME cat /run/secrets/HOME > /dev/null; touch /b",
      flags: "--secret id=HOME,env=HOME"),
    BuildCase(
      "secret into a variable",
      "FROM base\nRUN --mount=type=secret,id=s,env=KEY test \"$KEY\" = hidden && test ! -e /run/secrets/s && touch /b",
      context: "printf hidden > ../s", flags: "--secret id=s,src=../s",
      result: "builds\nf 644 0:0 /b \"\"\n", differs: "of 2024"),
    BuildCase(
      "ssh", "FROM base\nRUN --mount=type=ssh test -S $SSH_AUTH_SOCK && touch /b",
      flags: "--ssh default=@agent@"),
    BuildCase(
      "ssh: id, target, mode, uid and gid",
      "FROM base\nRUN --mount=type=ssh,id=a,target=/s/agent,mode=0666,uid=1000,gid=77 stat -c '%a %u %g %F' /s/agent > /b; echo $SSH_AUTH_SOCK >> /b",
      flags: "--ssh a=@agent@"),
    BuildCase(
      "ssh that is not there", "FROM base\nRUN --mount=type=ssh test ! -S \"$SSH_AUTH_SOCK\" && touch /b"),
    BuildCase(
      "ssh: required where it is there", "FROM base\nRUN --mount=type=ssh,required touch /b",
      flags: "--ssh default=@agent@"),

    BuildCase(
      "a mount of an unknown type", "FROM base\nRUN --mount=type=bogus,target=/m true", fails: (2, "bogus")),
    BuildCase(
      "a mount with an unknown field", "FROM base\nRUN --mount=type=bind,target=/m,bogus=1 true",
      fails: (2, "bogus")),
    BuildCase(
      "a mount's field without a value", "FROM base\nRUN --mount=type=bind,source=a,b,target=/m cat /m > /b",
      context: "echo a > a,b", fails: (2, "b")),
    BuildCase(
      "bind without a target", "FROM base\nRUN --mount=type=bind,source=a true", context: "touch a",
      fails: (2, "target")),
    BuildCase(
      "bind of what is not there", "FROM base\nRUN --mount=type=bind,source=none,target=/m true",
      fails: (2, "none")),
    BuildCase(
      "bind from what is not there",
      "FROM base\nRUN --mount=type=bind,from=localhost/none-such,target=/m true", fails: (2, "none-such")),
    BuildCase(
      "bind that is neither true nor false", "FROM base\nRUN --mount=type=bind,target=/m,ro=maybe true",
      fails: (2, "maybe")),
    BuildCase(
      "bind with a sharing", "FROM base\nRUN --mount=type=bind,target=/m,sharing=locked true",
      fails: (2, "sharing")),
    BuildCase("tmpfs without a target", "FROM base\nRUN --mount=type=tmpfs true", fails: (2, "target")),
    BuildCase(
      "tmpfs with a bad size", "FROM base\nRUN --mount=type=tmpfs,target=/t,size=big true", fails: (2, "big")),
    BuildCase("cache without a target", "FROM base\nRUN --mount=type=cache true", fails: (2, "target")),
    BuildCase(
      "cache with a sharing that is none", "FROM base\nRUN --mount=type=cache,target=/c,sharing=bogus true",
      fails: (2, "bogus")),
    BuildCase(
      "cache with a bad mode", "FROM base\nRUN --mount=type=cache,target=/c,mode=rwx true", fails: (2, "rwx")),
    BuildCase(
      "cache with a bad owner", "FROM base\nRUN --mount=type=cache,target=/c,uid=bob true", fails: (2, "bob")),
    BuildCase(
      "cache with a bad group", "FROM base\nRUN --mount=type=cache,target=/c,gid=-1 true", fails: (2, "-1")),
    BuildCase(
      "secret that is required and not there", "FROM base\nRUN --mount=type=secret,id=s,required true",
      fails: (2, "s")),
    BuildCase(
      "secret: required=true", "FROM base\nRUN --mount=type=secret,id=s,required=true true", fails: (2, "s")),
    BuildCase("secret with neither id nor target", "FROM base\nRUN --mount=type=secret true", fails: (2, "")),
    BuildCase(
      "secret with a source", "FROM base\nRUN --mount=type=secret,id=s,from=base true", fails: (2, "from")),
    BuildCase(
      "ssh that is required and not there", "FROM base\nRUN --mount=type=ssh,required=true true",
      fails: (2, "")),
    BuildCase("ssh with a bad mode", "FROM base\nRUN --mount=type=ssh,mode=9 true", fails: (2, "9")),
    BuildCase(
      "an env of what is no secret", "FROM base\nRUN --mount=type=cache,target=/c,env=A true",
      fails: (2, "env")),
    BuildCase("a mount without its text", "FROM base\nRUN --mount true", fails: (2, "mount")),
  ]

  /// Here-documents.
  static let heredocs: [BuildCase] = [
    BuildCase(
      "RUN of a here-document", "FROM base\nRUN <<EOF\necho one > /a\necho $HOME > /b\nEOF\nRUN echo c > /c",
      result: "builds\nf 644 0:0 /a \"one\\n\"\nf 644 0:0 /b \"/root\\n\"\nf 644 0:0 /c \"c\\n\"\n",
      differs: before2021),
    BuildCase(
      "RUN of a here-document with an interpreter", "FROM base\nRUN <<EOF\n#!/bin/awk BEGIN\nEOF",
      fails: (2, "")),
    BuildCase(
      "RUN of a script", "FROM base\nRUN <<EOF\n#!/bin/sh -e\necho $0 | grep -c . > /a\nEOF",
      result: "builds\nf 644 0:0 /a \"1\\n\"\n", differs: before2021),
    BuildCase(
      "RUN with a here-document for a command", "FROM base\nRUN cat <<EOF > /a\n  x $HOME\nEOF",
      result: "builds\nf 644 0:0 /a \"  x /root\\n\"\n", differs: before2021),
    BuildCase(
      "RUN with a quoted here-document for a command", "FROM base\nRUN cat <<'EOF' > /a\nx $HOME\nEOF",
      result: "builds\nf 644 0:0 /a \"x $HOME\\n\"\n", differs: before2021),
    BuildCase(
      "RUN with a here-document without its tabs", "FROM base\nRUN cat <<-EOF > /a\n\t\tx\n\tEOF",
      result: "builds\nf 644 0:0 /a \"x\\n\"\n", differs: before2021),
    BuildCase(
      "RUN with two here-documents", "FROM base\nRUN cat <<A > /a && cat <<B > /b\na\nA\nb\nB",
      result: "builds\nf 644 0:0 /a \"a\\n\"\nf 644 0:0 /b \"b\\n\"\n", differs: before2021),
    BuildCase(
      "RUN with a descriptor's here-document", "FROM base\nRUN cat 3<<EOF <&3 > /a\nx\nEOF",
      result: "builds\nf 644 0:0 /a \"x\\n\"\n", differs: before2021),
    BuildCase(
      "RUN of a here-document with a mount",
      "FROM base\nRUN --mount=type=tmpfs,target=/t <<EOF\ntouch /t/x\nls /t > /a\nEOF",
      result: "builds\nf 644 0:0 /a \"x\\n\"\n", differs: before2021),
    BuildCase(
      "COPY of a here-document", "FROM base\nENV v=1\nCOPY <<EOF /a\nx $v ${v}2\nEOF",
      result: "builds\nf 644 0:0 /a \"x 1 12\\n\"\nEnv [\"PATH=/bin:/usr/bin\", \"v=1\"]\n",
      differs: before2021),
    BuildCase(
      "COPY of a quoted here-document", "FROM base\nCOPY <<\"EOF\" /a\nx $v\nEOF",
      result: "builds\nf 644 0:0 /a \"x $v\\n\"\n", differs: before2021),
    BuildCase(
      "COPY of two here-documents into a directory",
      "FROM base\nCOPY --chmod=600 --chown=5:6 <<one <<two /d/\n1\none\n2\ntwo",
      result: "builds\nd 755 5:6 /d\nf 600 5:6 /d/one \"1\\n\"\nf 600 5:6 /d/two \"2\\n\"\n",
      differs: before2021),
    BuildCase(
      "COPY of a here-document and a file", "FROM base\nCOPY a <<b /d/\nB\nb", context: "echo A > a",
      result: "builds\nd 755 0:0 /d\nf 644 0:0 /d/a \"A\\n\"\nf 644 0:0 /d/b \"B\\n\"\n", differs: before2021),
    BuildCase(
      "ADD of a here-document", "FROM base\nADD <<-EOF /a\n\t# no comment\n\n\tx\n\ty\n\tEOF",
      result: "builds\nf 644 0:0 /a \"# no comment\\n\\nx\\ny\\n\"\n", differs: before2021),
    BuildCase(
      "an empty here-document", "FROM base\nCOPY <<EOF /a\nEOF",
      result: "builds\nf 644 0:0 /a \"\"\n", differs: before2021),
    BuildCase("a here-document without its end", "FROM base\nCOPY <<EOF /a\nx\n", fails: (2, "EOF")),
    BuildCase("a here-document of RUN without its end", "FROM base\nRUN <<EOF\ntrue\n", fails: (2, "EOF")),
    BuildCase(
      "a here-document that fails", "FROM base\nRUN <<EOF\nset -e\nfalse\ntrue\nEOF", fails: (2, "1")),
    BuildCase("a here-document without a destination", "FROM base\nCOPY <<EOF\nx\nEOF", fails: (2, "COPY")),
  ]
}
