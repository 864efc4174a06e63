import ArgumentParser

/// The MODE of `--progress`.
public enum ProgressMode: String, Sendable, CaseIterable, ExpressibleByArgument {
  /// Bars on a terminal, else nothing.
  case auto
  /// A line whenever something changes its state.
  case plain
  /// The same as JSON, a document a line, and how far things are once a second.
  case json
  /// Nothing.
  case none
}

/// How progress is really shown.
enum ProgressStyle: Sendable {
  case bars
  case plain
  case json
  case none

  /// What `mode` comes to.
  ///
  /// - Parameters:
  ///   - isTerminal: whether standard error is one.
  ///   - plainText: whether a terminal should get no control sequences.
  init(_ mode: ProgressMode, quiet: Bool, isTerminal: Bool, plainText: Bool) {
    self =
      switch mode {
      case _ where quiet: .none
      case .auto: isTerminal ? (plainText ? .plain : .bars) : .none
      case .plain: .plain
      case .json: .json
      case .none: .none
      }
  }
}
