import CLinux
import Glibc

extension Thread {
  /// What `body` gives when it runs on a thread of its own whose working directory, alone of this process's, is
  /// `directory` (unshare(2) with CLONE_FS).
  public static func standing<Result: Sendable>(
    in directory: FileDescriptor, _ body: @escaping @Sendable () -> Result
  ) throws(Errno) -> Result {
    let outcome = Monitor<Swift.Result<Result, Errno>?>(nil)
    try Thread {
      let result: Swift.Result<Result, Errno>
      do throws(Errno) {
        // CLONE_FS
        _ = try retrying { clinux_unshare(0x200) }
        _ = try retrying { fchdir(directory.number) }
        result = .success(body())
      } catch { result = .failure(error) }
      outcome.update { $0 = result }
    }.join()
    return try outcome.wait { $0 }.get()
  }
}
