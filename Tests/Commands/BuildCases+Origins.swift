extension BuildCase {
  private static let newer = "an expansion of 2023"

  /// FROM, stages and platforms.
  static let origins: [BuildCase] = [
    BuildCase("FROM alone", "FROM base"),
    BuildCase("FROM with a tag", "FROM base:latest\nENV A=b"),
    BuildCase("FROM scratch with a file", "FROM scratch\nCOPY a /\nCMD [\"/a\"]", context: "echo one > a"),
    BuildCase("FROM scratch with nothing but configuration", "FROM scratch\nLABEL a=b"),
    BuildCase(
      "FROM keeps the configuration of the image", "FROM env\nENV C=3"),
    BuildCase("FROM an image with an entry point", "FROM entry\nLABEL a=b"),
    BuildCase("CMD survives where ENTRYPOINT is the image's", "FROM entry\nCMD [\"other\"]"),
    BuildCase("ENTRYPOINT clears the image's CMD", "FROM entry\nENTRYPOINT [\"/bin/echo\"]"),
    BuildCase(
      "ENTRYPOINT spares a CMD of this Dockerfile", "FROM entry\nCMD [\"x\"]\nENTRYPOINT [\"/bin/echo\"]"),
    BuildCase("FROM a stage by name", "FROM base AS one\nRUN echo 1 > /one\nFROM one\nRUN echo 2 > /two"),
    BuildCase(
      "a stage's name has no case", "FROM base AS One\nRUN echo 1 > /one\nFROM oNE\nRUN echo 2 > /two",
      differs: "BuildKit 0.8 fails with capitals in FROM"),
    BuildCase("AS has no case", "from base as one\nenv A=1\nfrom one\nenv B=2"),
    BuildCase(
      "the last of two stages is the image",
      "FROM base AS one\nRUN touch /one\nFROM base AS two\nRUN touch /two"),
    BuildCase(
      "a stage that nobody needs is not built",
      "FROM base AS broken\nRUN false\nFROM base\nRUN touch /here"),
    BuildCase(
      "--target ends at a stage", "FROM base AS one\nRUN touch /one\nFROM one AS two\nRUN false",
      flags: "--target one"),
    BuildCase(
      "--target has no case", "FROM base AS one\nRUN touch /one\nFROM base\nRUN touch /two",
      flags: "--target ONE"),
    BuildCase("--target that is not there", "FROM base AS one", flags: "--target two", fails: (nil, "two")),
    BuildCase("a global ARG in FROM", "ARG image=base\nFROM $image\nRUN touch /a"),
    BuildCase("a global ARG with a default in FROM", "ARG tag\nFROM base:${tag:-latest}\nRUN touch /a"),
    BuildCase(
      "a global ARG from the command line", "ARG image=none\nFROM ${image}\nRUN touch /a",
      flags: "--build-arg image=base"
    ),
    BuildCase(
      "a global ARG is seen in a stage only where that declares it",
      "ARG one=1\nARG two=2\nFROM base\nARG one\nRUN echo \"$one-$two\" > /a"),
    BuildCase(
      "a global ARG in a later one", "ARG a=ba\nARG b=${a}se\nFROM $b\nARG b\nRUN echo $b > /b"),
    BuildCase(
      "a global ARG in a stage's platform", "ARG p=linux/amd64\nFROM --platform=$p base\nRUN touch /a"),
    BuildCase("--platform of this machine", "FROM --platform=linux/amd64 base\nRUN touch /a"),
    BuildCase("--platform=$BUILDPLATFORM", "FROM --platform=$BUILDPLATFORM base\nRUN touch /a"),
    BuildCase("--platform=$TARGETPLATFORM", "FROM --platform=$TARGETPLATFORM base\nRUN touch /a"),
    BuildCase(
      "the platform's ARGs",
      "FROM base\nARG TARGETPLATFORM\nARG TARGETOS\nARG TARGETARCH\nARG BUILDPLATFORM\nARG BUILDOS\nARG BUILDARCH\n"
        + "RUN echo $TARGETPLATFORM $TARGETOS $TARGETARCH $BUILDPLATFORM $BUILDOS $BUILDARCH > /a"),
    BuildCase(
      "COPY --from by name, number and of a stage before",
      "FROM base AS one\nRUN echo 1 > /one\nFROM base\nRUN echo 2 > /two\n"
        + "FROM scratch\nCOPY --from=one /one /a\nCOPY --from=1 /two /b\nCOPY --from=0 /one /c"),
    BuildCase("an image's volumes and user stay", "FROM volume\nRUN touch /a"),
    BuildCase("FROM an image with a user runs as that", "FROM user\nRUN id -un > /tmp/a"),
    BuildCase(
      "FROM an image with a working directory", "FROM work\nRUN pwd > /tmp/a\nCOPY b .", context: "echo b > b"
    ),
    BuildCase("a stage named as an image hides it", "FROM base AS env\nENV X=1\nFROM env\nENV Y=2"),
    BuildCase(
      "the same stage name twice: the later one counts",
      "FROM base AS a\nRUN echo 1 > /f\nFROM base AS a\nRUN echo 2 > /f\nFROM scratch\nCOPY --from=a /f /"),

    BuildCase("no FROM", "RUN true", fails: (1, "FROM")),
    BuildCase("nothing at all", "", fails: (nil, "")),
    BuildCase("nothing but comments", "# one\n\n# two\n", fails: (nil, "")),
    BuildCase(
      "nothing but ARG", "ARG a=b\n", fails: (nil, ""), differs: "it ends dockerd 20.10", asks: false),
    BuildCase("FROM without an image", "FROM", fails: (1, "FROM")),
    BuildCase("FROM with three words", "FROM base x one", fails: (1, "FROM")),
    BuildCase("FROM with AS and no name", "FROM base AS", fails: (1, "FROM")),
    BuildCase("a stage's name with a bad character", "FROM base AS o/ne\nRUN true", fails: (1, "o/ne")),
    BuildCase("a stage's name that begins with a digit", "FROM base AS 1one\nRUN true", fails: (1, "1one")),
    BuildCase("FROM an empty variable", "ARG image\nFROM $image\nRUN true", fails: (2, "")),
    BuildCase("FROM an image that is nowhere", "FROM localhost/none-such\nRUN true", fails: (1, "none-such")),
    BuildCase("FROM with a bad reference", "FROM ba/se//x\nRUN true", fails: (1, "ba/se//x")),
    BuildCase("FROM with an unknown option", "FROM --bogus=1 base\nRUN true", fails: (1, "bogus")),
    BuildCase(
      "--platform of FROM that is none", "FROM --platform=a/b/c/d/e base\nRUN true", fails: (1, "a/b/c/d/e")),
    BuildCase("--platform without a value", "FROM --platform base\nRUN true", fails: (1, "platform")),
    BuildCase(
      "COPY from a later stage", "FROM base\nCOPY --from=late /a /\nFROM base AS late\nRUN touch /a",
      fails: (2, "late"),
      differs: "BuildKit 0.8 took them in any order"),
    BuildCase(
      "COPY from a later number", "FROM base\nCOPY --from=1 /a /\nFROM base\nRUN touch /a", fails: (2, "1"),
      differs: "BuildKit 0.8 took them in any order"),
    BuildCase(
      "two stages that need each other",
      "FROM base AS a\nCOPY --from=b /b /\nFROM base AS b\nCOPY --from=a /a /", fails: (2, "b")),
    BuildCase(
      "COPY from its own stage", "FROM base AS me\nRUN touch /a\nCOPY --from=me /a /b", fails: (3, "me")),
    BuildCase("RUN in scratch", "FROM scratch\nRUN true", fails: (2, "")),
  ]

  /// ARG, ENV and what is expanded where.
  static let variables: [BuildCase] = [
    BuildCase(
      "ENV forms", "FROM base\nENV a=1 b=\"two words\" c=three\\ words d='q' e=\nENV f old form with  spaces"),
    BuildCase("ENV of one instruction does not see itself", "FROM base\nENV a=1\nENV a=2 b=$a\nENV c=$a"),
    BuildCase("ENV replaces and keeps its place", "FROM env\nENV B=new A=newer Z=z"),
    BuildCase("ENV with an equals sign in the value", "FROM base\nENV a=b=c d==e"),
    BuildCase("ENV continued", "FROM base\nENV a=1 \\\n    b=2 \\\n    c=3"),
    BuildCase("ENV sees ARG", "FROM base\nARG v=1\nENV w=${v}x"),
    BuildCase(
      "ENV wins over ARG", "FROM base\nENV v=env\nARG v=arg\nRUN echo $v > /v\nENV w=$v",
      differs: "BuildKit 0.8 has the last one of both", oracle: "classic"),
    BuildCase(
      "ENV wins over --build-arg", "FROM base\nARG v\nENV v=env\nRUN echo $v > /v",
      flags: "--build-arg v=line"),
    BuildCase(
      "ENV whose default is an ARG", "FROM base\nARG v\nENV v=${v:-none}\nRUN echo $v > /v",
      flags: "--build-arg v=line"),
    BuildCase("ARG is in RUN's environment", "FROM base\nARG v=1\nRUN env | grep ^v= > /v"),
    BuildCase(
      "ARG goes on in a stage that begins with this one", "FROM base AS a\nARG v=1\nFROM a\nRUN echo x$v > /v"
    ),
    BuildCase("ARG is gone in another stage", "FROM base AS a\nARG v=1\nFROM base\nRUN echo x$v > /v"),
    BuildCase(
      "ARG with several names", "FROM base\nARG a=1 b=2 c\nRUN echo $a$b$c > /v", flags: "--build-arg c=3"),
    BuildCase("ARG anew", "FROM base\nARG a=1\nRUN echo $a > /one\nARG a=2\nRUN echo $a > /two"),
    BuildCase(
      "ARG with an empty value from the line", "FROM base\nARG a=1\nRUN echo \"<$a>\" > /a",
      flags: "--build-arg a="),
    BuildCase(
      "ARG's default has variables", "FROM base\nENV e=1\nARG a=${e}2\nARG b=${a}3\nRUN echo $b > /a"),
    BuildCase("ARG that isn't given keeps unset", "FROM base\nARG a\nRUN echo \"${a-unset}\" > /a"),
    BuildCase(
      "predefined ARGs without a declaration", "FROM base\nRUN echo $HTTP_PROXY $no_proxy > /a",
      flags: "--build-arg HTTP_PROXY=http://p --build-arg no_proxy=x"),
    BuildCase(
      "a --build-arg of the environment", "FROM base\nARG BUILD_CASE\nRUN echo \"<$BUILD_CASE>\" > /a",
      flags: "--build-arg BUILD_CASE"),
    BuildCase(
      "${:-} and ${:+}: where it is empty or unset",
      "FROM base\nENV s=x e=\nENV a=${s:-d} b=${e:-d} c=${u:-d} d=${s:+p} f=${e:+p} g=${u:+p}"),
    BuildCase(
      "${-} and ${+}: where it is unset",
      "FROM base\nENV s=x e=\nENV a=${s-d} b=${e-d} c=${u-d} d=${s+p} f=${e+p} g=${u+p}",
      result: """
        builds
        Env ["PATH=/bin:/usr/bin", "s=x", "e=", "a=x", "b=", "c=d", "d=p", "f=p", "g="]
        """, differs: newer),
    BuildCase("${:?} and ${?} where there is a value", "FROM base\nENV s=x\nENV a=${s:?no} b=${s?no}"),
    BuildCase("an expansion in an expansion", "FROM base\nENV s=x\nENV a=${u:-${s}y} b=${u:-${v:-deep}}"),
    BuildCase(
      "${#} and ${##} take from the front",
      "FROM base\nENV s=foobarbaz\nENV a=${s#f*b} b=${s##f*b} c=${s#x} d=${s#*}",
      result: """
        builds
        Env ["PATH=/bin:/usr/bin", "s=foobarbaz", "a=arbaz", "b=az", "c=foobarbaz", "d=foobarbaz"]
        """, differs: newer),
    BuildCase(
      "${%} and ${%%} take from the end",
      "FROM base\nENV s=foobarbaz\nENV a=${s%b*} b=${s%%b*} c=${s%x} d=${s%%*}",
      result: """
        builds
        Env ["PATH=/bin:/usr/bin", "s=foobarbaz", "a=foobar", "b=foo", "c=foobarbaz", "d="]
        """, differs: newer),
    BuildCase(
      "${/} and ${//} replace", "FROM base\nENV s=a.b.c\nENV a=${s/./-} b=${s//./-} c=${s/?/x}",
      result: """
        builds
        Env ["PATH=/bin:/usr/bin", "s=a.b.c", "a=a-b.c", "b=a-b-c", "c=x.b.c"]
        """, differs: newer),
    BuildCase(
      "single quotes keep a dollar",
      "FROM base\nENV v=1\nENV a='$v' b=\"$v\" c=\\$v d=\"\\$v\" e='it'\"'\"'s'"),
    BuildCase("a dollar alone", "FROM base\nENV a=$ b=5$ c=\"$\" d=$."),
    BuildCase("names end where they end", "FROM base\nENV v=1\nENV a=$v-x b=$v.y c=${v}z d=$v_ e=$vv"),
    BuildCase(
      "variables in COPY, WORKDIR, USER, EXPOSE, LABEL, STOPSIGNAL and VOLUME",
      "FROM base\nENV d=/dir f=a u=bob p=80 s=9 k=key\nWORKDIR $d/sub\nCOPY $f ${f}2\nUSER $u\nEXPOSE $p\n"
        + "LABEL $k=$d\nSTOPSIGNAL $s\nVOLUME $d/v", context: "echo a > a"),
    BuildCase(
      "no variables in CMD, ENTRYPOINT and HEALTHCHECK",
      "FROM base\nENV v=1\nCMD echo $v\nENTRYPOINT [\"echo\", \"$v\"]\nHEALTHCHECK CMD echo $v"),
    BuildCase("RUN's variables are the shell's", "FROM base\nENV v=1\nRUN v=2; echo $v ${v#2} '$v' > /a"),
    BuildCase("special ARG of SHELL's escape", "FROM base\nARG a=\"x y\"\nRUN echo \"$a\" > /a\nLABEL a=$a"),

    BuildCase("ENV without anything", "FROM base\nENV", fails: (2, "ENV")),
    BuildCase("ENV with a name alone", "FROM base\nENV name", fails: (2, "ENV")),
    BuildCase("ENV with an empty name", "FROM base\nENV =x", fails: (2, "ENV")),
    BuildCase("ENV whose second has no value", "FROM base\nENV a=b c", fails: (2, "c")),
    BuildCase("ARG without anything", "FROM base\nARG", fails: (2, "ARG")),
    BuildCase("ARG with an empty name", "FROM base\nARG =x", fails: (2, "ARG")),
    BuildCase("${:?} where there is no value", "FROM base\nENV a=${u:?is missing}", fails: (2, "is missing")),
    BuildCase("${?} where it is unset", "FROM base\nENV a=${u?is unset}", fails: (2, "is unset")),
    BuildCase("an unknown operator", "FROM base\nENV s=x\nENV a=${s:=d}", fails: (3, "")),
    BuildCase("an expansion without its end", "FROM base\nENV a=${s", fails: (2, "")),
    BuildCase("an expansion without a name", "FROM base\nENV a=${}", fails: (2, "")),
    BuildCase("a quotation mark without its end", "FROM base\nENV a=\"b", fails: (2, "")),
    BuildCase("ENV with an unknown option", "FROM base\nENV --bogus a=b", fails: (2, "bogus")),
    BuildCase("a bad option of ARG", "FROM base\nARG --bogus=b", fails: (2, "bogus")),
  ]
}
