import System

/// What a user asks of a container's confinement.
public struct SecurityRequest: Hashable, Sendable {
  /// Which filter of system calls.
  public enum Seccomp: Hashable, Sendable {
    /// The default profile.
    case standard
    /// None.
    case unconfined
    /// Docker's format, from this file.
    case file(String)
  }

  /// `--cap-add`.
  public var added: [String] = []
  /// `--cap-drop`.
  public var dropped: [String] = []
  /// `--privileged`.
  public var isPrivileged = false
  /// The filter; nil where nothing is said.
  public var seccomp: Seccomp?
  /// Whether executing a program can gain nothing; nil where nothing is said.
  public var noNewPrivileges: Bool?
  /// Whether paths of /proc and /sys are masked and read-only.
  public var hasSystemPaths = true

  /// Nothing said.
  public init() {}

  /// Takes over the argument of `--security-opt`.
  ///
  /// - Throws: `usage`, about the option.
  public mutating func set(option text: String) throws(Failure) {
    let mark = text.firstIndex { $0 == "=" || $0 == ":" } ?? text.endIndex
    let name = text[..<mark]
    let value = mark == text.endIndex ? nil : String(text[text.index(after: mark)...])
    switch (name, value) {
    case ("seccomp", "unconfined"): seccomp = .unconfined
    case ("seccomp", "builtin"), ("seccomp", "default"): seccomp = .standard
    case ("seccomp", let path?) where !path.isEmpty: seccomp = .file(path)
    case ("no-new-privileges", nil), ("no-new-privileges", "true"): noNewPrivileges = true
    case ("no-new-privileges", "false"): noNewPrivileges = false
    case ("systempaths", "unconfined"): hasSystemPaths = false
    // There are no labels and profiles of these to be taken away.
    case ("label", "disable"), ("apparmor", "unconfined"): break
    case ("label", _), ("apparmor", _):
      throw Failure(
        .usage, "--security-opt \(text)", "SELinux labels and AppArmor profiles are not supported")
    default:
      throw Failure(
        .usage, "--security-opt \(text)",
        "is none of seccomp=FILE|unconfined, no-new-privileges[=true|false], systempaths=unconfined")
    }
  }

  /// What the container may ever do.
  ///
  /// - Throws: `usage` for a name that is no capability's.
  public func capabilities() throws(Failure) -> CapabilitySet {
    guard isPrivileged else { return try CapabilitySet(adding: added, dropping: dropped) }
    return try CapabilitySet(adding: added + ["ALL"], dropping: dropped)
  }

  /// What `--privileged` takes away, for people; nil where it takes nothing.
  public var loss: String? {
    guard isPrivileged else { return nil }
    var parts = ["all capabilities"]
    if seccomp == nil { parts.append("no seccomp filter") }
    if noNewPrivileges == nil { parts.append("set-user-ID programs gain privileges") }
    return "--privileged: "
      + (parts + ["every device of the host", "/proc and /sys neither masked nor read-only"])
      .joined(separator: ", ")
  }
}
