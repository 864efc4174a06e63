import Glibc
import System

/// An HTTP server on a free loopback port that does to its clients whatever a test says.
final class ScriptedServer: Sendable {
  struct Request: Sendable {
    var method: String
    var target: String
    /// Names in lower case.
    var fields: [String: String]
    var body: String
    /// How many requests for the same target came before.
    var earlier: Int
    var path: String { String(target.prefix { $0 != "?" }) }
  }

  enum Step: Sendable {
    case send([UInt8])
    case pause(Double)
    /// Sends the same again and again until the client goes.
    case endless([UInt8])
    /// Ends the connection.
    case close
    /// Breaks the connection (RST).
    case reset
  }

  typealias Script = @Sendable (Request) -> [Step]

  let port: UInt16
  private let listener: FileDescriptor
  private let log = Monitor([Request]())
  private let open = Monitor([CInt: FileDescriptor]())
  private let threads = Monitor([System.Thread]())
  private let script: Script

  init(_ script: @escaping Script) throws {
    let listener = Listener()
    port = listener.port
    self.listener = listener.socket
    self.script = script
    let log = log
    let open = open
    let socket = listener.socket
    let threads = threads
    let accepting = try Thread { Self.accept(socket, log, open, threads, script) }
    threads.update { $0.append(accepting) }
  }

  deinit {
    shutdown(listener.number, CInt(SHUT_RDWR))
    // First the one that accepts, then those it started.
    while let thread = threads.update({ $0.isEmpty ? nil : $0.removeFirst() }) {
      for socket in open.update({ $0.values }) { shutdown(socket.number, CInt(SHUT_RDWR)) }
      thread.join()
    }
  }

  /// The requests so far, in order.
  var requests: [Request] { log.update { $0 } }

  /// Connections that neither side has closed.
  var connections: Int { open.update { $0.count } }

  private static func accept(
    _ listener: FileDescriptor, _ log: Monitor<[Request]>, _ open: Monitor<[CInt: FileDescriptor]>,
    _ threads: Monitor<[System.Thread]>, _ script: @escaping Script
  ) {
    while true {
      let number = Glibc.accept(listener.number, nil, nil)
      guard number >= 0 else { return }
      let socket = FileDescriptor(owning: number)
      open.update { $0[number] = socket }
      let thread = try? Thread {
        Connection(socket, log, script).serve()
        open.update { _ = $0.removeValue(forKey: number) }
      }
      threads.update { threads in
        if let thread { threads.append(thread) }
      }
    }
  }
}

/// One client.
private final class Connection {
  private let socket: FileDescriptor
  private let log: Monitor<[ScriptedServer.Request]>
  private let script: ScriptedServer.Script
  private var input: [UInt8] = []

  init(
    _ socket: FileDescriptor, _ log: Monitor<[ScriptedServer.Request]>,
    _ script: @escaping ScriptedServer.Script
  ) {
    self.socket = socket
    self.log = log
    self.script = script
  }

  func serve() {
    while var request = read() {
      log.update { log in
        request.earlier = log.count { $0.target == request.target }
        log.append(request)
      }
      for step in script(request) where !perform(step) { return }
    }
  }

  private func perform(_ step: ScriptedServer.Step) -> Bool {
    switch step {
    case .send(let bytes): return send(bytes)
    case .pause(let seconds):
      // No longer than the client stays.
      var wish = pollfd(fd: socket.number, events: 0x2000 /* POLLRDHUP */, revents: 0)
      poll(&wish, 1, CInt(seconds * 1000))
      return true
    case .endless(let bytes):
      while send(bytes) {}
      return false
    case .close:
      shutdown(socket.number, CInt(SHUT_RDWR))
      return false
    case .reset:
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
      return false
    }
  }

  private func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(socket.number, $0.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private func fill() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(socket.number, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    input += buffer[..<count]
    return true
  }

  private func read() -> ScriptedServer.Request? {
    let end = Array("\r\n\r\n".utf8)
    var head: Int?
    if input.isEmpty, !fill() { return nil }
    // A TLS handshake: answered as servers of plain http do.
    if input.first == 0x16 {
      _ = send(Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8))
      return nil
    }
    while head == nil {
      head = input.count < 4 ? nil : (0...(input.count - 4)).first { input[$0..<$0 + 4].elementsEqual(end) }
      if head == nil, !fill() { return nil }
    }
    guard let head else { return nil }
    let lines = String(decoding: input[..<head], as: UTF8.self).split(separator: "\r\n").map(String.init)
    input.removeFirst(head + 4)
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      fields[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
    }
    let length = fields["content-length"].flatMap { Int($0) } ?? 0
    while input.count < length { guard fill() else { return nil } }
    let body = String(decoding: input[..<length], as: UTF8.self)
    input.removeFirst(length)
    let words = lines[0].split(separator: " ")
    return ScriptedServer.Request(
      method: String(words[0]), target: String(words[1]), fields: fields, body: body, earlier: 0)
  }
}

extension ScriptedServer.Step {
  /// The head of an answer: `answer("200 OK", "Content-Length: 3")`.
  static func head(_ status: String, _ lines: [String] = []) -> Self {
    .send(Array(("HTTP/1.1 \(status)\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n").utf8))
  }
}

extension [ScriptedServer.Step] {
  /// A whole answer.
  static func answer(_ status: String, _ lines: [String] = [], body: [UInt8] = []) -> Self {
    [.head(status, lines + ["Content-Length: \(body.count)"]), .send(body)]
  }

  static func answer(_ status: String, _ lines: [String] = [], text: String) -> Self {
    answer(status, lines, body: [UInt8](text.utf8))
  }

  static let notFound = answer("404 Not Found")
}
