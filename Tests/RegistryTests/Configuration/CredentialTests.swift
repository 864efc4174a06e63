import Glibc
import Image
import System
import Testing

@testable import Registry

@Suite struct CredentialTests {
  private static let secret = "hunter2"

  private func endpoint(_ repository: String) -> Endpoint {
    let slash = repository.firstIndex(of: "/")!
    return Endpoint(
      scheme: .https, host: String(repository[..<slash]),
      repository: String(repository[repository.index(after: slash)...]))
  }

  /// `USER:PASSWORD`, as Basic has it.
  private func found(_ auths: String, _ repository: String) throws -> String? {
    let root = try ConfigurationRoot()
    try root.write("home/.docker/config.json", auths)
    return try text(root.configuration().credentials(for: endpoint(repository)))
  }

  private func text(_ credentials: Credentials?) -> String? {
    switch credentials?.secret {
    case nil: nil
    case .basic(let user, let password): "\(user):\(password)"
    case .identityToken(let token): "identity \(token)"
    case .bearer(let token): "bearer \(token)"
    }
  }

  @Test(
    "the most specific entry is taken",
    arguments: [
      ("r.test/ns/a", "deep:1"), ("r.test/ns/a/b", "deep:1"), ("r.test/ns/b", "ns:2"),
      ("r.test/nsx/b", "host:3"),
      ("r.test/x", "host:3"), ("r.test:5000/x", nil), ("other.test/x", nil), ("x.r.test/x", nil),
      ("registry-1.docker.io/library/busybox", "hub:4"), ("old.test/v2/x", "old:5"), ("old.test:80/x", nil),
      ("plain.test/x", "plain:6"), ("two.test/x", "exact:7"), ("v1.test/x", "v1:8"),
      ("mark.test/x/y", "mark:9"),
    ])
  func takes(_ repository: String, _ expected: String?) throws {
    let auths = """
      {"auths": {
        "r.test": {"auth": "aG9zdDoz"}, "r.test/ns": {"auth": "bnM6Mg=="}, "r.test/ns/a": {"auth": "ZGVlcDox"},
        "https://index.docker.io/v1/": {"auth": "aHViOjQ="},
        "https://old.test/v2/": {"auth": "b2xkOjU="}, "http://plain.test": {"auth": "cGxhaW46Ng=="},
        "https://two.test": {"auth": "aG9zdDoz"}, "two.test": {"auth": "ZXhhY3Q6Nw=="},
        "v1.test/v1/": {"auth": "djE6OA=="}, "mark.test/x": {}, "mark.test": {"auth": "bWFyazo5"}
      }}
      """
    #expect(try found(auths, repository) == expected)
  }

  @Test(
    "docker.io goes by all its names",
    arguments: [
      "docker.io", "index.docker.io", "registry-1.docker.io", "https://index.docker.io/v1/",
      "https://docker.io",
      "docker.io/library", "index.docker.io/library/busybox",
    ])
  func knowsDocker(_ key: String) throws {
    let auths = #"{"auths": {"\#(key)": {"auth": "aHViOjQ="}}}"#
    #expect(try found(auths, "registry-1.docker.io/library/busybox") == "hub:4")
  }

  @Test(
    "an entry may hold its secret in several ways",
    arguments: [
      (#"{"auth": "dTpwOnE="}"#, "u:p:q"), (#"{"auth": "dTo="}"#, "u:"), (#"{"auth": "dTpwAAA="}"#, "u:p"),
      (#"{"auth": "dTrDqQ=="}"#, "u:é"),
      (#"{"auth": "dTpw", "identitytoken": "T"}"#, "identity T"), (#"{"registrytoken": "T"}"#, "bearer T"),
      (#"{"username": "u", "password": "p", "email": "x"}"#, "u:p"), (#"{"auth": ""}"#, nil),
      (#"{"auth": null}"#, nil),
      ("{}", nil), (#"{"username": "u"}"#, nil),
    ])
  func reads(_ entry: String, _ expected: String?) throws {
    #expect(try found(#"{"auths": {"r.test": \#(entry)}}"#, "r.test/x") == expected)
  }

  @Test(
    "what can't be read is an error that names the file and nothing of its content",
    arguments: [
      "", "hunter2", "{", #"{"auths": "hunter2"}"#, #"{"auths": {"r.test": "hunter2"}}"#, #"["hunter2"]"#,
      #"{"auths": {"r.test": {"auth": "hunter2"}}}"#, #"{"auths": {"r.test": {"auth": ["hunter2"]}}}"#,
      #"{"auths": {"r.test": {"auth": "aHVudGVyMg=="}}}"#, #"{"auths": {"r.test": {"auth": "dTpw="}}}"#,
      #"{"auths": {"r.test": {"auth": "dTpw===="}}}"#, #"{"auths": {"r.test": {"auth": "dT=w"}}}"#,
      #"{"auths": {"r.test": {"auth": "dTr/"}}}"#, #"{"auths": {"r.test": {"auth": "dQA6cA=="}}}"#,
      #"{"auths": {"r.test": {"auth": "dTpx\u0000"}}}"#, #"{"auths": {"r.test": {"auth": "dTp"}}}"#,
      #"{"auths": {"r.test": {"auth": "dTpwcR=="}}}"#,
      #"{"auths": {"r.test": {"registrytoken": "hunter2\r\nX: y"}}}"#,
      #"{"auths": {"r.test": {}, "r.test": {}}}"#, #"{"credsStore": ["hunter2"]}"#,
      #"{"credsStore": "../hunter"}"#, #"{"credsStore": "a b"}"#, #"{"credHelpers": {"r.test": 1}}"#,
      #"{"credsStore": "none"}"#, #"{"credHelpers": ["hunter2"]}"#, "{\"auths\": {}}\u{0}",
    ])
  func refuses(_ content: String) throws {
    let failure = try #require(failure { try found(content, "r.test/x") })
    #expect(failure.kind == .failed)
    #expect(failure.subject.hasSuffix("home/.docker/config.json"))
    #expect(!"\(failure)".contains(Self.secret))
    #expect(!failure.problem.contains("\n"))
  }

  @Test("deep nesting and large files are errors")
  func refusesAttacks() throws {
    let nested = failure { try found(String(repeating: "[", count: 500_000), "r.test/x") }
    #expect(nested?.problem.contains("not valid JSON") == true)
    let large = failure { try found(String(repeating: " ", count: 10 << 20), "r.test/x") }
    #expect(large?.problem.contains("too large") == true)
  }

  @Test("the files come in their order, and the first with an entry wins")
  func keepsOrder() throws {
    let root = try ConfigurationRoot()
    let environment = [
      "XDG_RUNTIME_DIR": root.path + "/xdg", "DOCKER_CONFIG": root.path + "/docker",
      "XDG_CONFIG_HOME": root.path + "/config",
    ]
    func origin(_ environment: [String: String]) throws -> String? {
      let found = try root.configuration(environment).credentials(for: endpoint("r.test/x"))
      return found.map { String($0.origin.dropFirst(root.path.count + 1)) }
    }
    let entry = #"{"auths": {"r.test": {"auth": "dTpw"}}}"#
    // Each is found before those that were written before.
    for file in ["docker/config.json", "config/containers/auth.json", "xdg/containers/auth.json"] {
      try root.write(file, entry)
      #expect(try origin(environment) == file)
    }
    #expect(try origin([:]) == nil)
    for file in [
      "home/.docker/config.json", "home/.config/containers/auth.json", "run/containers/1000/auth.json",
    ] {
      try root.write(file, entry)
      #expect(try origin([:]) == file)
    }
    let own = try root.write("own.json", #"{"auths": {}}"#)
    #expect(try origin(["REGISTRY_AUTH_FILE": own]) == nil)
    try root.write("own.json", entry)
    #expect(try origin(["REGISTRY_AUTH_FILE": own]) == "own.json")
    // Docker's variable replaces the place in the home.
    try root.write("run/containers/1000/auth.json", "{}")
    try root.write("home/.config/containers/auth.json", "{}")
    #expect(try origin(["DOCKER_CONFIG": root.path + "/nonexistent"]) == nil)
  }

  @Test("a missing file is an error only where REGISTRY_AUTH_FILE names it")
  func namedFileMustExist() throws {
    let root = try ConfigurationRoot()
    #expect(try root.configuration().credentials(for: endpoint("r.test/x")) == nil)
    let missing = failure {
      try root.configuration(["REGISTRY_AUTH_FILE": "/nonexistent"]).credentials(for: endpoint("r.test/x"))
    }
    #expect(missing?.subject == "/nonexistent" && missing?.kind == .failed)
    #expect(missing?.problem.contains("REGISTRY_AUTH_FILE") == true)
  }

  @Test("a FIFO in place of a file is an error, not a wait")
  func refusesFIFO() throws {
    let root = try ConfigurationRoot()
    try root.write("x", "")
    let path = root.path + "/fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let found = failure {
      try root.configuration(["REGISTRY_AUTH_FILE": path]).credentials(for: endpoint("r.test/x"))
    }
    #expect(found?.problem == "is not a regular file")
  }

  @Test("printing and dumping credentials shows no secret")
  func hidesSecrets() throws {
    for secret in [
      Credentials.Secret.basic(user: "hunter2", password: "hunter2"), .identityToken("hunter2"),
      .bearer("hunter2"),
    ] {
      let credentials = Credentials(secret, origin: "file")
      var dumped = "\(credentials) \(secret) \(String(reflecting: credentials)) \(String(reflecting: secret))"
      dump(credentials, to: &dumped)
      dump([secret], to: &dumped)
      print(credentials, secret, [secret], Optional(credentials) as Any, to: &dumped)
      #expect(!dumped.contains("hunter2"))
      #expect(dumped.contains("file"))
    }
  }
}
