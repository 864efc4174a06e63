/// A POSIX access control list (acl(5)), which star, GNU tar and bsdtar write as text.
struct AccessControlList {
  private struct Entry {
    var tag: UInt16
    var permissions: UInt16
    var id: UInt32
  }

  private var entries: [Entry] = []

  /// The list of `user:NAME:rwx[:ID],…`; nil where it is none.
  ///
  /// Entries of users and groups that are only named are left out: what numbers the names have in the image is not
  /// for a tar reader to say. The mask stays, so nobody gets more than the list gave.
  init?(_ text: ArraySlice<UInt8>) {
    for line in text.split(whereSeparator: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n") }) {
      let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard fields.count >= 3, let permissions = Self.permissions(fields[2]),
        let (own, named) = Self.tags(fields[0])
      else { return nil }
      if fields[1].isEmpty {
        entries.append(Entry(tag: own, permissions: permissions, id: .max))
      } else if let id = Self.number(fields.count > 3 ? fields[3] : fields[1]) {
        guard named != 0 else { return nil }
        entries.append(Entry(tag: named, permissions: permissions, id: id))
      }
    }
    // The kernel takes them in this order only.
    entries.sort { ($0.tag, $0.id) < ($1.tag, $1.id) }
  }

  /// What the kernel has as the attribute's value (linux/posix_acl_xattr.h): version 2, little-endian.
  var encoded: [UInt8] {
    var bytes: [UInt8] = [2, 0, 0, 0]
    for entry in entries {
      withUnsafeBytes(of: entry.tag.littleEndian) { bytes += $0 }
      withUnsafeBytes(of: entry.permissions.littleEndian) { bytes += $0 }
      withUnsafeBytes(of: entry.id.littleEndian) { bytes += $0 }
    }
    return bytes
  }

  private static func number(_ text: ArraySlice<UInt8>) -> UInt32? {
    PaxRecords.decimal(text).flatMap { UInt32(exactly: $0) }
  }

  private static func permissions(_ text: ArraySlice<UInt8>) -> UInt16? {
    var bits: UInt16 = 0
    for character in text {
      switch character {
      case UInt8(ascii: "r"): bits |= 4
      case UInt8(ascii: "w"): bits |= 2
      case UInt8(ascii: "x"): bits |= 1
      case UInt8(ascii: "-"), UInt8(ascii: " "): break
      default: return nil
      }
    }
    return bits
  }

  /// The tags (linux/posix_acl.h) of an entry without and with a name.
  private static func tags(_ text: ArraySlice<UInt8>) -> (UInt16, UInt16)? {
    if text.reads("user") || text.reads("u") { return (0x01, 0x02) }
    if text.reads("group") || text.reads("g") { return (0x04, 0x08) }
    if text.reads("mask") || text.reads("m") { return (0x10, 0) }
    if text.reads("other") || text.reads("o") { return (0x20, 0) }
    return nil
  }
}
