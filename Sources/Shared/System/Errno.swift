import Glibc

/// An error number of a system call, errno(3).
public struct Errno: Error, Equatable, Hashable, Sendable, CustomStringConvertible {
  /// The number as `errno` had it.
  public let rawValue: CInt

  /// The error of that number.
  public init(_ rawValue: CInt) { self.rawValue = rawValue }

  /// The error of the call that just failed on this thread.
  public static var current: Errno { Errno(errno) }

  /// The words of strerror(3).
  public var description: String {
    var buffer = [CChar](repeating: 0, count: 256)
    // The POSIX variant, which fills the buffer.
    guard strerror_r(rawValue, &buffer, buffer.count) == 0 else { return "error \(rawValue)" }
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// The failure that this error means for `subject`, a path or a name the user knows.
  ///
  /// ENOENT and ENOTDIR are `notFound`; EACCES, EPERM and EROFS `denied`; all else `failed`.
  public func failure(_ subject: String, doing what: String? = nil) -> Failure {
    let kind: FailureKind =
      switch rawValue {
      case ENOENT, ENOTDIR: .notFound
      case EACCES, EPERM, EROFS: .denied
      default: .failed
      }
    var failure = Failure(kind, subject, what.map { "\($0): \(description)" } ?? description)
    failure.errno = self
    return failure
  }
}

/// Repeats `call` while it fails with EINTR; its result, or the error it left.
@inlinable
public func retrying<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
  while true {
    let result = call()
    if result != -1 { return result }
    let error = Errno.current
    if error.rawValue != EINTR { throw error }
  }
}
