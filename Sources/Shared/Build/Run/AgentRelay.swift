import Glibc
import System

/// A socket for a container that leads to an agent's on the host, with an owner and a mode of its own.
final class AgentRelay: Sendable {
  /// The socket, to be mounted (O_PATH).
  let socket: FileDescriptor
  private let listener: FileDescriptor
  private let thread: Thread

  /// How many connections there are at once at most.
  private static let limit = 64

  /// Begins to pass on what comes to a new socket in `directory` to the one at `path`.
  ///
  /// - Parameter owner: the user and the group that it belongs to.
  /// - Throws: `notFound` where there is none.
  init(
    to path: String, in directory: String, mode: UInt32, owner: (user: UInt32, group: UInt32)
  ) throws(Failure) {
    let agent: FileDescriptor
    do throws(Errno) {
      agent = try FileDescriptor.open(path, O_PATH)
      guard try agent.status().kind == .socket else { throw Errno(ENOTSOCK) }
    } catch { throw error.failure(path) }
    do throws(Errno) {
      // By descriptors: a socket's name may have no more than 107 bytes.
      let place = try FileDescriptor.open(directory, O_RDONLY | O_DIRECTORY)
      let name = FileName("agent")
      let listener = try Self.makeSocket()
      try Self.address("\(place.magicPath)/agent") { (address, size) throws(Errno) in
        try retrying { bind(listener.number, address, size) }
      }
      try place.setMode(of: name, mode & 0o777)
      do { try place.setOwner(of: name, owner.user, owner.group) } catch {
        // Who has no such user has all files for their own.
        if error.rawValue != EINVAL { throw error }
      }
      _ = try retrying { listen(listener.number, 16) }
      socket = try place.open(name, O_PATH)
      self.listener = listener
      thread = try Thread { Self.pass(listener, to: agent) }
    } catch { throw error.failure(path, doing: "agent") }
  }

  /// Ends it, with all connections.
  func stop() {
    shutdown(listener.number, CInt(SHUT_RDWR))
    thread.join()
  }

  private static func makeSocket() throws(Errno) -> FileDescriptor {
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    return FileDescriptor(owning: try retrying { Glibc.socket(AF_UNIX, type, 0) })
  }

  private static func address(
    _ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) throws(Errno) -> CInt
  ) throws(Errno) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let result = withUnsafePointer(to: address) { pointer -> Result<CInt, Errno> in
      let pointer = UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      do throws(Errno) { return .success(try call(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))) } catch
      {
        return .failure(error)
      }
    }
    _ = try result.get()
  }

  /// Until the listener is shut down.
  private static func pass(_ listener: FileDescriptor, to agent: FileDescriptor) {
    var pairs: [(inside: FileDescriptor, outside: FileDescriptor)] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let all = [listener] + pairs.flatMap { [$0.inside, $0.outside] }
      var polled = all.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
      if poll(&polled, nfds_t(polled.count), -1) < 0, errno != EINTR { return }
      let ready = polled.map { $0.revents != 0 }
      pairs = pairs.enumerated().filter { index, pair in
        (!ready[1 + 2 * index] || move(from: pair.inside, to: pair.outside, buffer))
          && (!ready[2 + 2 * index] || move(from: pair.outside, to: pair.inside, buffer))
      }.map(\.element)
      guard ready[0] else { continue }
      let number = accept(listener.number, nil, nil)
      guard number >= 0 else {
        if [EINTR, ECONNABORTED].contains(errno) { continue }
        return
      }
      // What is started meanwhile may hold it for a while, but no container: those close all that they don't know.
      _ = fcntl(number, F_SETFD, FD_CLOEXEC)
      let inside = FileDescriptor(owning: number)
      guard pairs.count < limit, let outside = try? connect(agent) else { continue }
      pairs.append((inside, outside))
    }
  }

  private static func connect(_ agent: FileDescriptor) throws(Errno) -> FileDescriptor {
    let outside = try makeSocket()
    try address(agent.magicPath) { (address, size) throws(Errno) in
      try retrying { Glibc.connect(outside.number, address, size) }
    }
    return outside
  }

  /// Passes on what is there; false at the end, and where the other end takes nothing more, as nobody waits for it.
  private static func move(
    from one: FileDescriptor, to other: FileDescriptor, _ buffer: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let count = recv(one.number, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT))
    if count < 0 { return errno == EAGAIN || errno == EINTR }
    let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
    return count > 0 && send(other.number, buffer.baseAddress, count, flags) == count
  }
}
