import System

/// The files that layers make together: each as the topmost layer that has it says, without those that are whited out.
///
/// About a hundred bytes a name; whatever is in the layers, the time taken grows with the number of their members.
public struct LayerTree: Sendable {
  /// The most names, whited-out ones included.
  static let mostNames = 16_000_000
  /// The deepest directory: what a path of PATH_MAX bytes can reach.
  static let deepest = 2048

  /// A position in `nodes`; 0 is the root and, where a node is optional, none.
  typealias Place = UInt32

  /// A file, of which `nodes` may hold very many.
  struct Node {
    var parent: Place = 0
    var firstChild: Place = 0
    var nextSibling: Place = 0
    /// The parent's `identity` when this became its child.
    var key: UInt32 = 0
    /// What the children's `key` is; a new one is given to be rid of all children at once.
    var identity: UInt32 = 0
    var name = Text()
    var target = Text()
    /// For a device, its numbers.
    var size: UInt64 = 0
    var user: UInt64 = 0
    var group: UInt64 = 0
    var modified: Int64 = 0
    /// The layer whose member this is; 0 is the base.
    var layer: UInt32 = 0
    /// The last layer that has a member here or below.
    var touched: UInt32 = 0
    /// The last layer that removed what was below.
    var swept = UInt32.max
    var mode: UInt16 = 0o755
    var depth: UInt16 = 0
    var kind = LayerEntry.Kind.directory
    /// Whether no member says what this directory is: only what lies in it does.
    var isImplied = true
    var isGone = false
  }

  /// Bytes in `texts`.
  struct Text {
    var start: UInt32 = 0
    var count: UInt32 = 0
  }

  var nodes = [Node()]
  private var texts: [UInt8] = []
  /// Places by key and name: open addressing, a power of two.
  private var table = [Place](repeating: 0, count: 1024)
  private var filled = 0
  private var identities: UInt32 = 0
  /// The layer that is being added.
  var layer: UInt32 = 0

  /// No files.
  public init() {}

  /// Adds the layer whose members `next` gives, nil at the end, on top of those added before.
  ///
  /// - Throws: `invalid` where a member can't be a file's; what `next` throws.
  public mutating func addLayer(_ next: () throws(Failure) -> LayerEntry?) throws(Failure) {
    while let entry = try next() { try add(entry) }
    layer += 1
  }
}

extension LayerTree {
  func bytes(_ text: Text) -> ArraySlice<UInt8> { texts[Int(text.start)..<Int(text.start + text.count)] }

  mutating func store(_ bytes: some Collection<UInt8>) throws(Failure) -> Text {
    guard let start = UInt32(exactly: texts.count), Int(start) + bytes.count < Int(UInt32.max) else {
      throw Failure(.invalid, "", "more than 4 GiB of names")
    }
    texts.append(contentsOf: bytes)
    return Text(start: start, count: UInt32(bytes.count))
  }

  /// The child called `name`, whether it is gone or not.
  func child(_ name: ArraySlice<UInt8>, of parent: Place) -> Place? {
    let key = nodes[Int(parent)].identity
    var slot = slot(key, name)
    while table[slot] != 0 {
      let node = nodes[Int(table[slot])]
      if node.key == key, bytes(node.name).elementsEqual(name) { return table[slot] }
      slot = (slot + 1) & (table.count - 1)
    }
    return nil
  }

  /// The child called `name`, made where there is none: a directory that nothing is known of.
  mutating func makeChild(_ name: ArraySlice<UInt8>, of parent: Place) throws(Failure) -> Place {
    if let child = child(name, of: parent) { return child }
    guard nodes.count < Self.mostNames else {
      throw Failure(.invalid, "", "more than \(Self.mostNames) names")
    }
    guard nodes[Int(parent)].depth < Self.deepest else {
      throw Failure(.invalid, "", "directories are nested deeper than \(Self.deepest)")
    }
    var node = Node()
    node.name = try store(name)
    node.depth = nodes[Int(parent)].depth + 1
    node.identity = newIdentity()
    node.layer = layer
    node.touched = layer
    nodes.append(node)
    let place = Place(nodes.count - 1)
    attach(place, to: parent)
    return place
  }

  /// Every node may get one for each of the times it loses its children, which are fewer than members.
  mutating func newIdentity() -> UInt32 {
    identities &+= 1
    return identities
  }

  mutating func attach(_ place: Place, to parent: Place) {
    let index = Int(place)
    nodes[index].parent = parent
    nodes[index].key = nodes[Int(parent)].identity
    nodes[index].nextSibling = nodes[Int(parent)].firstChild
    nodes[Int(parent)].firstChild = place
    if filled * 2 >= table.count { growTable() } else { fill(place) }
  }

  private mutating func growTable() {
    table = [Place](repeating: 0, count: table.count * 2)
    filled = 0
    for place in 1..<nodes.count { fill(Place(place)) }
  }

  private mutating func fill(_ place: Place) {
    let node = nodes[Int(place)]
    var slot = slot(node.key, bytes(node.name))
    while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
    table[slot] = place
    filled += 1
  }

  /// By a keyed hash: a stranger chose the names.
  private func slot(_ key: UInt32, _ name: ArraySlice<UInt8>) -> Int {
    var hasher = Hasher()
    hasher.combine(key)
    name.withUnsafeBytes { hasher.combine(bytes: $0) }
    return hasher.finalize() & (table.count - 1)
  }
}
