import Dockerfile
import Glibc
import System
import TestSupport
import Testing

@testable import Build

/// A server on a socket that sends back what it gets.
final class EchoServer: Sendable {
  private let listener: FileDescriptor
  private let thread: Thread

  init(_ path: String) throws {
    let listener = FileDescriptor(owning: socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0))
    try Self.address(path) { bind(listener.number, $0, $1) }
    listen(listener.number, 16)
    self.listener = listener
    thread = try Thread {
      while case let number = accept(listener.number, nil, nil), number >= 0 {
        let connection = FileDescriptor(owning: number)
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(number, &buffer, buffer.count, 0), count > 0 {
          try? connection.write(Array(buffer[..<count]))
        }
      }
    }
  }

  func stop() {
    shutdown(listener.number, CInt(SHUT_RDWR))
    thread.join()
  }

  /// What it answers at `path` to `text`; nil where nobody listens.
  static func answer(_ path: String, to text: String) throws -> String? {
    let client = FileDescriptor(owning: socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0))
    do { try address(path) { connect(client.number, $0, $1) } } catch { return nil }
    try client.write(Array(text.utf8))
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while answer.count < text.utf8.count, case let count = recv(client.number, &buffer, buffer.count, 0),
      count > 0
    {
      answer += buffer[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }

  private static func address(_ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> CInt) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Errno.current }
  }
}

/// `--mount=type=ssh`.
@Suite(.enabled(if: requireRoot())) struct AgentRelayTests {
  let scratch: Scratch
  let server: EchoServer
  init() throws {
    scratch = try Scratch()
    server = try EchoServer(scratch.path("server"))
  }

  @Test("what is said goes there and back, on many connections, until it is stopped")
  func passes() throws {
    let directory = scratch.path("a/" + String(repeating: "long/", count: 40))
    try FileDescriptor.makeDirectories(directory)
    let relay = try AgentRelay(to: scratch.path("server"), in: directory, mode: 0o620, owner: (5, 6))
    let place = try Scratch.directory(directory)
    let status = try place.status(of: "agent").raw
    #expect(status.st_uid == 5 && status.st_gid == 6 && status.st_mode & 0o7777 == 0o620)
    let path = "\(place.magicPath)/agent"
    for round in 0..<100 {
      let text = "\(round) " + String(repeating: "x", count: round * 100)
      #expect(try EchoServer.answer(path, to: text) == text)
    }
    relay.stop()
    #expect(try EchoServer.answer(path, to: "x") == nil)
    server.stop()
  }

  @Test("where there is no agent, that is said")
  func missing() throws {
    for name in ["nothing", "."] {
      #expect(throws: Failure.self) {
        try AgentRelay(to: scratch.path(name), in: scratch.path, mode: 0o600, owner: (0, 0))
      }
    }
    server.stop()
  }

  @Test("an agent's socket answers for those it is for")
  func agent() throws {
    let path = scratch.path("server")
    defer { server.stop() }
    let bench = try RunBench { $0.agent = { id in id == "default" ? path : nil } }
    let mount = RunMount(.ssh, "") { ($0.uid, $0.gid, $0.mode) = (1000, 1001, 0o600) }
    let result = try bench.run("echo $SSH_AUTH_SOCK; stat -c '%F %a %u' $SSH_AUTH_SOCK", [mount])
    #expect(result.text == "/run/buildkit/ssh_agent.0\nsocket 600 1000\n" && result.changes == [])
    #expect(bench.remains == [])
    #expect(try bench.run("echo $SSH_AUTH_SOCK", [RunMount(.ssh, "") { $0.id = "other" }]).text == "\n")
    #expect(throws: Failure.self) {
      try bench.run("true", [RunMount(.ssh, "") { ($0.id, $0.isRequired) = ("other", true) }])
    }
  }
}
