import Image

/// What is under way: values only, drawn by its extensions.
struct ProgressBoard {
  /// One blob.
  struct Row {
    let id: Digest
    var size: UInt64
    var done: UInt64 = 0
    var state: String
    var finished = false

    /// What Docker calls a layer.
    var name: String { String(id.hex.prefix(12)) }

    /// Whether it is neither waiting nor finished.
    var moves: Bool { !finished && done > 0 }
  }

  /// The blobs of the image at work, in the order in which they were added.
  private(set) var rows: [Row] = []
  private var places: [Digest: Int] = [:]
  /// Bytes of everything so far, earlier images included.
  private(set) var done: UInt64 = 0
  /// Bytes of everything known so far.
  private(set) var total: UInt64 = 0
  private(set) var rate = TransferRate()
  private let start: UInt64
  private(set) var now: UInt64

  /// Nothing, at `now` nanoseconds.
  init(at now: UInt64) {
    start = now
    self.now = now
    rate.sample(at: now)
  }

  /// The seconds since the start.
  var elapsed: UInt64 { (now - start) / 1_000_000_000 }

  /// Takes the time.
  mutating func tick(at now: UInt64) {
    self.now = max(self.now, now)
    rate.sample(at: self.now)
  }

  /// Forgets the rows, for another image; totals go on.
  mutating func clear() {
    rows = []
    places = [:]
  }

  /// A blob that is to come; one already there stays as it is.
  mutating func add(_ id: Digest, size: UInt64, state: String, finished: Bool = false) -> Row? {
    guard places[id] == nil else { return nil }
    places[id] = rows.count
    let row = Row(id: id, size: size, state: state, finished: finished)
    rows.append(row)
    total &+= size
    return row
  }

  /// Moves by `bytes`, back where negative; `counted` ones make the rate.
  mutating func advance(_ id: Digest, by bytes: Int, counted: Bool) {
    guard let place = places[id] else { return }
    let before = rows[place].done
    let distance = UInt64(bytes.magnitude)
    let after = bytes < 0 ? before - min(before, distance) : before &+ distance
    rows[place].done = after
    done = done &- before &+ after
    if counted, bytes > 0 { rate.count(distance) }
    // More than was announced is for whoever verifies to refuse; the total stays sensible.
    if after > rows[place].size { resize(place, to: after) }
  }

  /// Another word; the row as it is now, nil where nothing changed.
  mutating func setState(_ id: Digest, _ state: String) -> Row? {
    guard let place = places[id], rows[place].state != state else { return nil }
    rows[place].state = state
    return rows[place]
  }

  /// Nothing more will come for it; the row as it is now, nil where it was finished before.
  mutating func finish(_ id: Digest, _ state: String) -> Row? {
    guard let place = places[id], !rows[place].finished else { return nil }
    rows[place].finished = true
    rows[place].state = state
    // What did not have to be moved is no part of the total.
    resize(place, to: rows[place].done)
    return rows[place]
  }

  /// Takes out the first finished row.
  mutating func removeFirstFinished() -> Row? {
    guard let place = rows.firstIndex(where: \.finished) else { return nil }
    let row = rows.remove(at: place)
    // Its place stays taken by nobody: a finished blob has nothing more to say.
    places = [:]
    for (place, row) in rows.enumerated() { places[row.id] = place }
    return row
  }

  private mutating func resize(_ place: Int, to size: UInt64) {
    total = total &- rows[place].size &+ size
    rows[place].size = size
  }
}
