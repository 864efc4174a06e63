import System

/// All that a running command has of the world: its environment, its streams and its voice.
public struct Session: Sendable {
  /// The environment at the start.
  public let environment: Environment
  /// Standard input and output.
  public private(set) var streams: StandardStreams
  /// Warnings, failures and details.
  public let diagnostics: Diagnostics
  /// How far it is.
  public let progress: ProgressDisplay

  /// The session of `command`.
  ///
  /// - Parameter errors: where people read.
  public init(
    _ command: String, progress mode: ProgressMode = .auto, quiet: Bool = false, verbose: Bool = false,
    environment: Environment, streams: StandardStreams = StandardStreams(),
    errors: FileDescriptor = .standardError
  ) {
    self.environment = environment
    progress = ProgressDisplay(mode, quiet: quiet, plainText: environment.wantsPlainText, on: errors)
    self.streams = streams
    self.streams.progress = progress
    diagnostics = Diagnostics(command: command, quiet: quiet, verbose: verbose, display: progress)
  }
}
