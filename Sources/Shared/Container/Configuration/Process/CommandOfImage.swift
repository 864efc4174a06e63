import Image
import System

/// What is run in an image: by Docker's rules of ENTRYPOINT, CMD, `--entrypoint` and arguments.
public struct CommandOfImage: Hashable, Sendable {
  /// The command and its arguments; at least one.
  public let arguments: [String]

  /// The command of `config`, changed by what the user says.
  ///
  /// - Parameters:
  ///   - entrypoint: `--entrypoint`, which also takes the image's CMD away; empty for none.
  ///   - arguments: what stands behind IMAGE, in place of the image's CMD.
  /// - Throws: `usage` where nothing is left; `invalid` for what no system call takes.
  public init(_ config: RunConfig, entrypoint: String?, arguments: [String]) throws(Failure) {
    let head =
      switch entrypoint {
      case nil: config.entrypoint ?? []
      case "": [String]()
      case let entrypoint?: [entrypoint]
      }
    let tail = arguments.isEmpty && entrypoint == nil ? config.cmd ?? [] : arguments
    let all = head + tail
    guard let first = all.first else {
      throw Failure(.usage, "", "no command specified: the image has no ENTRYPOINT and no CMD")
    }
    guard !first.isEmpty else { throw Failure(.usage, "", "the command is an empty word") }
    guard !all.contains(where: { $0.utf8.contains(0) }) else {
      throw Failure(.invalid, "", "the command holds a NUL")
    }
    self.arguments = all
  }
}
