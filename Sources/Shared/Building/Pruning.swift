import ArgumentParser
import Build
import CommandLine
import ImageCommand
import System

/// Options of `--prune`.
public struct PruneOptions: ParsableArguments, Sendable {
  @Flag(name: [.customShort("n"), .long], help: "Of prune: only say what would be removed.")
  var dryRun = false

  @Option(help: ArgumentHelp("Of prune: keep at most so much, 10G.", valueName: "size"))
  var maxSize: String?

  @Option(help: ArgumentHelp("Of prune: only what is unused so long, 7d.", valueName: "age"))
  var olderThan: String?

  /// For ArgumentParser.
  public init() {}

  /// Whether any of them is given.
  public var isGiven: Bool { dryRun || maxSize != nil || olderThan != nil }
}

/// `--prune`: what earlier builds left is removed.
public struct Pruning {
  private let options: PruneOptions
  private let caching: CacheOptions
  private let session: Session

  /// A removal as the options ask for it.
  public init(_ options: PruneOptions, _ caching: CacheOptions, _ session: Session) {
    self.options = options
    self.caching = caching
    self.session = session
  }

  /// Removes, and prints a line for each.
  public func run() throws(Failure) {
    let path = try caching.directory(session.environment)
    let limit = try options.maxSize.map { (text) throws(Failure) in
      try Quantity.bytes(text, option: "--max-size")
    }
    let age = try options.olderThan.map { (text) throws(Failure) in
      try Quantity.seconds(text, option: "--older-than")
    }
    guard ImageOperand.exists(path) else { return }
    // Files of subordinate IDs are the user's to remove only in there.
    _ = try UserNamespace.enter(programs: session.environment["PATH"] ?? "")
    var unwritten: Failure?
    let left = try CachePruning(path).run(
      limit: limit, unusedFor: Int64(clamping: age ?? 0), dryRun: options.dryRun
    ) { item in
      if session.diagnostics.isQuiet { return }
      do throws(Failure) {
        try session.streams.print(
          "\(options.dryRun ? "Unused" : "Deleted"): \(item.name) \(Human.size(item.size))")
      } catch { unwritten = unwritten ?? error }
    }
    if let unwritten { throw unwritten }
    session.diagnostics.verbose("\(Human.size(left)) \(options.dryRun ? "would be left" : "left")")
  }
}
