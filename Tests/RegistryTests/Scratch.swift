import Glibc
import System

/// A directory that goes with its owner.
final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/ociutils-registry-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("mkdtemp: \(Errno.current)") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { run(["/bin/rm", "-rf", path]).wait() }

  /// Writes a file below the directory, with the directories above it.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    let parts = name.split(separator: "/")
    var directory = path
    for part in parts.dropLast() {
      directory += "/\(part)"
      mkdir(directory, 0o755)
    }
    try FileDescriptor.open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC).write(bytes)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
}

/// A program that was started.
struct Running {
  let id: pid_t

  func stop() {
    kill(id, SIGTERM)
    wait()
  }

  func wait() {
    var status: CInt = 0
    waitpid(id, &status, 0)
  }
}

/// Starts a program, its output thrown away.
func run(_ arguments: [String]) -> Running {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for number: CInt in 1...2 {
    posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_WRONLY, 0)
  }
  let strings = arguments.map { strdup($0) } + [nil]
  defer { strings.forEach { free($0) } }
  var id = pid_t()
  precondition(posix_spawn(&id, arguments[0], &actions, nil, strings, environ) == 0)
  return Running(id: id)
}

/// A socket of 127.0.0.1 that listens on a free port.
struct Listener {
  let socket: FileDescriptor
  let port: UInt16

  init() {
    let number = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        precondition(bind(number, generic, length) == 0 && listen(number, 64) == 0)
        getsockname(number, generic, &length)
      }
      return UInt16(bigEndian: pointer.pointee.sin_port)
    }
    socket = FileDescriptor(owning: number)
    self.port = port
  }

  /// A port that nothing listens on.
  static var freePort: UInt16 { Listener().port }
}

/// Whether something accepts connections on the port of 127.0.0.1.
func accepts(_ port: UInt16) -> Bool {
  let socket = FileDescriptor(owning: Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  address.sin_port = port.bigEndian
  return withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(socket.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}
