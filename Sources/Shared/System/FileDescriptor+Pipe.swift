import CLinux
import Glibc

extension FileDescriptor {
  /// A new pipe; both ends are O_CLOEXEC (pipe2(2)).
  public static func pipe() throws(Errno) -> (read: FileDescriptor, write: FileDescriptor) {
    var ends: [CInt] = [-1, -1]
    _ = try retrying { clinux_pipe2(&ends, O_CLOEXEC) }
    return (FileDescriptor(owning: ends[0]), FileDescriptor(owning: ends[1]))
  }

  /// Makes the pipe hold at least `size` bytes where it is one and may (F_SETPIPE_SZ), so that its ends wait less.
  ///
  /// A refusal is of no interest: the pipe works as it is.
  public func widenPipe(to size: CInt = 1 << 20) { _ = clinux_set_pipe_size(number, size) }
}
