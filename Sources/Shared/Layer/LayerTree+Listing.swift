extension LayerTree {
  /// A file of the tree.
  public struct File: Sendable, Equatable {
    /// What it is; its path has no `/` before or behind it, and that of the root is empty.
    public let entry: LayerEntry
    /// The number of the layer it comes from; 0 is the base.
    public let layer: Int
    /// Whether no layer has a member for this directory, but only for what lies in it.
    public let isImplied: Bool
  }

  /// Gives each file to `body`: directories before what is in them, names in the order of their bytes.
  public func forEach<Problem>(_ body: (File) throws(Problem) -> Void) throws(Problem) {
    var path: [UInt8] = []
    // Where the path of each place's parent ends.
    var pending: [(place: Place, end: Int)] = [(0, 0)]
    while let (place, end) = pending.popLast() {
      let node = nodes[Int(place)]
      path.removeSubrange(end...)
      if end > 0 { path.append(UInt8(ascii: "/")) }
      path += bytes(node.name)
      if place != 0 || !node.isImplied { try body(file(node, path)) }
      guard node.kind == .directory else { continue }
      for child in children(of: node).reversed() { pending.append((child, path.count)) }
    }
  }

  private func children(of node: Node) -> [Place] {
    var children: [Place] = []
    var next = node.firstChild
    while next != 0 {
      if !nodes[Int(next)].isGone { children.append(next) }
      next = nodes[Int(next)].nextSibling
    }
    return children.sorted {
      bytes(nodes[Int($0)].name).lexicographicallyPrecedes(bytes(nodes[Int($1)].name))
    }
  }

  private func file(_ node: Node, _ path: [UInt8]) -> File {
    var entry = LayerEntry(path: path, kind: node.kind)
    entry.target = Array(bytes(node.target))
    if node.kind == .characterDevice || node.kind == .blockDevice {
      entry.major = UInt32(truncatingIfNeeded: node.size >> 32)
      entry.minor = UInt32(truncatingIfNeeded: node.size)
    } else {
      entry.size = node.size
    }
    entry.mode = node.mode
    entry.user = node.user
    entry.group = node.group
    entry.modified = node.modified
    return File(entry: entry, layer: Int(node.layer), isImplied: node.isImplied)
  }
}
