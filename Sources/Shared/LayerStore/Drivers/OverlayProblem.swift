import Glibc
import System

/// Why the kernel did not make an overlay.
enum OverlayProblem: Error {
  /// An error of the call, and what the kernel had to say about it.
  case refused(Errno, [String])
  /// Something else.
  case failed(Failure)

  /// Whether it may be that the kernel doesn't know this way of asking.
  var isOfWay: Bool {
    guard case .refused(let error, _) = self else { return false }
    return error.rawValue == EINVAL || error.rawValue == ENOSYS
  }

  /// The failure that it means for a mount at `point`.
  func failure(_ point: MountPoint) -> Failure {
    switch self {
    case .failed(let failure): return failure
    case .refused(let error, let messages):
      var failure = error.failure(point.path, doing: "mounting")
      failure.cause = messages.isEmpty ? nil : messages.joined(separator: "; ").oneLine
      switch error.rawValue {
      case EBUSY:
        failure.problem = "the upper directory is in use by another mount (\(point.upper?.path ?? "none"))"
      case EINVAL, ESTALE:
        // The error says nothing; the message says it, where there is one.
        if let message = messages.last { failure.problem = message.oneLine }
      default: break
      }
      return failure
    }
  }
}
