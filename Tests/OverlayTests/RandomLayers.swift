import Glibc
import System
import TestSupport

@testable import Overlay

/// Directory trees with all of overlayfs's marks, the same for the same seed.
struct RandomLayers {
  private var state: UInt64
  let names: [FileName] = ["a", "b", "c", "d", "e"].map { FileName($0) } + [FileName([0x66, 0xff])!]

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func below(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state >> 33) % limit
  }

  /// Fills the root of a layer.
  mutating func fill(_ directory: FileDescriptor, depth: Int = 0, marked: Bool = false) throws {
    for name in names where below(3) > 0 {
      switch below(10) {
      case 0: try directory.makeNode(name, mode: S_IFCHR, device: 0)
      case 1: try directory.makeSymlink(name, to: FileName("a"))
      case 2:
        let file = try directory.open(name, O_CREAT | O_WRONLY, mode: 0o644)
        try file.write([UInt8(below(256))])
      case 3:
        let file = try directory.open(name, O_CREAT | O_WRONLY, mode: 0o600)
        if marked, below(2) == 0 {
          try file.setExtendedAttribute(FileName("trusted.overlay.whiteout"), to: [])
        }
      case 4: try directory.makeNode(name, mode: S_IFIFO | 0o640)
      default:
        guard depth < 3 else { continue }
        try directory.makeDirectory(name, mode: 0o700 + mode_t(below(64)))
        let made = try directory.open(name, O_RDONLY | O_DIRECTORY)
        let isMarked = try mark(made)
        try fill(made, depth: depth + 1, marked: isMarked)
      }
    }
  }

  /// Marks a directory; whether files in it may be whiteouts.
  private mutating func mark(_ directory: FileDescriptor) throws -> Bool {
    switch below(6) {
    case 0: try directory.setExtendedAttribute(FileName("trusted.overlay.opaque"), to: Array("y".utf8))
    case 1:
      try directory.setExtendedAttribute(FileName("trusted.overlay.opaque"), to: Array("x".utf8))
      return true
    case 2:
      try directory.setExtendedAttribute(FileName("trusted.overlay.redirect"), to: names[below(5)].bytes)
    case 3:
      let path = (0...below(3)).map { _ in "/" + names[below(5)].description }.joined()
      try directory.setExtendedAttribute(FileName("trusted.overlay.redirect"), to: Array(path.utf8))
    default: break
    }
    return false
  }
}

/// What is in a tree: by path what each file is.
func tree(_ directory: FileDescriptor, _ path: String = "") throws -> [String: String] {
  var all: [String: String] = [:]
  for name in try directory.listing().map(\.name) {
    // A directory that does not merge with another shows its whiteouts, which nobody can reach.
    guard let status = try? directory.status(of: name) else { continue }
    let here = path + "/" + shown(name)
    all[here] = try described(name, in: directory, status) { try directory.open(name, O_RDONLY) }
    if status.kind == .directory {
      try all.merge(tree(directory.open(name, O_RDONLY | O_DIRECTORY), here)) { one, _ in one }
    }
  }
  return all
}

/// The same of a merged tree.
func tree(_ directory: OverlayDirectory, _ path: String = "") throws -> [String: String] {
  var all: [String: String] = [:]
  for name in try directory.names() {
    let here = path + "/" + shown(name)
    guard let entry = try directory.entry(name) else {
      all[here] = "listed, but not there"
      continue
    }
    all[here] = try described(entry.name, in: entry.place, entry.status) { try directory.open(entry) }
    if let below = try directory.directory(name) { try all.merge(tree(below, here)) { one, _ in one } }
  }
  return all
}

func shown(_ name: FileName) -> String {
  String(decoding: name.bytes.map { $0 < 128 ? $0 : 0x3f }, as: UTF8.self)
}

private func described(
  _ name: FileName, in place: FileDescriptor, _ status: FileStatus, _ open: () throws -> FileDescriptor
) throws -> String {
  var text = String(status.raw.st_mode, radix: 8) + " \(status.raw.st_uid):\(status.raw.st_gid)"
  switch status.kind {
  case .regular: text += " \(try open().readToEnd(limit: .max))"
  case .symlink: text += " -> \(try place.target(of: name))"
  default: break
  }
  return text
}
