import CommandLine
import Image
import Layout
import System

/// What goes of one layout: names first, then all blobs that no name leads to.
public struct Removal {
  /// Which layout.
  public let place: ImageOperand.Place
  private let layout: LayoutDirectory
  private let session: Session
  /// The index as it would be; nil where it really changes.
  private var imagined: Index?
  /// Whether something went that may leave blobs behind.
  private var isDue = false
  /// The blobs of the images that went, in the order in which they are to be told.
  private var own: [Digest] = []

  /// How old, in seconds, what an interrupted command left must be to go by the way.
  private static let staleAge: Int64 = 3600

  /// Removes from the layout at `place`, or only says what it would remove.
  public init(at place: ImageOperand.Place, _ session: Session, dryRun: Bool) throws(Failure) {
    self.place = place
    self.session = session
    layout = try place.layout(in: session)
    imagined = dryRun ? try layout.index() : nil
  }

  /// Removes the name, or the image with its only name, that `selector` means.
  public mutating func remove(_ selector: ImageSelector, force: Bool) throws(Failure) {
    var untagged: Untagging?
    if var index = imagined {
      untagged = try Untagging(selector, &index, layout, force: force)
      imagined = index
    } else {
      let layout = layout
      try layout.update { (index) throws(Failure) in
        untagged = try Untagging(selector, &index, layout, force: force)
      }
    }
    guard let untagged else { return }
    if let image = untagged.image {
      isDue = true
      // What can't be read tells its blobs to nobody; then nothing is collected either.
      own += (try? layout.blobs(reachedBy: image)) ?? []
    }
    for name in untagged.names { try session.streams.print("Untagged: \(name.oneLine)") }
  }

  /// Removes blobs that no image uses.
  ///
  /// - Parameter thoroughly: whether to wait for those who write, and to remove all that they left when interrupted.
  public func collect(thoroughly: Bool) throws(Failure) {
    guard thoroughly || isDue else { return }
    if let imagined { return try tell(layout.garbage(beside: imagined)) }
    guard let right = try right(waiting: thoroughly) else { return }
    var removed: [LayoutDirectory.Garbage] = []
    var failure: Failure?
    do {
      try layout.collect(with: right, partialsOlderThan: thoroughly ? .min : Self.staleAge) {
        removed.append($0)
      }
    } catch { failure = error }
    try tell(removed)
    if let failure { throw failure.kind == .invalid ? refusal(failure) : failure }
    if thoroughly {
      let size = removed.reduce(UInt64(0)) { $0 &+ $1.size }
      session.diagnostics.notice("\(layout.path): total reclaimed space: \(Human.size(size))")
    }
  }

  private func right(waiting: Bool) throws(Failure) -> LayoutDirectory.Lease? {
    if let right = try layout.beginCollecting(waiting: false) { return right }
    guard waiting else {
      session.diagnostics.notice(
        "\(layout.path): other commands write to it; unused blobs stay until 'img-rm --gc \(layout.path)'")
      return nil
    }
    session.diagnostics.notice("\(layout.path): waiting for commands that write to it")
    return try layout.beginCollecting(waiting: true)
  }

  private func refusal(_ failure: Failure) -> Failure {
    var refusal = failure
    refusal.problem += "; no blob was removed, as it may be needed: pull the image again or remove it"
    return refusal
  }

  /// Docker's word for each, those of the images first.
  private func tell(_ removed: [LayoutDirectory.Garbage]) throws(Failure) {
    let digests = Set(removed.map(\.digest))
    var told: Set<Digest> = []
    let order = own.filter { digests.contains($0) } + removed.map(\.digest)
    let lines = order.filter { told.insert($0).inserted }.map { "Deleted: \($0)" }
    if !lines.isEmpty { try session.streams.print(lines.joined(separator: "\n")) }
  }
}
