import System

/// The way down to a directory: however long it is, only the last directories on it are open.
///
/// The others are opened again, from the root on, where the way leads back to them.
public struct OpenWay<Directory> {
  /// How many stay open beside the root.
  private static var limit: Int { 32 }

  /// The names by which it leads.
  private var names: [FileName] = []
  /// The root, and what is under each name; nil where it is not open.
  private var places: [Directory?]
  private let down: (FileName, Directory) throws(Failure) -> Directory?

  /// A way that does not lead away from `root` yet; `down` opens what is under a name.
  public init(_ root: Directory, _ down: @escaping (FileName, Directory) throws(Failure) -> Directory?) {
    places = [root]
    self.down = down
  }

  /// Goes on to `directory`, which is called `name`.
  public mutating func enter(_ name: FileName, _ directory: Directory) {
    names.append(name)
    places.append(directory)
    let far = places.count - 1 - Self.limit
    if far > 0 { places[far] = nil }
  }

  /// Goes back by one; stays at the root.
  public mutating func leave() {
    guard names.popLast() != nil else { return }
    places.removeLast()
  }

  /// The directory that it leads to.
  ///
  /// - Throws: `failed` where it is not there any more.
  public mutating func last() throws(Failure) -> Directory {
    let end = places.count - 1
    guard var index = places.lastIndex(where: { $0 != nil }), var place = places[index] else {
      preconditionFailure("without a root")
    }
    while index < end {
      guard let below = try down(names[index], place) else {
        throw Failure(.failed, names[index].description.oneLine, "the directory changed while it was read")
      }
      (index, place) = (index + 1, below)
      // Half of them, so that it is not all to be done again at the next step back.
      if index > end - Self.limit / 2 { places[index] = below }
    }
    return place
  }
}
