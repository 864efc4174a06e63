import System

// How a layer's members change the tree. Their order among themselves does not matter to what they hide: nodes know
// the layer they are of, and a whiteout only ever removes what is of a lower one (image-spec, layer.md).

extension LayerTree {
  private static let slash = UInt8(ascii: "/")
  private static let longestPath = 4096
  /// As many links as the kernel follows in one path (path_resolution(7)).
  private static let mostLinks = 40

  /// Adds a member of the layer under way.
  mutating func add(_ entry: LayerEntry) throws(Failure) {
    guard entry.path.count <= Self.longestPath else {
      throw Failure(.invalid, "", "a name of \(entry.path.count) bytes; no path may be so long")
    }
    let parts = entry.path.split(separator: Self.slash).filter { !$0.elementsEqual(".".utf8) }
    guard let last = parts.last else {
      guard entry.kind == .directory else { throw Failure(.invalid, "", "a member without a name") }
      return try describe(0, entry)
    }
    switch try Whiteout(last, in: parts.dropLast()) {
    case .none:
      let parent = try makeDirectory(parts.dropLast())
      try put(entry, at: try makeChild(last, of: parent))
    case .removes(let name):
      if let parent = directory(parts.dropLast()), let child = child(name, of: parent) { whiteOut(child) }
    case .opaque:
      if let parent = directory(parts.dropLast()) { sweep(parent) }
    case .ignored, .linkTarget: break
    }
  }

  private mutating func put(_ entry: LayerEntry, at place: Place) throws(Failure) {
    let node = nodes[Int(place)]
    // Only a directory upon a directory leaves what is in it.
    if node.isGone || entry.kind != .directory || node.kind != .directory { dropChildren(of: place) }
    try describe(place, entry)
  }

  private mutating func describe(_ place: Place, _ entry: LayerEntry) throws(Failure) {
    let target = entry.target.isEmpty ? Text() : try store(entry.target)
    let isDevice = entry.kind == .characterDevice || entry.kind == .blockDevice
    let index = Int(place)
    nodes[index].target = target
    nodes[index].size = isDevice ? UInt64(entry.major) << 32 | UInt64(entry.minor) : entry.size
    nodes[index].user = entry.user
    nodes[index].group = entry.group
    nodes[index].modified = entry.modified
    nodes[index].mode = entry.mode
    nodes[index].kind = entry.kind
    nodes[index].layer = layer
    nodes[index].touched = layer
    nodes[index].isImplied = false
    nodes[index].isGone = false
  }

  /// Makes a node what nothing is known of: a directory in which something of this layer lies.
  private mutating func imply(_ place: Place) {
    var node = Node()
    let old = nodes[Int(place)]
    (node.parent, node.firstChild, node.nextSibling) = (old.parent, old.firstChild, old.nextSibling)
    (node.key, node.identity, node.name) = (old.key, old.identity, old.name)
    (node.swept, node.depth) = (old.swept, old.depth)
    node.layer = layer
    node.touched = layer
    nodes[Int(place)] = node
  }

  private mutating func dropChildren(of place: Place) {
    guard nodes[Int(place)].firstChild != 0 else { return }
    nodes[Int(place)].firstChild = 0
    nodes[Int(place)].identity = newIdentity()
  }
}

extension LayerTree {
  /// Removes what lower layers have here and below.
  private mutating func whiteOut(_ place: Place) {
    let node = nodes[Int(place)]
    if node.isGone { return }
    if node.touched < layer {
      dropChildren(of: place)
      nodes[Int(place)].isGone = true
      return
    }
    sweep(place)
    if node.layer < layer { imply(place) }
  }

  /// Removes what lower layers have below here.
  ///
  /// A node that is removed is never looked at again, one that stays once a layer.
  private mutating func sweep(_ place: Place) {
    var places = [place]
    while let place = places.popLast() {
      let node = nodes[Int(place)]
      guard node.kind == .directory, node.swept != layer else { continue }
      dropChildren(of: place)
      nodes[Int(place)].swept = layer
      var next = node.firstChild
      while next != 0 {
        let child = nodes[Int(next)]
        if child.touched == layer, !child.isGone {
          attach(next, to: place)
          places.append(next)
          if child.layer < layer { imply(next) }
        }
        next = child.nextSibling
      }
    }
  }
}

extension LayerTree {
  /// The directory at `path`, links in it followed as the kernel does inside the image; nil where there is none.
  private func directory(_ path: ArraySlice<ArraySlice<UInt8>>) -> Place? {
    var place: Place = 0
    var rest = Array(path.reversed())
    var links = 0
    while let name = rest.popLast() {
      guard let child = child(name, of: place), !nodes[Int(child)].isGone else { return nil }
      switch nodes[Int(child)].kind {
      case .directory: place = child
      case .symlink where links < Self.mostLinks:
        links += 1
        place = start(ofLink: child, &rest)
      default: return nil
      }
    }
    return place
  }

  /// The directory at `path`, made where there is none; other files on the way make way for it.
  private mutating func makeDirectory(_ path: ArraySlice<ArraySlice<UInt8>>) throws(Failure) -> Place {
    var place: Place = 0
    var rest = Array(path.reversed())
    var links = 0
    nodes[0].touched = layer
    while let name = rest.popLast() {
      let child = try makeChild(name, of: place)
      let node = nodes[Int(child)]
      if node.kind == .symlink, !node.isGone, links < Self.mostLinks {
        links += 1
        place = start(ofLink: child, &rest)
        touch(place)
        continue
      }
      if node.isGone || node.kind != .directory {
        dropChildren(of: child)
        imply(child)
      }
      nodes[Int(child)].touched = layer
      place = child
    }
    return place
  }

  /// Where the target of a link begins; its components come before the `rest` of the path, which is reversed.
  private func start(ofLink link: Place, _ rest: inout [ArraySlice<UInt8>]) -> Place {
    // A copy: a slice would have all names copied when the next one is stored.
    let target = Array(bytes(nodes[Int(link)].target))
    var place = target.first == Self.slash ? 0 : nodes[Int(link)].parent
    var parts: [ArraySlice<UInt8>] = []
    for part in target.split(separator: Self.slash) where !part.elementsEqual(".".utf8) {
      if !part.elementsEqual("..".utf8) {
        parts.append(part)
      } else if parts.popLast() == nil {
        place = nodes[Int(place)].parent
      }
    }
    rest += parts.reversed()
    return place
  }

  /// Something of this layer lies below.
  private mutating func touch(_ place: Place) {
    var place = place
    while place != 0, nodes[Int(place)].touched != layer {
      nodes[Int(place)].touched = layer
      place = nodes[Int(place)].parent
    }
  }
}
