import System

/// How a container is connected: `--network`.
public enum NetworkMode: String, CaseIterable, Sendable {
  /// Not at all: only `lo` is there.
  case none
  /// As the host is.
  case host
  /// By pasta(1), which passes connections on.
  case pasta

  /// The mode of that name.
  ///
  /// - Throws: `usage`, with the way out for what docker has besides.
  public init(parsing text: String) throws(Failure) {
    if let mode = NetworkMode(rawValue: text) {
      self = mode
      return
    }
    let others = ["bridge", "default", "slirp4netns", "private"]
    let known = others.contains(text) || text.hasPrefix("container:")
    throw Failure(
      .usage, "--network \(text)",
      known
        ? "there is no daemon that has such networks: use pasta, host or none"
        : "is none of pasta, host, none")
  }
}
