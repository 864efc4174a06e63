import Glibc
import System
import Testing

@testable import Registry

@Suite struct CredentialHelperTests {
  private let root: ConfigurationRoot

  init() throws { root = try ConfigurationRoot() }

  /// What the helper `x`, a shell script, answers for `host`.
  private func ask(_ script: String, host: String = "r.test", timeout: Double = 10) throws -> Credentials? {
    try root.helper("x", script)
    try root.write("home/.docker/config.json", #"{"credsStore": "x"}"#)
    var configuration = try root.configuration(["SECRET": "hunter2"])
    configuration.helperTimeout = timeout
    return try configuration.credentials(for: Endpoint(scheme: .https, host: host, repository: "a"))
  }

  private static let answer = #"echo '{"ServerURL":"r.test","Username":"u","Secret":"p"}'"#

  @Test("a helper is asked with `get` and the host on its standard input")
  func asks() throws {
    let found = try ask(
      "read -r host && [ \"$1 $host $#\" = 'get r.test 1' ] && [ \"$SECRET\" = hunter2 ] && \(Self.answer)")
    #expect(found == Credentials(.basic(user: "u", password: "p"), origin: "docker-credential-x"))
  }

  @Test("the user `<token>` means an identity token")
  func readsToken() throws {
    #expect(try ask(#"echo '{"Username":"<token>","Secret":"T"}'"#)?.secret == .identityToken("T"))
  }

  @Test("docker.io is asked for by Docker's key, then by its name")
  func asksForDocker() throws {
    let host = "registry-1.docker.io"
    for key in ["https://index.docker.io/v1/", "docker.io"] {
      let script =
        "read -r host; if [ \"$host\" = '\(key)' ]; then \(Self.answer); else echo credentials not found in native keychain; exit 1; fi"
      #expect(try ask(script, host: host) != nil)
    }
  }

  @Test(
    "a helper that has nothing is not an error",
    arguments: [
      "echo 'credentials not found in native keychain'; exit 1",
      "printf ' credentials not found in native keychain\\r\\n'; exit 1",
      #"echo '{"ServerURL":"r.test","Username":"","Secret":""}'"#,
    ])
  func findsNothing(_ script: String) throws {
    #expect(try ask(script) == nil)
  }

  @Test(
    "a helper that fails or babbles is an error without a word of it",
    arguments: [
      "echo hunter2; exit 1", "echo hunter2 >&2; exit 1", "kill -9 $$", "echo hunter2", "exit 0",
      "echo '{\"Username\":\"hunter2\"}'",
      "echo '{\"Username\":1,\"Secret\":\"hunter2\"}'", "echo '[]'", "printf '\\0'", "yes hunter2",
      "cat /dev/zero",
      "head -c 1000000000 /dev/zero", "echo 'no hunter2: credentials not found in native keychain'; exit 1",
      "yes '[' | tr -d '\\n' | head -c 60000",
    ])
  func fails(_ script: String) throws {
    let failure = try #require(failure { try ask(script) })
    #expect(failure.kind == .failed)
    #expect(failure.subject == "docker-credential-x")
    #expect(!"\(failure)".contains("hunter2"))
  }

  @Test(
    "a helper that hangs is killed in time",
    arguments: [
      "exec sleep 100", "sleep 100", "exec >&-; exec sleep 100", "trap '' TERM; while :; do sleep 1; done",
    ])
  func killsHanging(_ script: String) throws {
    var begin = timespec()
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &begin)
    let failure = try #require(failure { try ask("echo $$ > \(root.path)/pid; \(script)", timeout: 1.5) })
    clock_gettime(CLOCK_MONOTONIC, &end)
    #expect(end.tv_sec - begin.tv_sec < 10)
    #expect(failure.problem.contains("no answer"))
    let bytes = try #require(try ConfigurationFile.contents(of: root.path + "/pid"))
    let process = try #require(pid_t(String(decoding: bytes.dropLast(), as: UTF8.self)))
    #expect(kill(process, 0) == -1 && errno == ESRCH)
  }

  @Test(
    "a helper that goes on and on is not waited for", arguments: ["exec yes hunter2", "exec cat /dev/zero"])
  func boundsAnswers(_ script: String) throws {
    #expect(try #require(failure { try ask(script) }).problem.contains("too long"))
  }

  @Test("a helper need not read what it is asked")
  func neednotRead() throws {
    #expect(try ask("exec <&-; \(Self.answer)") != nil)
  }

  @Test("signals that this program ignores or blocks are not ignored or blocked in a helper")
  func restoresSignals() throws {
    let earlier = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, earlier) }
    var blocked = sigset_t()
    var mask = sigset_t()
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGUSR1)
    pthread_sigmask(SIG_BLOCK, &blocked, &mask)
    defer { pthread_sigmask(SIG_SETMASK, &mask, nil) }
    // The C library itself ignores 32 and 33, which are its own.
    let script = """
      grep -q '^SigIgn:.*[08]0000000$' /proc/self/status || exit 1
      grep -q '^SigBlk:.*0000000000000000$' /proc/self/status || exit 1
      \(Self.answer)
      """
    #expect(try ask(script) != nil)
  }

  @Test("nothing but its three standard descriptors is open in a helper")
  func leaksNothing() throws {
    try root.write("marker", "")
    let file = try FileDescriptor.open(root.path + "/marker", O_RDONLY)
    #expect(try ask("ls -l /proc/$$/fd | grep -q marker && exit 1; \(Self.answer)") != nil)
    // Kept open until here.
    #expect(file.number > 2)
  }

  @Test("a host's own helper comes before the one for all, and that before what the file holds")
  func keepsOrder() throws {
    for name in ["own", "all"] { try root.helper(name, #"echo '{"Username":"\#(name)","Secret":"p"}'"#) }
    try root.helper("none", "echo credentials not found in native keychain; exit 1")
    func user(_ content: String, host: String = "r.test") throws -> String? {
      try root.write("home/.docker/config.json", content)
      let endpoint = Endpoint(scheme: .https, host: host, repository: "a")
      guard case .basic(let user, _) = try root.configuration().credentials(for: endpoint)?.secret else {
        return nil
      }
      return user
    }
    let auths = #""auths": {"r.test": {"auth": "ZmlsZTpw"}}"#
    #expect(try user(#"{"credHelpers": {"r.test": "own"}, "credsStore": "all", \#(auths)}"#) == "own")
    #expect(try user(#"{"credHelpers": {"https://r.test": "own"}, \#(auths)}"#) == "own")
    #expect(try user(#"{"credHelpers": {"x.test": "own"}, "credsStore": "all", \#(auths)}"#) == "all")
    #expect(try user(#"{"credHelpers": {"r.test": "none"}, "credsStore": "all", \#(auths)}"#) == "file")
    #expect(try user(#"{"credHelpers": {"r.test": "none"}}"#) == nil)
    #expect(
      try user(#"{"credHelpers": {"https://index.docker.io/v1/": "own"}}"#, host: "registry-1.docker.io")
        == "own")
  }

  @Test("credential-helpers of registries.conf are asked in their order")
  func asksGlobalHelpers() throws {
    try root.helper("none", "echo credentials not found in native keychain; exit 1")
    try root.helper("all", #"echo '{"Username":"all","Secret":"p"}'"#)
    try root.write("home/.docker/config.json", #"{"auths": {"r.test": {"auth": "ZmlsZTpw"}}}"#)
    func origin(_ helpers: String) throws -> String? {
      try root.write("etc/containers/registries.conf", "credential-helpers = \(helpers)")
      return try root.configuration().credentials(
        for: Endpoint(scheme: .https, host: "r.test", repository: "a"))?.origin
    }
    #expect(try origin("['none', 'all', 'containers-auth.json']") == "docker-credential-all")
    #expect(try origin("['none', 'containers-auth.json', 'all']") == root.home + "/.docker/config.json")
    #expect(try origin("['none']") == nil)
  }

  @Test("a helper is found along PATH, in absolute directories alone")
  func searchesPath() throws {
    try root.helper("x", Self.answer)
    try root.write("home/.docker/config.json", #"{"credsStore": "x"}"#)
    let endpoint = Endpoint(scheme: .https, host: "r.test", repository: "a")
    let relative = String(repeating: "../", count: 30) + root.path.dropFirst() + "/bin"
    for path in ["", ".", "/nonexistent", relative] {
      let missing = failure { try root.configuration(["PATH": path]).credentials(for: endpoint) }
      #expect(missing?.problem.contains("docker-credential-x") == true)
    }
    #expect(
      try root.configuration(["PATH": "/nonexistent:\(root.path)/bin:/bin"]).credentials(for: endpoint) != nil
    )
  }
}
