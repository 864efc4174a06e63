import Image
import System
import Testing

@testable import Container

struct ProcessConfigurationTests {
  private static let accounts = Accounts(
    passwd: Array(
      """
      root:x:0:0:root:/root:/bin/sh
      # a comment
      adm:x:42:43:adm:/var/adm:/bin/false
      broken:x:y:0::/:
      huge:x:4294967295:0::/:
      this is no line
      user:x:1000:1001::/home/user:
      nohome:x:7:8
      """.utf8),
    group: Array(
      """
      root:x:0:root
      adm:x:43:
      grp:x:1234:root,adm
      wheel:x:10:user,user
      broken:x::user
      """.utf8))

  @Test(
    "users and groups are found by Docker's rules (moby/sys/user's own table among them)",
    arguments: [
      ("", 0, 0, [0, 1234], "/root"), ("root", 0, 0, [0, 1234], "/root"),
      ("adm", 42, 43, [43, 1234], "/var/adm"),
      ("root:adm", 0, 43, [43], "/root"), ("adm:1234", 42, 1234, [1234], "/var/adm"),
      ("42:1234", 42, 1234, [1234], "/var/adm"), ("1337", 1337, 0, [0], "/"),
      ("1337:1338", 1337, 1338, [1338], "/"),
      ("user", 1000, 1001, [1001, 10], "/home/user"), ("1000", 1000, 1001, [1001, 10], "/home/user"),
      (":adm", 0, 43, [43], "/root"), ("nohome", 7, 8, [8], "/"), ("root:", 0, 0, [0, 1234], "/root"),
    ] as [(String, UInt32, UInt32, [UInt32], String)])
  func users(text: String, user: UInt32, group: UInt32, groups: [UInt32], home: String) throws {
    let identity = try Identity(text, in: Self.accounts)
    #expect(identity.user == user && identity.group == group)
    #expect(identity.groups == groups)
    #expect(identity.home == home)
  }

  @Test(
    "who is not in the image is an error, in docker's words",
    arguments: [
      ("nobody", "unable to find user nobody: no matching entries in passwd file"),
      ("root:nogroup", "unable to find group nogroup: no matching entries in group file"),
      ("-1", "range 0-2147483647"), ("4294967295", "range"), ("0:-5", "range"), ("2147483648", "range"),
      ("broken", "unable to find user"), ("99999999999999999999", "range"),
      ("root:broken", "unable to find group"),
      ("a\u{1b}[2Jb", #"a\u{1b}[2Jb"#),
    ])
  func strangers(text: String, words: String) {
    let failure = #expect(throws: Failure.self) { try Identity(text, in: Self.accounts) }
    #expect(failure?.problem.contains(words) == true, "\(failure?.problem ?? "")")
  }

  @Test("groups are added by name and number, each once")
  func groups() throws {
    #expect(
      try Identity("user", adding: ["adm", "10", "555"], in: Self.accounts).groups == [1001, 10, 43, 555])
    #expect(throws: Failure.self) { try Identity("user", adding: ["none"], in: Self.accounts) }
  }

  @Test("an image that has its user in 300,000 groups is refused at once", .timeLimit(.minutes(1)))
  func manyGroups() throws {
    let group = (1...300_000).map { "g:x:\($0):u\n" }.joined()
    let accounts = Accounts(passwd: Array("u:x:1:1::/:".utf8), group: Array(group.utf8))
    #expect(accounts.groups.count == 300_000)
    let failure = #expect(throws: Failure.self) { try Identity("u", in: accounts) }
    #expect(failure?.kind == .invalid)
  }

  private func config(_ entrypoint: [String]?, _ cmd: [String]?) -> RunConfig {
    var config = RunConfig()
    config.entrypoint = entrypoint
    config.cmd = cmd
    return config
  }

  @Test(
    "ENTRYPOINT, CMD, --entrypoint and arguments make the command that docker makes",
    arguments: [
      (nil, ["c"], nil, [], ["c"]), (["e"], ["c"], nil, [], ["e", "c"]),
      (["e"], ["c"], nil, ["a"], ["e", "a"]),
      (["e"], nil, nil, [], ["e"]), (nil, ["c"], nil, ["a", "b"], ["a", "b"]),
      (["e"], ["c"], "x", [], ["x"]), (["e"], ["c"], "x", ["a"], ["x", "a"]),
      (["e"], ["c"], "", ["a"], ["a"]),
      ([], ["c"], nil, [], ["c"]), (["e"], [], nil, [], ["e"]),
      (["e", ""], ["", "c"], nil, [], ["e", "", "", "c"]),
    ] as [([String]?, [String]?, String?, [String], [String])])
  func commands(
    entrypoint: [String]?, cmd: [String]?, option: String?, arguments: [String], result: [String]
  ) throws {
    let command = try CommandOfImage(config(entrypoint, cmd), entrypoint: option, arguments: arguments)
    #expect(command.arguments == result)
  }

  @Test("no command at all is an error")
  func noCommand() {
    for (entrypoint, cmd, option): ([String]?, [String]?, String?) in [
      (nil, nil, nil), ([], [], nil), (["e"], ["c"], ""), (nil, [""], nil), (nil, ["a\0b"], nil),
    ] {
      #expect(throws: Failure.self) {
        try CommandOfImage(config(entrypoint, cmd), entrypoint: option, arguments: [])
      }
    }
  }

  @Test("-e takes the caller's value, or takes the image's away")
  func variables() throws {
    func caller(_ name: String) -> String? { ["HOME": "/h", "EMPTY": ""][name] }
    #expect(try VariableChange(parsing: "A=b=c", caller: caller) == VariableChange("A", "b=c"))
    #expect(try VariableChange(parsing: "A=", caller: caller) == VariableChange("A", ""))
    #expect(try VariableChange(parsing: "HOME", caller: caller) == VariableChange("HOME", "/h"))
    #expect(try VariableChange(parsing: "EMPTY", caller: caller) == VariableChange("EMPTY", ""))
    #expect(try VariableChange(parsing: "NONE", caller: caller) == VariableChange("NONE", nil))
    for text in ["", "=", "=x"] {
      #expect(throws: Failure.self) { try VariableChange(parsing: text, caller: caller) }
    }
    var set = Variables()
    for entry in ["A=1", "B=2", "A=3", "nothing", "=x"] { set.set(image: entry) }
    set["B"] = nil
    set["C"] = "4"
    #expect(set.list == ["A=3", "C=4"])
  }

  @Test("files of variables have docker's grammar")
  func files() throws {
    let text = "\u{FEFF}A=1\n\n# no\n  B= x \nC\nHOME\nD=\"q\"\r\n  #E=1\nF=a=b\n"
    let changes = try VariableChange.file(Array(text.utf8)) { $0 == "HOME" ? "/h" : nil }
    #expect(
      changes == [
        VariableChange("A", "1"), VariableChange("B", " x "), VariableChange("HOME", "/h"),
        VariableChange("D", "\"q\""), VariableChange("F", "a=b"),
      ])
    for (bytes, words): ([UInt8], String) in [
      (Array("A B=1".utf8), "line 1: variable \"A B\" contains white space"),
      (Array("\n=1".utf8), "line 2: no variable"),
      ([0xFF], "not UTF-8"), (Array("A=\0".utf8), "not UTF-8"), (Array("A =1".utf8), "white space"),
    ] {
      let failure = #expect(throws: Failure.self) { try VariableChange.file(bytes) { _ in nil } }
      #expect(failure?.problem.contains(words) == true, "\(failure?.problem ?? "")")
    }
  }

  @Test(
    "signals go by name and number",
    arguments: [
      ("TERM", 15), ("SIGTERM", 15), ("sigkill", 9), ("9", 9), ("SIGRTMIN", 34), ("RTMIN+3", 37),
      ("SIGRTMAX-1", 63), ("64", 64), ("WINCH", 28), ("SIGQUIT", 3),
    ])
  func signals(text: String, number: Int32) throws {
    #expect(try Signal(parsing: text).number == number)
    #expect(try Signal(parsing: Signal(number: number).name).number == number)
  }

  @Test(
    "what is no signal is refused",
    arguments: ["", "SIG", "0", "65", "-1", "FLY", "RTMIN+31", "RTMIN-1", "RTMIN+-1", "RTMAX+1", "TERM "])
  func noSignals(text: String) {
    #expect(throws: Failure.self) { try Signal(parsing: text) }
  }
}
