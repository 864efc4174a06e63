import CommandLine
import ImageCommand
import LayerStore
import System

/// What `--gc` does: layers that nobody used for long are removed.
public struct LayerCollection {
  private let session: Session
  private let dryRun: Bool

  /// A collection in the store of `session`; with `dryRun` it only says what it would remove.
  public init(_ session: Session, dryRun: Bool) {
    self.session = session
    self.dryRun = dryRun
  }

  /// Removes what was not used for `seconds`, and prints a line for each layer.
  public func run(unusedFor seconds: UInt64) throws(Failure) {
    let path = try session.environment.layerStore()
    guard ImageOperand.exists(path) else { return }
    // Files of subordinate IDs are the user's to remove only in there.
    _ = try UserNamespace.enter(programs: session.environment["PATH"] ?? "")
    var total: UInt64 = 0
    var unwritten: Failure?
    try LayerCache(path).collect(unusedFor: Int64(clamping: seconds), dryRun: dryRun, measuring: true) {
      layer in
      let size = layer.size ?? 0
      total += size
      if session.diagnostics.isQuiet { return }
      do throws(Failure) {
        try session.streams.print("\(dryRun ? "Unused" : "Deleted"): \(layer.place) \(Human.size(size))")
      } catch { unwritten = unwritten ?? error }
    }
    if let unwritten { throw unwritten }
    session.diagnostics.verbose("\(dryRun ? "would free" : "freed") \(Human.size(total))")
  }
}
