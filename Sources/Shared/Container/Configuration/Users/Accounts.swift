import Glibc
import System

/// The users and groups that an image knows: its own /etc/passwd and /etc/group (passwd(5), group(5)).
///
/// What is in them is a stranger's: lines that are not whole count for nothing.
public struct Accounts: Hashable, Sendable {
  /// A line of /etc/passwd.
  struct User: Hashable, Sendable {
    let name: String
    let id: UInt32
    let group: UInt32
    let home: String
  }

  /// A line of /etc/group.
  struct Group: Hashable, Sendable {
    let name: String
    let id: UInt32
    let members: [String]
  }

  let users: [User]
  let groups: [Group]

  /// The largest file that is read, bytes.
  static let sizeLimit = 4 << 20

  /// The accounts that the contents of the two files describe.
  public init(passwd: [UInt8], group: [UInt8]) {
    users = Self.lines(passwd).compactMap { fields in
      guard fields.count >= 4, let id = Self.number(fields[2]), let group = Self.number(fields[3]) else {
        return nil
      }
      return User(name: fields[0], id: id, group: group, home: fields.count > 5 ? fields[5] : "")
    }
    groups = Self.lines(group).compactMap { fields in
      guard fields.count >= 3, let id = Self.number(fields[2]) else { return nil }
      let members = fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : []
      return Group(name: fields[0], id: id, members: members)
    }
  }

  /// The accounts of the image whose files are `tree`: none where the files are missing.
  ///
  /// - Throws: `invalid` where one is no regular file, or too large.
  public init(in tree: ImageTree) throws(Failure) {
    self.init(
      passwd: try Self.content("etc/passwd", in: tree), group: try Self.content("etc/group", in: tree))
  }

  private static func content(_ path: String, in tree: ImageTree) throws(Failure) -> [UInt8] {
    do { return try tree.content(of: path, limit: sizeLimit) } catch {
      switch error.rawValue {
      case ENOENT, ENOTDIR: return []
      case EINVAL, ENXIO, EISDIR, ELOOP:
        throw Failure(
          .invalid, "/\(path)", "is no regular file in the image, or larger than \(sizeLimit) bytes")
      default: throw error.failure("/\(path)")
      }
    }
  }

  private static func lines(_ bytes: [UInt8]) -> [[String]] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard line.count < 1 << 16, line.first != UInt8(ascii: "#"),
        let text = String(validating: line, as: UTF8.self)
      else { return nil }
      return text.split(separator: ":", omittingEmptySubsequences: false).map { field in
        String(field.drop(while: \.isWhitespace))
      }
    }
  }

  /// A decimal number that may be an ID: what the kernel takes for "none" (-1) is not.
  static func number(_ text: some StringProtocol) -> UInt32? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(text),
      number <= UInt32(Int32.max)
    else { return nil }
    return number
  }
}
