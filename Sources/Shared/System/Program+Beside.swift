import Glibc

extension Program {
  /// The path of this program (proc_pid_exe(5)).
  public static func own() throws(Failure) -> String {
    do {
      return try FileDescriptor(borrowing: AT_FDCWD).target(of: FileName("/proc/self/exe")).description
    } catch { throw error.failure("/proc/self/exe") }
  }

  /// The program `name` that lies in the same directory as this one.
  ///
  /// - Parameter purpose: what it is for, where it is missing: `img-mount unpacks layers`.
  /// - Throws: `notFound`.
  public static func beside(
    _ name: String, _ arguments: [String], environment: [String: String], purpose: String
  ) throws(Failure) -> Program {
    let directory = try own().split(separator: "/").dropLast().joined(separator: "/")
    let path = "/\(directory)/\(name)"
    guard access(path, X_OK) == 0 else { throw Failure(.notFound, path, "is missing: \(purpose)") }
    return Program(path, arguments, environment: environment)
  }
}
