import Glibc
import Overlay
import System

/// A hard link to a file that has not come yet.
struct WaitingLink {
  let entry: LayerEntry
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
  private struct Spot: Hashable {
    let parent: Place
    let name: FileName
  }

  /// Makes a hard link, at once where the layer has its target.
  func putLink(_ entry: LayerEntry, _ name: FileName, in parent: Place) throws(Failure) {
    let target = try LayerPath(entry.target)
    guard let last = target.names.last else { throw Self.nowhere(entry) }
    let targetName = try FileName(checked: last)
    if let place = try directory(target.names.dropLast(), .here), try isFile(targetName, in: place) {
      return try link(targetName, in: place, as: name, in: parent, entry)
    }
    if try status(of: name, in: check({ () throws(Errno) in try table.descriptor(parent) })) != nil {
      try remove(name, in: parent)
    }
    var kept = entry
    kept.attributes = []
    links.append(WaitingLink(entry: kept, name: name, parent: parent))
  }

  /// Whether the layer has a file of that name that can have others.
  private func isFile(_ name: FileName, in place: Place) throws(Failure) -> Bool {
    let descriptor = try check { () throws(Errno) in try table.descriptor(place) }
    guard let status = try status(of: name, in: descriptor) else { return false }
    if status.kind == .directory { throw Failure(.invalid, "", "a hard link to a directory") }
    return status.kind != .characterDevice || status.raw.st_rdev != 0
  }

  private func link(
    _ target: FileName, in place: Place, as name: FileName, in parent: Place, _ entry: LayerEntry
  ) throws(Failure) {
    if place == parent, target == name { return }
    let from = try check { () throws(Errno) in try table.descriptor(place) }
    try make(name, in: parent) { directory throws(Errno) in try from.link(target, as: name, in: directory) }
  }

  /// Makes the links that waited, those first to which others lead.
  func makeWaitingLinks() throws(Failure) {
    var spots: [Spot: Int] = [:]
    for (index, link) in links.enumerated() { spots[Spot(parent: link.parent, name: link.name)] = index }
    for index in links.indices {
      var stack = [index]
      while let top = stack.last {
        path = links[top].entry.path
        do throws(Failure) {
          if let next = try makeWaitingLink(top, spots) { stack.append(next) } else { stack.removeLast() }
        } catch { throw error.subject.isEmpty ? about(error) : error }
      }
    }
  }

  /// Makes a link, or gives the one that is to be made before it.
  private func makeWaitingLink(_ index: Int, _ spots: [Spot: Int]) throws(Failure) -> Int? {
    let waiting = links[index]
    if case .done = waiting.state { return nil }
    // Members that came later may have replaced it, or the directory it is in.
    guard try isFree(waiting) else {
      links[index].state = .done
      return nil
    }
    let target = try LayerPath(waiting.entry.target)
    guard let last = target.names.last, let place = try directory(target.names.dropLast(), .find) else {
      throw Self.nowhere(waiting.entry)
    }
    let targetName = try FileName(checked: last)
    if !(try isFile(targetName, in: place)) {
      if let next = spots[Spot(parent: place, name: targetName)], next != index,
        case .waiting = links[next].state
      {
        links[index].state = .begun
        return next
      }
      try copyUp(targetName, in: place, waiting.entry)
    }
    try link(targetName, in: place, as: waiting.name, in: waiting.parent, waiting.entry)
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
    return status.kind == .characterDevice && status.raw.st_rdev == 0
  }

  /// Copies a file from below, so that a link to it makes two names of one file.
  private func copyUp(_ name: FileName, in place: Place, _ entry: LayerEntry) throws(Failure) {
    let descriptor = try check { () throws(Errno) in try table.descriptor(place) }
    // A whiteout of the layer's own hides it.
    guard try status(of: name, in: descriptor) == nil, let lower = try lower(place),
      let found = try check({ () throws(Errno) in try lower.entry(name) })
    else { throw Self.nowhere(entry) }
    if found.status.kind == .directory { throw Failure(.invalid, "", "a hard link to a directory") }
    if found.status.kind == .regular { try spend(UInt64(clamping: found.status.raw.st_blocks) / 8 + 1) }
    var files = OverlayFileCopy()
    do throws(Failure) {
      guard try files.copy(found, of: lower, to: name, in: descriptor, subject: "") else {
        throw Errno(EPERM).failure("")
      }
    } catch { throw Self.ofOurs(error) }
  }

  private static func nowhere(_ entry: LayerEntry) -> Failure {
    let target = String(decoding: entry.target.prefix(LayerPath.longest), as: UTF8.self).oneLine
    return Failure(.invalid, "", "a hard link to \(target), which is not there")
  }
}
