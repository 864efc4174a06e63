import CLinux
import Glibc
import System

extension RunningContainer {
  /// Hands what comes from `output` to `sink`, on this thread, until the command ends; signals are not passed on.
  ///
  /// - Parameter output: the reading end of a pipe; the spec has the other end.
  /// - Returns: its status, 128+N where signal N ended it.
  public func wait(
    reading output: FileDescriptor, _ sink: (UnsafeRawBufferPointer) -> Void
  ) throws(Failure) -> CInt {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    func pass(atMost limit: Int) throws(Errno) -> Int {
      let count = try output.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<limit]))
      if count > 0 { sink(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
      return count
    }
    do throws(Errno) {
      // Not until the pipe ends: whoever was sent its other end through a socket may keep it.
      while try waits(for: output), try pass(atMost: buffer.count) > 0 {}
    } catch { throw error.failure("output") }
    let status = try wait() as CInt
    do throws(Errno) {
      // What was written before the end, and nothing that comes after.
      var rest = Int(try retrying { clinux_waiting_bytes(output.number) })
      while rest > 0, case let count = try pass(atMost: min(rest, buffer.count)), count > 0 { rest -= count }
    } catch { throw error.failure("output") }
    return status
  }

  /// Waits until something can be read; false once the command has ended.
  private func waits(for output: FileDescriptor) throws(Errno) -> Bool {
    var polled = [
      pollfd(fd: process.number, events: Int16(POLLIN), revents: 0),
      pollfd(fd: output.number, events: Int16(POLLIN), revents: 0),
    ]
    _ = try retrying { poll(&polled, nfds_t(polled.count), -1) }
    return polled[0].revents == 0
  }
}
