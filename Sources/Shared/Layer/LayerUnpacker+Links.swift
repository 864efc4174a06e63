import Glibc
import Overlay
import System

/// A hard link to a file that has not come yet.
struct WaitingLink {
  let path: [UInt8]
  let target: [UInt8]
  let name: FileName
  let parent: DirectoryTable.Place
  var state = State.waiting

  enum State {
    case waiting
    case begun
    case done
  }
}

extension LayerUnpacker {
  /// Makes a hard link, at once where the layer has its target.
  func putLink(_ entry: LayerEntry, _ name: FileName, in parent: Place) throws(Failure) {
    let target = try LayerPath(entry.target)
    guard let last = target.names.last else { throw Self.nowhere(entry.target) }
    let targetName = try FileName(checked: last)
    if let place = try directory(target.names.dropLast(), .here), try isFile(targetName, in: place) {
      return try link(targetName, in: place, as: name, in: parent)
    }
    if try status(of: name, in: check({ () throws(Errno) in try table.descriptor(parent) })) != nil {
      try remove(name, in: parent)
    }
    try hold(entry.path.count + entry.target.count + name.count + 200)
    links.append(WaitingLink(path: entry.path, target: entry.target, name: name, parent: parent))
  }

  /// The directory of AUFS's link targets.
  private static let linkTargets = FileName(Whiteout.linkTargets.description)

  /// Keeps a file for AUFS's hard links, as Docker does: those are all the names that the image has for it.
  func putLinkTarget(_ entry: LayerEntry, _ name: FileName, _ body: LayerReader) throws(Failure) {
    guard entry.kind == .regular else { return }
    var place = table.child(Self.linkTargets, of: 0)
    if place == nil { place = try makeDirectory(Self.linkTargets, in: 0) }
    if let place { try putFile(entry, name, in: place, body) }
  }

  /// Removes AUFS's link targets; the names that were linked to them stay.
  func removeLinkTargets() throws(Failure) {
    if table.child(Self.linkTargets, of: 0) != nil { try remove(Self.linkTargets, in: 0) }
  }

  /// Whether the layer has a file of that name that can have others.
  private func isFile(_ name: FileName, in place: Place) throws(Failure) -> Bool {
    let descriptor = try check { () throws(Errno) in try table.descriptor(place) }
    guard let status = try status(of: name, in: descriptor) else { return false }
    if status.kind == .directory { throw Failure(.invalid, "", "a hard link to a directory") }
    return !status.isWhiteout
  }

  private func link(
    _ target: FileName, in place: Place, as name: FileName, in parent: Place
  ) throws(Failure) {
    if place == parent, target == name { return }
    let from = try check { () throws(Errno) in try table.descriptor(place) }
    try make(name, in: parent) { directory throws(Errno) in try from.link(target, as: name, in: directory) }
  }

  /// Makes the links that waited, those first to which others lead.
  func makeWaitingLinks() throws(Failure) {
    var spots: [LayerSpot: Int] = [:]
    for (index, link) in links.enumerated() { spots[LayerSpot(parent: link.parent, name: link.name)] = index }
    var copies: [LayerSpot: LayerSpot] = [:]
    for index in links.indices {
      var stack = [index]
      while let top = stack.last {
        path = links[top].path
        do throws(Failure) {
          if let next = try makeWaitingLink(top, spots, &copies) {
            stack.append(next)
          } else {
            stack.removeLast()
          }
        } catch { throw error.subject.isEmpty ? about(error) : error }
      }
    }
  }

  /// Makes a link, or gives the one that is to be made before it.
  ///
  /// - Parameter copies: where files lie that were copied from below, by the name that links say.
  private func makeWaitingLink(
    _ index: Int, _ spots: [LayerSpot: Int], _ copies: inout [LayerSpot: LayerSpot]
  ) throws(Failure) -> Int? {
    let waiting = links[index]
    if case .done = waiting.state { return nil }
    // Members that came later may have replaced it, or the directory it is in.
    guard try isFree(waiting) else {
      links[index].state = .done
      return nil
    }
    let names = try LayerPath(waiting.target).names
    guard let last = names.last, let place = try directory(names.dropLast(), .find) else {
      throw Self.nowhere(waiting.target)
    }
    let target = LayerSpot(parent: place, name: try FileName(checked: last))
    let isThere = try isFile(target.name, in: place)
    if !isThere, let next = spots[target], next != index, case .waiting = links[next].state {
      links[index].state = .begun
      return next
    }
    // What came after the link is not what it leads to where something of that name is below.
    let mayLeadBelow = !isThere || (spots[target] ?? .max) > index
    if mayLeadBelow, copies[target] == nil, let (entry, lower) = try below(target) {
      let spot = isThere ? LayerSpot(parent: waiting.parent, name: waiting.name) : target
      try copyUp(entry, of: lower, to: spot)
      copies[target] = spot
    }
    guard let source = (mayLeadBelow ? copies[target] : nil) ?? (isThere ? target : nil) else {
      throw Self.nowhere(waiting.target)
    }
    try link(source.name, in: source.parent, as: waiting.name, in: waiting.parent)
    links[index].state = .done
    return nil
  }

  private func isFree(_ waiting: WaitingLink) throws(Failure) -> Bool {
    var place = waiting.parent
    while place != 0 {
      if table[place].isGone { return false }
      place = table[place].parent
    }
    let descriptor = try check { () throws(Errno) in try table.descriptor(waiting.parent) }
    guard let status = try status(of: waiting.name, in: descriptor) else { return true }
    return status.isWhiteout
  }

  /// The file that is below under a name for which a link has waited; nil where none is, or a whiteout hides it.
  private func below(_ spot: LayerSpot) throws(Failure) -> (OverlayEntry, OverlayDirectory)? {
    let descriptor = try check { () throws(Errno) in try table.descriptor(spot.parent) }
    if let status = try status(of: spot.name, in: descriptor), status.isWhiteout { return nil }
    guard let lower = try lower(spot.parent),
      let found = try check({ () throws(Errno) in try lower.entry(spot.name) })
    else { return nil }
    if found.status.kind == .directory { throw Failure(.invalid, "", "a hard link to a directory") }
    return (found, lower)
  }

  /// Copies a file from below, so that links to it make several names of one file.
  ///
  /// Further names that it has below stay names of the file there, as where overlayfs copies up.
  private func copyUp(
    _ found: OverlayEntry, of lower: OverlayDirectory, to spot: LayerSpot
  ) throws(Failure) {
    let descriptor = try check { () throws(Errno) in try table.descriptor(spot.parent) }
    if try status(of: spot.name, in: descriptor) != nil { try remove(spot.name, in: spot.parent) }
    if found.status.kind == .regular { try spend(UInt64(clamping: found.status.raw.st_blocks) / 8 + 1) }
    var files = OverlayFileCopy()
    do throws(Failure) {
      guard try files.copy(found, of: lower, to: spot.name, in: descriptor, subject: "") else {
        throw Errno(EPERM).failure("")
      }
    } catch { throw Self.ofOurs(error) }
  }

  private static func nowhere(_ target: [UInt8]) -> Failure {
    let target = String(decoding: target.prefix(LayerPath.longest), as: UTF8.self).oneLine
    return Failure(.invalid, "", "a hard link to \(target), which is not there")
  }
}
