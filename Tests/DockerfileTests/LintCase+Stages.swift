extension LintCase {
  static let stages = [
    LintCase(
      .jsonArgsRecommended,
      bad: [
        ("FROM scratch\nCMD a b", 2), ("FROM scratch\nENTRYPOINT a", 2),
        ("FROM scratch AS a\nCMD a\nFROM a", 2),
      ],
      good: [
        "FROM scratch\nCMD [\"a\"]", "FROM scratch\nSHELL [\"sh\"]\nCMD a", "FROM scratch\nRUN a",
        "FROM scratch AS a\nSHELL [\"sh\"]\nFROM a\nENTRYPOINT a", "FROM scratch\nHEALTHCHECK CMD a",
      ]),
    LintCase(
      .workdirRelativePath,
      bad: [("FROM scratch\nWORKDIR a\nWORKDIR b", 2), ("FROM a\nENV B=c\nWORKDIR $B/d", 3)],
      good: [
        "FROM scratch\nWORKDIR /a\nWORKDIR b", "FROM scratch AS a\nWORKDIR /a\nFROM a\nWORKDIR b",
        "FROM scratch\nENV B=/c\nWORKDIR $B/d",
      ]),
    LintCase(
      .undefinedVar,
      bad: [
        ("FROM scratch\nCOPY $A /", 2), ("ARG A=1\nFROM scratch\nCOPY $A /", 3),
        ("FROM scratch\nENV A=${B}", 2),
        ("FROM scratch\nENV A=1 B=$A", 2), ("FROM scratch\nARG A=$B", 2), ("FROM scratch\nUSER ${U:-me}", 2),
        ("FROM scratch\nCOPY <<E /\n$A\nE", 2), ("FROM scratch AS a\nENV A=1\nFROM scratch\nLABEL a=$A", 4),
        ("FROM scratch\nEXPOSE 1$A", 2), ("FROM scratch\nRUN --mount=type=cache,target=/$A a", 2),
        ("FROM known\nENV PAHT=$PAHT:/b", 2),
      ],
      good: [
        "FROM scratch\nARG A\nCOPY a$A /", "FROM scratch\nENV A=1\nCOPY $A /", "FROM scratch\nRUN echo $A",
        "FROM scratch\nENV PATH=$PATH:/b", "FROM unknown\nLABEL a=$ANY", "FROM known\nLABEL a=$HOME_OF_IT",
        "FROM scratch AS a\nENV A=1\nFROM a\nLABEL a=$A", "ARG A=1\nFROM scratch\nARG A\nCOPY $A /",
        "FROM scratch\nCOPY <<'E' /\n$A\nE", "FROM scratch\nLABEL a='$A' b=\\$A",
        "FROM scratch\nCMD [\"$A\"]",
        "FROM scratch\nARG A=1 B=$A\nCOPY $B /",
      ]),
    LintCase(
      .multipleInstructionsDisallowed,
      bad: [
        ("FROM scratch\nCMD [\"a\"]\nCMD [\"b\"]", 2),
        ("FROM scratch\nENTRYPOINT [\"a\"]\nENTRYPOINT [\"b\"]", 2),
        ("FROM scratch\nHEALTHCHECK NONE\nHEALTHCHECK CMD a", 2),
      ],
      good: [
        "FROM scratch\nCMD [\"a\"]\nENTRYPOINT [\"b\"]",
        "FROM scratch AS a\nCMD [\"a\"]\nFROM a\nCMD [\"a\"]",
        "FROM scratch\nUSER a\nUSER b",
      ]),
    LintCase(
      .legacyKeyValueFormat, bad: [("FROM scratch\nENV A b", 2), ("FROM scratch\nLABEL a b c", 2)],
      good: ["FROM scratch\nENV A=b C=d", "FROM scratch\nLABEL a=b", "FROM scratch\nENV A=\"b c\""]),
    LintCase(
      .secretsUsedInArgOrEnv,
      bad: [
        ("FROM scratch\nARG API_KEY", 2), ("FROM scratch\nENV password=x", 2),
        ("FROM scratch\nARG A GITHUB_TOKEN=x", 2),
        ("FROM scratch\nENV AUTH=1", 2), ("FROM scratch\nENV secret_message=1", 2),
      ],
      good: [
        "FROM scratch\nARG KEYRING", "FROM scratch\nENV PUBLIC_KEY=x", "FROM scratch\nENV TOKEN_FILE=/x",
        "FROM scratch\nLABEL token=1", "FROM scratch\nENV MYTOKEN=1", "ARG TOKEN\nFROM scratch",
        "FROM scratch\nENV KEY_VERSION=1",
      ]),
    LintCase(
      .copyIgnoredFile,
      bad: [
        ("FROM scratch\nCOPY secret.txt /", 2), ("FROM scratch\nADD ./out/a b /", 2),
        ("FROM scratch\nCOPY /out /", 2),
        ("FROM scratch\nENV A=out\nCOPY $A/b /", 3),
      ],
      good: [
        "FROM scratch\nCOPY . /", "FROM scratch\nCOPY outer /",
        "FROM scratch AS a\nFROM scratch\nCOPY --from=a out /",
        "FROM scratch\nADD https://example.com/out /", "FROM scratch\nCOPY <<out /\nout",
      ]),
    LintCase(
      .exposeProtoCasing, bad: [("FROM scratch\nEXPOSE 80/TCP", 2), ("FROM scratch\nEXPOSE 1 80-90/Udp", 2)],
      good: ["FROM scratch\nEXPOSE 80/tcp 81", "FROM scratch\nENV P=80/udp\nEXPOSE $P"]),
    LintCase(
      .exposeInvalidFormat,
      bad: [("FROM scratch\nEXPOSE 80:80", 2), ("FROM scratch\nEXPOSE 127.0.0.1:80:8080/tcp", 2)],
      good: ["FROM scratch\nEXPOSE 80 8000-8010/tcp", "FROM scratch\nEXPOSE :80"]),
  ]
}
