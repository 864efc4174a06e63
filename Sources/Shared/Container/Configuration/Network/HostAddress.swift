import Glibc
import System

/// Addresses and ports of the host's that the kernel chooses.
public enum HostAddress {
  /// The IPv4 address by which this host speaks to others; nil where it speaks to none.
  ///
  /// Nothing is sent: connecting a UDP socket only looks up the route (RFC 5737: an address of nobody's).
  public static func ofDefaultRoute() -> String? {
    guard let socket = try? socket(.udp, AF_INET) else { return nil }
    var peer = sockaddr_in()
    peer.sin_family = sa_family_t(AF_INET)
    peer.sin_port = UInt16(9).bigEndian
    guard inet_pton(AF_INET, "203.0.113.1", &peer.sin_addr) == 1,
      withAddress(&peer, { connect(socket.number, $0, $1) }) == 0
    else { return nil }
    var own = sockaddr_in()
    guard (try? Self.name(of: socket, &own)) != nil else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
    guard inet_ntop(AF_INET, &own.sin_addr, &text, socklen_t(text.count)) != nil else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// A port of `address` that is free now; of all addresses where that is nil.
  static func freePort(_ transport: PortMapping.Transport, at address: String?) throws(Errno) -> UInt16 {
    var old = sockaddr_in()
    old.sin_family = sa_family_t(AF_INET)
    if inet_pton(AF_INET, address ?? "0.0.0.0", &old.sin_addr) == 1 {
      let socket = try socket(transport, AF_INET)
      guard withAddress(&old, { bind(socket.number, $0, $1) }) == 0 else { throw Errno.current }
      try name(of: socket, &old)
      return UInt16(bigEndian: old.sin_port)
    }
    var new = sockaddr_in6()
    new.sin6_family = sa_family_t(AF_INET6)
    guard inet_pton(AF_INET6, address ?? "::", &new.sin6_addr) == 1 else { throw Errno(EINVAL) }
    let socket = try socket(transport, AF_INET6)
    guard withAddress(&new, { bind(socket.number, $0, $1) }) == 0 else { throw Errno.current }
    try name(of: socket, &new)
    return UInt16(bigEndian: new.sin6_port)
  }

  private static func socket(
    _ transport: PortMapping.Transport, _ family: CInt
  ) throws(Errno) -> FileDescriptor {
    let kind = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
    let number = Glibc.socket(family, CInt(kind.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw Errno.current }
    return FileDescriptor(owning: number)
  }

  private static func name<Address>(of socket: FileDescriptor, _ address: inout Address) throws(Errno) {
    let result = withAddress(&address) { address, size in
      var size = size
      return getsockname(socket.number, UnsafeMutablePointer(mutating: address), &size)
    }
    guard result == 0 else { throw Errno.current }
  }

  private static func withAddress<Address>(
    _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
  ) -> CInt {
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body(UnsafePointer($0), socklen_t(MemoryLayout<Address>.size))
      }
    }
  }
}
