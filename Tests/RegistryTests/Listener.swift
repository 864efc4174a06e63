import Glibc
import System

/// A socket of 127.0.0.1 that listens on a free port, or only keeps others from it.
struct Listener {
  let socket: FileDescriptor
  let port: UInt16

  init(listening: Bool = true) {
    let number = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let port = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        precondition(bind(number, generic, length) == 0 && (!listening || listen(number, 64) == 0))
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
