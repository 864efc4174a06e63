extension BuildCase {
  /// What goes into the configuration.
  static let configuration: [BuildCase] = [
    BuildCase("CMD in shell form", "FROM base\nCMD echo \"a  b\" $HOME"),
    BuildCase("CMD in exec form", "FROM base\nCMD [\"echo\", \"a b\", \"\\u00fc\", \"\\\"\"]"),
    BuildCase("CMD: the last one counts", "FROM base\nCMD one\nCMD [\"two\"]"),
    BuildCase("CMD with an empty list", "FROM base\nCMD []"),
    BuildCase("ENTRYPOINT in shell form", "FROM base\nENTRYPOINT exec top -b"),
    BuildCase("ENTRYPOINT in exec form with CMD", "FROM base\nENTRYPOINT [\"top\"]\nCMD [\"-b\"]"),
    BuildCase("ENTRYPOINT with an empty list takes it away", "FROM entry\nENTRYPOINT []"),
    BuildCase("ENTRYPOINT: the last one counts", "FROM base\nENTRYPOINT [\"one\"]\nENTRYPOINT [\"two\"]"),
    BuildCase(
      "LABEL forms", "FROM base\nLABEL a=1 \"b c\"=\"d e\" f='g'\nLABEL h i j\nLABEL k=\"two\\\nlines\""),
    BuildCase("LABEL replaces", "FROM base\nLABEL a=1 b=2\nLABEL a=3"),
    BuildCase("LABEL with dots, dashes and nothing", "FROM base\nLABEL com.example.x-y=\"\" z="),
    BuildCase("EXPOSE", "FROM base\nEXPOSE 80 443/tcp 53/udp 9/sctp\nEXPOSE 80"),
    BuildCase("EXPOSE a range", "FROM base\nEXPOSE 8000-8002"),
    BuildCase("EXPOSE with a host's port heeds the other half", "FROM base\nEXPOSE 80:81"),
    BuildCase("EXPOSE with a capital protocol", "FROM base\nEXPOSE 80/TCP"),
    BuildCase("VOLUME forms", "FROM base\nVOLUME /a /b\nVOLUME [\"/c d\", \"/e\"]\nVOLUME /a"),
    BuildCase("USER forms", "FROM base\nUSER bob:video\nUSER 5\nUSER carol"),
    BuildCase("WORKDIR makes the directory", "FROM base\nWORKDIR /a/b"),
    BuildCase("WORKDIR relative", "FROM base\nWORKDIR a\nWORKDIR b/../c\nWORKDIR ./d/"),
    BuildCase("WORKDIR that is there", "FROM base\nWORKDIR /data"),
    BuildCase("WORKDIR of a user", "FROM base\nUSER bob\nWORKDIR /home/bob/x"),
    BuildCase("WORKDIR with spaces and quotation marks", "FROM base\nWORKDIR \"/a b\"\nWORKDIR c d"),
    BuildCase("WORKDIR /", "FROM work\nWORKDIR /"),
    BuildCase("WORKDIR through a link", "FROM base\nRUN ln -s data l\nWORKDIR /l/x"),
    BuildCase("STOPSIGNAL by name and by number", "FROM base\nSTOPSIGNAL SIGUSR1\nSTOPSIGNAL 9"),
    BuildCase("STOPSIGNAL without SIG", "FROM base\nSTOPSIGNAL KILL"),
    BuildCase("STOPSIGNAL of real time", "FROM base\nSTOPSIGNAL SIGRTMIN+3"),
    BuildCase("HEALTHCHECK", "FROM base\nHEALTHCHECK CMD test -e /a"),
    BuildCase("HEALTHCHECK in exec form", "FROM base\nHEALTHCHECK CMD [\"test\", \"-e\", \"/a\"]"),
    BuildCase(
      "HEALTHCHECK with its options",
      "FROM base\nHEALTHCHECK --interval=1m30s --timeout=500ms --start-period=2s --retries=4 CMD true"),
    BuildCase(
      "HEALTHCHECK --start-interval", "FROM base\nHEALTHCHECK --start-interval=1s CMD true",
      result: "builds\nHealthcheck {\"StartInterval\": 1000000000, \"Test\": [\"CMD-SHELL\", \"true\"]}\n",
      differs: "of 2023"),
    BuildCase(
      "HEALTHCHECK with a zero", "FROM base\nHEALTHCHECK --interval=0s --retries=0 CMD true",
      result: "builds\nHealthcheck {\"Test\": [\"CMD-SHELL\", \"true\"]}\n", differs: "of 2023"),
    BuildCase("HEALTHCHECK NONE", "FROM base\nHEALTHCHECK NONE"),
    BuildCase(
      "HEALTHCHECK: the last one counts, in any case", "FROM base\nHEALTHCHECK CMD one\nHEALTHCHECK none"),
    BuildCase("MAINTAINER", "FROM base\nMAINTAINER Jane Doe <jane@example.com>"),
    BuildCase(
      "SHELL in the configuration", "FROM base\nSHELL [\"/bin/busybox\", \"sh\", \"-c\"]\nCMD x\nRUN touch /a"
    ),
    BuildCase(
      "an image's shell is the next one's", "FROM @before@\nRUN echo a > /a\nCMD x",
      before: "FROM base\nSHELL [\"/bin/sh\", \"-xc\"]"),
    BuildCase(
      "everything together",
      "FROM base\nENV A=1\nLABEL l=1\nEXPOSE 1\nVOLUME /v\nUSER bob\nWORKDIR /w\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nSTOPSIGNAL TERM\nHEALTHCHECK CMD h\nONBUILD RUN o\nSHELL [\"s\"]"
    ),

    BuildCase("CMD with an option", "FROM base\nCMD --bogus=1 x", fails: (2, "bogus")),
    BuildCase("ENTRYPOINT with an option", "FROM base\nENTRYPOINT --bogus=1 x", fails: (2, "bogus")),
    BuildCase("LABEL without anything", "FROM base\nLABEL", fails: (2, "LABEL")),
    BuildCase("LABEL with a name alone", "FROM base\nLABEL a", fails: (2, "LABEL")),
    BuildCase("LABEL with an empty name", "FROM base\nLABEL =a", fails: (2, "LABEL")),
    BuildCase("LABEL with an option", "FROM base\nLABEL --bogus=1 a=b", fails: (2, "bogus")),
    BuildCase("EXPOSE without anything", "FROM base\nEXPOSE", fails: (2, "EXPOSE")),
    BuildCase("EXPOSE of no number", "FROM base\nEXPOSE http", fails: (2, "http")),
    BuildCase("EXPOSE of an unknown protocol", "FROM base\nEXPOSE 80/bogus", fails: (2, "bogus")),
    BuildCase("EXPOSE beyond 65535", "FROM base\nEXPOSE 65536", fails: (2, "65536")),
    BuildCase("EXPOSE of a range backwards", "FROM base\nEXPOSE 9-8", fails: (2, "9-8")),
    BuildCase("VOLUME without anything", "FROM base\nVOLUME", fails: (2, "VOLUME")),
    BuildCase("VOLUME with an empty name", "FROM base\nVOLUME [\"\"]", fails: (2, "VOLUME")),
    BuildCase("VOLUME with an option", "FROM base\nVOLUME --bogus=1 /a", fails: (2, "bogus")),
    BuildCase("USER without anything", "FROM base\nUSER", fails: (2, "USER")),
    BuildCase("USER with an option", "FROM base\nUSER --bogus=1 bob", fails: (2, "bogus")),
    BuildCase("WORKDIR without anything", "FROM base\nWORKDIR", fails: (2, "WORKDIR")),
    BuildCase("WORKDIR that is a file", "FROM base\nWORKDIR /data/file", fails: (2, "/data/file")),
    BuildCase("WORKDIR with an option", "FROM base\nWORKDIR --bogus=1 /a", fails: (2, "bogus")),
    BuildCase("STOPSIGNAL without anything", "FROM base\nSTOPSIGNAL", fails: (2, "STOPSIGNAL")),
    BuildCase("STOPSIGNAL that is none", "FROM base\nSTOPSIGNAL bogus", fails: (2, "bogus")),
    BuildCase("STOPSIGNAL with two", "FROM base\nSTOPSIGNAL 9 15", fails: (2, "STOPSIGNAL")),
    BuildCase("HEALTHCHECK without anything", "FROM base\nHEALTHCHECK", fails: (2, "HEALTHCHECK")),
    BuildCase("HEALTHCHECK CMD without a command", "FROM base\nHEALTHCHECK CMD", fails: (2, "HEALTHCHECK")),
    BuildCase("HEALTHCHECK of an unknown kind", "FROM base\nHEALTHCHECK BOGUS x", fails: (2, "BOGUS")),
    BuildCase("HEALTHCHECK NONE with more", "FROM base\nHEALTHCHECK NONE x", fails: (2, "NONE")),
    BuildCase(
      "HEALTHCHECK --interval that is none", "FROM base\nHEALTHCHECK --interval=1 CMD x",
      fails: (2, "interval")),
    BuildCase(
      "HEALTHCHECK --interval below a millisecond", "FROM base\nHEALTHCHECK --interval=1us CMD x",
      fails: (2, "interval")),
    BuildCase(
      "HEALTHCHECK --timeout below zero", "FROM base\nHEALTHCHECK --timeout=-1s CMD x", fails: (2, "timeout")),
    BuildCase(
      "HEALTHCHECK --start-period that is none", "FROM base\nHEALTHCHECK --start-period=soon CMD x",
      fails: (2, "start-period")),
    BuildCase(
      "HEALTHCHECK --start-interval that is none", "FROM base\nHEALTHCHECK --start-interval=soon CMD x",
      fails: (2, "start-interval")),
    BuildCase(
      "HEALTHCHECK --retries that is none", "FROM base\nHEALTHCHECK --retries=few CMD x",
      fails: (2, "retries")),
    BuildCase(
      "HEALTHCHECK --retries below zero", "FROM base\nHEALTHCHECK --retries=-1 CMD x", fails: (2, "retries")),
    BuildCase(
      "HEALTHCHECK with an unknown option", "FROM base\nHEALTHCHECK --bogus=1 CMD x", fails: (2, "bogus")),
    BuildCase("MAINTAINER without anything", "FROM base\nMAINTAINER", fails: (2, "MAINTAINER")),
    BuildCase("MAINTAINER with an option", "FROM base\nMAINTAINER --bogus=1 x", fails: (2, "bogus")),
    BuildCase("an unknown instruction", "FROM base\nBOGUS x", fails: (2, "BOGUS")),
  ]

  /// ONBUILD.
  static let triggers: [BuildCase] = [
    BuildCase("ONBUILD is kept", "FROM base\nONBUILD RUN touch /a\nONBUILD COPY . /b\nonbuild env a=b"),
    BuildCase("ONBUILD does not act in its own stage", "FROM base\nONBUILD RUN false\nRUN touch /a"),
    BuildCase(
      "ONBUILD acts in what is built on it", "FROM @before@\nRUN cat /a > /b", context: "echo c > c",
      before: "FROM base\nONBUILD RUN echo a > /a\nONBUILD COPY c /c\nONBUILD ENV x=1\nONBUILD WORKDIR /w"),
    BuildCase(
      "ONBUILD acts before all else and is gone", "FROM @before@\nENV y=${x}2",
      before: "FROM base\nONBUILD ENV x=1"),
    BuildCase("ONBUILD of a stage", "FROM base AS one\nONBUILD RUN echo 1 > /a\nFROM one\nRUN cat /a > /b"),
    BuildCase(
      "ONBUILD CMD, LABEL and USER", "FROM @before@",
      before: "FROM base\nONBUILD CMD [\"x\"]\nONBUILD LABEL a=b\nONBUILD USER bob"),
    BuildCase(
      "ONBUILD with ARG", "FROM @before@\nRUN echo $v > /v", flags: "--build-arg v=2",
      before: "FROM base\nONBUILD ARG v=1"),
    BuildCase(
      "ONBUILD COPY --from a stage", "FROM base AS one\nRUN touch /o\nFROM @before@",
      before: "FROM base\nONBUILD COPY --from=one /o /x",
      differs: "docker sees the stage, buildah doesn't"),
    BuildCase(
      "ONBUILD RUN --mount", "FROM @before@",
      before: "FROM base\nONBUILD RUN --mount=type=tmpfs,target=/t touch /t/x /a"),

    BuildCase("ONBUILD without anything", "FROM base\nONBUILD", fails: (2, "ONBUILD")),
    BuildCase("ONBUILD ONBUILD", "FROM base\nONBUILD ONBUILD RUN true", fails: (2, "ONBUILD")),
    BuildCase("ONBUILD FROM", "FROM base\nONBUILD FROM base", fails: (2, "FROM")),
    BuildCase("ONBUILD MAINTAINER", "FROM base\nONBUILD MAINTAINER x", fails: (2, "MAINTAINER")),
    BuildCase(
      "ONBUILD of an unknown instruction", "FROM @before@", before: "FROM base\nONBUILD BOGUS x",
      fails: (1, "BOGUS")),
    BuildCase("ONBUILD with an option", "FROM base\nONBUILD --bogus=1 RUN true", fails: (2, "")),
    BuildCase(
      "ONBUILD that fails later", "FROM @before@", before: "FROM base\nONBUILD RUN exit 3", fails: (1, "3")),
    BuildCase(
      "ONBUILD COPY of what is not there", "FROM @before@", before: "FROM base\nONBUILD COPY none /x",
      fails: (1, "none")),
  ]
}
