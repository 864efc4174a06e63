import Glibc
import Image
import System

/// What a COPY copied, file by file, so that it can be said what is different the next time.
struct ContentListing: Sendable {
  /// A file, by its path as it is to be shown.
  struct Entry: Hashable, Sendable {
    var path: [UInt8]
    /// The beginning of a digest of all that counts of it.
    var mark: UInt64
  }

  /// The most files of which it is kept.
  static let most = 20_000
  private static let magic = "ociutils contents 1\n"
  /// The largest document, bytes.
  static let sizeLimit = 8 << 20

  /// The files in the order of their paths.
  private let entries: [Entry]
  /// Whether there were more.
  private let isCut: Bool

  /// The listing of all that was copied.
  ///
  /// - Parameter files: each path and the digest of what counts of it, in any order.
  init(_ files: [(path: [UInt8], digest: Digest)]) {
    let sorted = files.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    isCut = sorted.count > Self.most
    entries = sorted.prefix(Self.most).map {
      Entry(path: $0.path, mark: UInt64($0.digest.hex.prefix(16), radix: 16) ?? 0)
    }
  }

  /// What is the first difference of `later` to this: `src/main.c changed`; nil where none is known.
  func difference(to later: ContentListing) -> String? {
    var (one, other) = (entries[...], later.entries[...])
    func said(_ entry: Entry, _ what: String) -> String {
      "\(String(decoding: entry.path, as: UTF8.self).oneLine) \(what)"
    }
    while let old = one.first, let new = other.first {
      if old.path == new.path {
        if old.mark != new.mark { return said(new, "changed") }
        one.removeFirst()
        other.removeFirst()
      } else {
        return old.path.lexicographicallyPrecedes(new.path) ? said(old, "is gone") : said(new, "is new")
      }
    }
    // Behind the end of a listing that was cut nothing is known.
    if let old = one.first { return later.isCut ? nil : said(old, "is gone") }
    if let new = other.first { return isCut ? nil : said(new, "is new") }
    return nil
  }
}

extension ContentListing {
  /// The listing as bytes: a line says whether it was cut, then come mark and path of each, ended by a zero.
  var document: [UInt8] {
    var bytes = Array("\(Self.magic)\(isCut ? "cut" : "whole")\n".utf8)
    for entry in entries {
      bytes += "\(String(entry.mark, radix: 16)) ".utf8
      bytes += entry.path
      bytes.append(0)
    }
    return bytes
  }

  /// The listing that a document is; nil where it is damaged.
  init?(_ document: [UInt8]) {
    guard document.starts(with: Self.magic.utf8) else { return nil }
    let rest = document.dropFirst(Self.magic.utf8.count)
    guard let line = rest.firstIndex(of: 0x0a), rest.last == 0 || rest.last == 0x0a else { return nil }
    let word = String(decoding: rest[..<line], as: UTF8.self)
    guard ["cut", "whole"].contains(word) else { return nil }
    isCut = word == "cut"
    var entries: [Entry] = []
    for part in rest[(line + 1)...].split(separator: 0) {
      guard let space = part.firstIndex(of: 0x20),
        let mark = UInt64(String(decoding: part[..<space], as: UTF8.self), radix: 16)
      else { return nil }
      entries.append(Entry(path: Array(part[(space + 1)...]), mark: mark))
    }
    self.entries = entries
  }
}

extension BuildCache {
  /// What the step at this place copied last: `place` is a key of the step before and the instruction's text, whatever
  /// the content.
  func contents(at place: StepKey) -> ContentListing? {
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY
    guard let file = try? directory.open("\(Name.contents)/\(place)", flags, resolve: Self.inside),
      let status = try? file.status(), status.kind == .regular,
      let bytes = try? file.readToEnd(limit: ContentListing.sizeLimit)
    else { return nil }
    return ContentListing(bytes)
  }

  /// Keeps what the step at this place copied.
  func write(_ contents: ContentListing, at place: StepKey) throws(Failure) {
    let document = contents.document
    // Long names: it only says why.
    guard document.count <= ContentListing.sizeLimit else { return }
    try write(document, Name.contents, place)
  }
}
