/// Who may take another chunk: arithmetic only.
///
/// A stream that somebody reads always gets its minimum, so that none waits for those fetched ahead. What is
/// left after the minimums of all readers that there may be goes to whoever asks first.
struct BudgetLedger {
  /// What one stream holds.
  struct Share {
    var isWanted = false
    var held = 0
    var isClosed = false
  }

  /// The chunks there are.
  let total: Int
  /// How many streams are read at once.
  let readers: Int
  /// How many chunks a stream that is read needs to go on.
  let minimum: Int
  /// How many chunks are held.
  private(set) var used = 0
  /// Streams that were refused since they last were granted something.
  private(set) var refused: Set<Int> = []
  private var shares: [Int: Share] = [:]

  /// A ledger of `total` chunks, for `readers` that need `minimum` each.
  init(total: Int, readers: Int, minimum: Int) {
    self.total = total
    self.readers = readers
    self.minimum = minimum
  }

  /// How many chunks can be held by streams that nobody reads yet.
  var ahead: Int { max(0, total - readers * minimum) }

  /// Whether the stream would be granted a chunk.
  func mayTake(_ stream: Int) -> Bool {
    let share = shares[stream] ?? Share()
    if share.isWanted, share.held < minimum { return true }
    let kept = shares.values.reduce(0) { $1.isWanted ? $0 + min($1.held, minimum) : $0 }
    return used + max(0, readers * minimum - kept) < total
  }

  /// Grants the stream a chunk; false where it must wait.
  mutating func take(_ stream: Int) -> Bool {
    guard mayTake(stream) else {
      refused.insert(stream)
      return false
    }
    refused.remove(stream)
    shares[stream, default: Share()].held += 1
    used += 1
    return true
  }

  /// Takes back one of the stream's chunks.
  mutating func give(_ stream: Int) {
    shares[stream, default: Share()].held -= 1
    used -= 1
    forget(stream)
  }

  /// Somebody reads the stream from now on.
  mutating func want(_ stream: Int) {
    shares[stream, default: Share()].isWanted = true
  }

  /// The stream takes no more.
  mutating func close(_ stream: Int) {
    refused.remove(stream)
    shares[stream, default: Share()].isClosed = true
    forget(stream)
  }

  private mutating func forget(_ stream: Int) {
    if let share = shares[stream], share.isClosed, share.held == 0 { shares[stream] = nil }
  }
}
