import Archive
import Layout
import System
import Verification

/// Where the members of an archive lie: in the archive itself, in a spool file, or staged in a layout.
///
/// Filled by one thread; then read by any number.
final class ArchiveMembers: @unchecked Sendable {
  /// What a name stands for.
  enum Member {
    case region(Region)
    case staged(StagedBlob)
    case link(to: String)
  }

  /// A part of a file.
  struct Region: Hashable {
    let start: UInt64
    let size: UInt64
  }

  /// Members at least this large are staged one by one, where there is a layout to stage them in.
  private static let worthStaging: UInt64 = 256 << 10
  /// The most members that are remembered, and bytes of their names; an image has a few hundred.
  static let limit = 100_000
  private static let namesLimit = 16 << 20

  private let name: String
  private let spool: Spool
  /// The archive itself; nil where its members are spooled.
  private let archive: FileDescriptor?
  private var spoolFile: FileDescriptor?
  private var spooled: UInt64 = 0
  private var members: [String: Member] = [:]
  private var namesCount = 0
  /// The directory of the archive that paths are below, with a slash behind it; empty: the archive itself.
  var root = ""

  /// Members of the archive called `name`.
  ///
  /// - Parameter archive: where they can be read again; nil: they pass, and are spooled.
  init(name: String, archive: FileDescriptor?, spool: Spool) {
    self.name = name
    self.archive = archive
    self.spool = spool
  }

  /// Takes up the member at which `reader` stands.
  func take(_ entry: ArchiveEntry, from reader: ArchiveReader) throws(Failure) {
    let path = try named(name) { () throws(Failure) in try entry.memberName() }
    let member: Member
    switch entry.kind {
    case .directory, .other: return
    case .hardlink(let target):
      member = .link(to: try named(name) { () throws(Failure) in try ArchiveEntry.memberName(target) })
    case .symlink(let target):
      member = .link(to: try named(name) { () throws(Failure) in try Self.resolve(target, from: path) })
    case .regular:
      if archive != nil, let offset = entry.dataOffset {
        member = .region(Region(start: offset, size: entry.size))
      } else {
        member = try keep(entry, from: reader)
      }
    }
    namesCount += path.utf8.count
    if case .link(let target) = member { namesCount += target.utf8.count }
    guard members.count < Self.limit, namesCount <= Self.namesLimit else {
      throw Failure(.invalid, name, "more than \(Self.limit) members, or endless names")
    }
    guard members.updateValue(member, forKey: path) == nil else {
      throw Failure(.invalid, name, "has two members \(path.oneLine)")
    }
  }

  private func keep(_ entry: ArchiveEntry, from reader: ArchiveReader) throws(Failure) -> Member {
    let body = MemberReader(entry, of: reader, name: name)
    if case .layout(let layout) = spool, entry.size >= Self.worthStaging, layout.canStage {
      return .staged(try layout.stage(UnverifiedBytes(body), expecting: entry.size))
    }
    let file: FileDescriptor
    if let spoolFile {
      file = spoolFile
    } else {
      file = try spool.file()
      spoolFile = file
    }
    let start = spooled
    while let bytes = try body.next() {
      do { try file.write(bytes, at: spooled) } catch { throw spool.failure(error) }
      spooled += UInt64(bytes.count)
    }
    return .region(Region(start: start, size: spooled - start))
  }

  /// What `path` stands for, links followed inside the archive; nil if it is not there.
  func member(_ path: String, followLinks: Bool) throws(Failure) -> Member? {
    var path = root + path
    for _ in 0..<8 {
      guard case .link(let target)? = members[path] else { return members[path] }
      guard followLinks else { throw Failure(.invalid, name, "\(path.oneLine) is a link") }
      path = target
    }
    throw Failure(.invalid, name, "\(path.oneLine): too many links")
  }

  /// The directory nearest to the archive's own that holds one of `names`.
  ///
  /// - Throws: `invalid` where there are several layouts: one of them would be lost.
  func directory(of names: Set<String>) throws(Failure) -> String {
    var best: Substring?
    var layout: Substring?
    for path in members.keys {
      let (directory, base) = ArchiveEntry.split(path)
      guard names.contains(String(base)) else { continue }
      if base == "oci-layout" {
        if let layout { throw ArchiveEntry.severalLayouts(name, [layout, directory]) }
        layout = directory
      }
      if best.map({ (directory.utf8.count, directory) < ($0.utf8.count, $0) }) ?? true { best = directory }
    }
    return String(layout ?? best ?? "")
  }

  /// A reader of the bytes of `member` from `offset` on, called `path` in errors.
  func reader(of member: Member, _ path: String, from offset: UInt64 = 0) throws(Failure) -> FileReader {
    let file: FileDescriptor?
    let region: Region
    switch member {
    case .region(let part): (file, region) = (archive ?? spoolFile, part)
    case .staged(let blob): (file, region) = (blob.file, Region(start: 0, size: blob.size))
    case .link: throw Failure(.invalid, name, "\(path) is a link")
    }
    guard let file else { throw Failure(.invalid, name, "\(path) is not there") }
    return FileReader(
      file, "\(name): \(path)", from: region.start + min(offset, region.size), to: region.start + region.size,
      endsFile: false)
  }

  /// The bytes of `path`, at most `documentLimit`; nil if it is not there.
  func document(_ path: String, followLinks: Bool = false) throws(Failure) -> [UInt8]? {
    guard let member = try member(path, followLinks: followLinks) else { return nil }
    let size =
      switch member {
      case .region(let region): region.size
      case .staged(let blob): blob.size
      case .link: UInt64(0)
      }
    guard size <= documentLimit else {
      throw Failure(.invalid, name, "\(path): \(size) bytes are too many")
    }
    let reader = try reader(of: member, path)
    var bytes: [UInt8] = []
    while let piece = try reader.next() { bytes.append(contentsOf: piece) }
    guard bytes.count == size else { throw Failure(.invalid, name, "\(path): ends too early") }
    return bytes
  }

  /// The member that the symbolic link at `path` points to; the target stays inside the archive.
  private static func resolve(_ target: String, from path: String) throws(Failure) -> String {
    guard !target.hasPrefix("/") else {
      throw Failure(.invalid, "", "\(path.oneLine) links to an absolute path")
    }
    var parts = path.split(separator: "/").dropLast().map(String.init)
    for part in target.split(separator: "/") where part != "." {
      if part == ".." {
        guard parts.popLast() != nil else {
          throw Failure(.invalid, "", "\(path.oneLine) links out of the archive")
        }
      } else {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }
}

extension ArchiveEntry {
  /// A path's directory with its slash, and what follows.
  static func split(_ path: String) -> (directory: Substring, base: Substring) {
    let end = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    return (path[..<end], path[end...])
  }

  static func severalLayouts(_ name: String, _ directories: [Substring]) -> Failure {
    let list = directories.sorted().map { $0.isEmpty ? "./" : String($0).oneLine }.joined(separator: ", ")
    return Failure(.invalid, name, "holds several layouts (\(list)); unpack it and name one of them")
  }

  /// The entry's name without `./` before and `/` behind it.
  ///
  /// - Throws: `invalid` where it is absolute or leaves the archive through `..`.
  func memberName() throws(Failure) -> String { try Self.memberName(path) }

  static func memberName(_ path: String) throws(Failure) -> String {
    guard !path.hasPrefix("/") else {
      throw Failure(.invalid, "", "member \(path.oneLine): the name is absolute")
    }
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard !parts.contains("..") else {
      throw Failure(.invalid, "", "member \(path.oneLine): the name leaves the archive")
    }
    return parts.joined(separator: "/")
  }
}
