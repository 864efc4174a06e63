import CLinux

extension FileDescriptor {
  /// Makes the pipe hold at least `size` bytes where it is one and may (F_SETPIPE_SZ), so that its ends wait less.
  ///
  /// A refusal is of no interest: the pipe works as it is.
  public func widenPipe(to size: CInt = 1 << 20) { _ = clinux_set_pipe_size(number, size) }
}
