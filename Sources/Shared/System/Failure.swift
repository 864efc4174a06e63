/// What went wrong, in the words of a person: thrown by every target above `System`.
///
/// Printed as `COMMAND: SUBJECT: PROBLEM`; `kind` alone decides the exit status (interface.md §3).
public struct Failure: Error, Sendable {
  /// What kind of failure it is.
  public var kind: FailureKind
  /// The user's name for the thing that failed: an operand, a path, a reference.
  ///
  /// Empty where not yet known.
  public var subject: String
  /// What is wrong, and the way out where there is one; one line, no final full stop.
  public var problem: String
  /// Detail for `-v`; never secrets.
  public var cause: String?
  /// The system call's error where one is behind it: EPIPE ends a command silently.
  public var errno: Errno?

  /// A failure of `kind`, about `subject`.
  public init(_ kind: FailureKind, _ subject: String = "", _ problem: String, cause: String? = nil) {
    self.kind = kind
    self.subject = subject
    self.problem = problem
    self.cause = cause
  }

  /// The same failure about `name`, said by the layer that knows the user's name for the thing.
  ///
  /// What was the subject before becomes the beginning of the problem; a subject that already is `name` stays, and
  /// so does one within it (`name/…`, `name:…`, `name@…`).
  public func about(_ name: String) -> Failure {
    var failure = self
    if subject.isEmpty || subject == name {
      failure.subject = name
    } else if !["/", ":", "@"].contains(where: { subject.hasPrefix(name + $0) }) {
      failure.problem = "\(subject): \(problem)"
      failure.subject = name
    }
    return failure
  }
}

/// The kinds of failure that users can tell apart; one for one the exit statuses of all `img-*` commands.
public enum FailureKind: Int32, Sendable, CaseIterable {
  /// Failed otherwise (full disk, broken invariant, unsupported).
  case failed = 1
  /// The command line is wrong.
  case usage = 2
  /// The thing does not exist.
  case notFound = 3
  /// Authentication or permission.
  case denied = 4
  /// Unreachable or overloaded; worth trying again.
  case unreachable = 5
  /// Digest, size or format is wrong.
  case invalid = 6
}
