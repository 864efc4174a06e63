import Archive
import System
import Verification

/// Where the members of an archive lie in a file: the archive itself, or a spool file.
final class ArchiveMembers {
  /// What a name stands for.
  enum Member {
    case file(offset: UInt64, size: UInt64)
    case link(to: String)
  }

  private let file: FileDescriptor
  private let name: String
  private var members: [String: Member] = [:]
  private var spooled: UInt64 = 0

  /// The most members that are remembered; an image has a few hundred.
  static let limit = 1_000_000

  /// Members of `file`, called `name` in errors.
  init(of file: FileDescriptor, name: String) {
    self.file = file
    self.name = name
  }

  /// Remembers that `entry` lies at `offset`.
  func add(_ entry: ArchiveEntry, at offset: UInt64) throws(Failure) {
    let path = try entry.memberName()
    switch entry.kind {
    case .regular: try add(path, .file(offset: offset, size: entry.size))
    case .hardlink(let target): try add(path, .link(to: try ArchiveEntry.memberName(target)))
    case .symlink(let target): try add(path, .link(to: try Self.resolve(target, from: path)))
    case .directory, .other: break
    }
  }

  private func add(_ path: String, _ member: Member) throws(Failure) {
    guard members.count < Self.limit else { throw Failure(.invalid, name, "more than \(Self.limit) members") }
    guard members.updateValue(member, forKey: path) == nil else {
      throw Failure(.invalid, name, "has two members \(path)")
    }
  }

  /// Copies what `entry` holds to the end of the file and remembers it.
  func spool(_ entry: ArchiveEntry, from reader: ArchiveReader) throws(Failure) {
    let start = spooled
    while let bytes = try reader.nextBytes() {
      do { try file.write(bytes, at: spooled) } catch {
        throw error.failure(name, doing: "spooling to $TMPDIR")
      }
      spooled += UInt64(bytes.count)
    }
    try add(entry, at: start)
  }

  /// Where the bytes of `path` are; nil if it is not there.
  ///
  /// - Parameter followLinks: whether a link is followed, inside the archive, or refused.
  func region(of path: String, followLinks: Bool = false) throws(Failure) -> (offset: UInt64, size: UInt64)? {
    var path = path
    for _ in 0..<8 {
      switch members[path] {
      case nil: return nil
      case .file(let offset, let size)?: return (offset, size)
      case .link(let target)?:
        guard followLinks else { throw Failure(.invalid, name, "\(path) is a link") }
        path = target
      }
    }
    throw Failure(.invalid, name, "\(path): too many links")
  }

  /// A reader of the bytes of `path`; nil if it is not there.
  func reader(of path: String, followLinks: Bool = false, from start: UInt64 = 0) throws(Failure)
    -> FileReader?
  {
    guard let region = try region(of: path, followLinks: followLinks) else { return nil }
    return FileReader(
      file, "\(name): \(path)", from: region.offset + min(start, region.size),
      to: region.offset + region.size, endsFile: false)
  }

  /// The bytes of `path`, at most `documentLimit`; nil if it is not there.
  func document(_ path: String, followLinks: Bool = false) throws(Failure) -> [UInt8]? {
    guard let region = try region(of: path, followLinks: followLinks) else { return nil }
    guard region.size <= documentLimit else {
      throw Failure(.invalid, name, "\(path): \(region.size) bytes are too many")
    }
    var bytes: [UInt8] = []
    if let reader = try reader(of: path, followLinks: followLinks) {
      while let piece = try reader.next() { bytes.append(contentsOf: piece) }
    }
    guard bytes.count == region.size else { throw Failure(.invalid, name, "\(path): ends too early") }
    return bytes
  }

  /// The member that the symbolic link at `path` points to; the target stays inside the archive.
  private static func resolve(_ target: String, from path: String) throws(Failure) -> String {
    var parts = path.split(separator: "/").dropLast().map(String.init)
    guard !target.hasPrefix("/") else { throw Failure(.invalid, path, "links to an absolute path") }
    for part in target.split(separator: "/") where part != "." {
      if part == ".." {
        guard parts.popLast() != nil else { throw Failure(.invalid, path, "links out of the archive") }
      } else {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }
}

extension ArchiveEntry {
  /// The entry's name without `./` before and `/` behind it.
  ///
  /// - Throws: `invalid` where it is absolute, empty or leaves the archive through `..`.
  func memberName() throws(Failure) -> String { try Self.memberName(path) }

  static func memberName(_ path: String) throws(Failure) -> String {
    guard !path.hasPrefix("/") else { throw Failure(.invalid, "", "member \(path): the name is absolute") }
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard !parts.contains("..") else {
      throw Failure(.invalid, "", "member \(path): the name leaves the archive")
    }
    return parts.joined(separator: "/")
  }
}
