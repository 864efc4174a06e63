import Glibc
import System

/// A directory of the layer that is being unpacked, and what it is to become once nothing is put into it any more.
struct LayerDirectory {
  let parent: DirectoryTable.Place
  let name: FileName
  /// The length of its path.
  let length: Int
  var look = Look()
  /// Whether no member says what it is: only what lies in it does.
  var isImplied = true
  /// Whether it hides what is below it.
  var isOpaque = false
  /// Whether it is another one than the directory below, which it replaces.
  var isAnew = false
  var isGone = false
  /// Whether a path of the layer led on by way of a link that is below it, here or further down.
  var hasFollowed = false

  /// Owner, permissions, time and attributes.
  struct Look {
    var mode: UInt16 = 0o755
    var user: UInt32 = 0
    var group: UInt32 = 0
    var modified: Int64 = 0
    var nanoseconds: UInt32 = 0
    var attributes: [ExtendedAttribute] = []
  }
}

/// A name in a directory of the layer that is being unpacked.
struct LayerSpot: Hashable {
  let parent: DirectoryTable.Place
  let name: FileName
}

/// The directories of the layer that is being unpacked, and a few of them open.
///
/// As only the unpacker writes in there, what is not in here is no directory.
struct DirectoryTable {
  /// A position in `directories`; 0 is the root.
  typealias Place = Int
  /// Open directories: a layer needs few at a time, and several layers are unpacked at once.
  private static let slots = 64

  /// All that were made, parents before what is in them.
  var directories = [LayerDirectory(parent: 0, name: FileName(""), length: 0)]
  private var places: [LayerSpot: Place] = [:]
  private let root: FileDescriptor
  private var open: [(place: Place, descriptor: FileDescriptor)?]

  /// A tree of which there is only the root.
  init(_ root: FileDescriptor) {
    self.root = root
    open = Array(repeating: nil, count: Self.slots)
  }

  subscript(place: Place) -> LayerDirectory {
    get { directories[place] }
    set { directories[place] = newValue }
  }

  /// The directory `name` in another one; nil where there is none.
  func child(_ name: FileName, of parent: Place) -> Place? { places[LayerSpot(parent: parent, name: name)] }

  /// Takes up a directory that was made.
  mutating func add(_ name: FileName, to parent: Place, length: Int) -> Place {
    directories.append(LayerDirectory(parent: parent, name: name, length: length))
    places[LayerSpot(parent: parent, name: name)] = directories.count - 1
    return directories.count - 1
  }

  /// Forgets a directory that was removed; what was in it is not found any more either.
  mutating func remove(_ place: Place) {
    let directory = directories[place]
    directories[place].isGone = true
    places[LayerSpot(parent: directory.parent, name: directory.name)] = nil
  }

  /// The path of a directory, for messages.
  func path(_ place: Place) -> [UInt8] {
    var names: [[UInt8]] = []
    var place = place
    while place != 0 {
      names.append(directories[place].name.bytes)
      place = directories[place].parent
    }
    return Array(names.reversed().joined(separator: [UInt8(ascii: "/")]))
  }

  /// The directory, opened.
  mutating func descriptor(_ place: Place) throws(Errno) -> FileDescriptor {
    if place == 0 { return root }
    let slot = place % Self.slots
    if let entry = open[slot], entry.place == place { return entry.descriptor }
    var names: [FileName] = []
    var ancestor = place
    var start = root
    while ancestor != 0 {
      if let entry = open[ancestor % Self.slots], entry.place == ancestor {
        start = entry.descriptor
        break
      }
      names.append(directories[ancestor].name)
      ancestor = directories[ancestor].parent
    }
    let path = Array(names.reversed().map(\.bytes).joined(separator: [UInt8(ascii: "/")]))
    guard let path = FileName(path) else { preconditionFailure("a zero in a name") }
    let descriptor = try start.open(beneath: path, O_RDONLY | O_DIRECTORY)
    open[slot] = (place, descriptor)
    return descriptor
  }
}
