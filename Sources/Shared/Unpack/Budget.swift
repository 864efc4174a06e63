import Glibc
import LayerStore
import System

/// The bytes that layers may still take, all layers of an image together: a bomb ends here, before the disk is full.
final class Budget: Sendable {
  private let left: Monitor<UInt64>
  private let problem: String

  /// `limit` bytes; nil: what is free in the file system of `store`.
  init(_ limit: UInt64?, in store: LayerCache) throws(Failure) {
    if let limit {
      left = Monitor(limit)
      problem = "unpacks to more than --max-size allows"
      return
    }
    var status = statvfs()
    guard statvfs(store.path, &status) == 0 else { throw Errno.current.failure(store.path) }
    let (free, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    left = Monitor(overflow ? .max : free)
    problem = "unpacks to more than the disk of \(store.path) has free"
  }

  /// Takes `bytes` of what is left.
  ///
  /// - Throws: `failed` where there is not so much.
  func spend(_ bytes: UInt64) throws(Failure) {
    try left.update { left throws(Failure) in
      guard bytes <= left else { throw Failure(.failed, "", problem) }
      left -= bytes
    }
  }
}
