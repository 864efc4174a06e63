import Glibc
import System

/// The mounts of a mount namespace, as /proc/PID/mountinfo has them (proc_pid_mountinfo(5)).
public struct MountTable: Sendable {
  /// One mount.
  public struct Entry: Hashable, Sendable {
    /// Its number; numbers of mounts that are gone are given again.
    public var id: UInt64
    /// The `st_dev` of its files, as `MAJOR:MINOR`.
    public var device: String
    /// Where it is, an absolute path.
    public var point: String
    /// The kind of file system: `overlay`, `fuse.fuse-overlayfs`.
    public var type: String
    /// What it was mounted from, in the mounter's words.
    public var source: String
  }

  /// The mounts, of those at one point the topmost last.
  public let entries: [Entry]
  /// The mount namespaces that are kept by a mount, even without a process in them.
  let keptNamespaces: Set<UInt64>

  /// The mounts that this process sees.
  public static func current() throws(Failure) -> MountTable {
    let path = "/proc/self/mountinfo"
    do {
      return MountTable(parsing: try FileDescriptor.open(path, O_RDONLY).readToEnd(limit: 256 << 20))
    } catch {
      throw error.failure(path)
    }
  }

  /// The mounts that `text` lists; a line that is not understood is none.
  init(parsing text: [UInt8]) {
    let lines = text.split(separator: 0x0A).map { line in
      line.split(separator: 0x20, omittingEmptySubsequences: false).map(Self.unescaped)
    }
    entries = lines.compactMap(Self.entry)
    keptNamespaces = Set(
      lines.compactMap { fields in
        guard fields.count > 3, fields[3].hasPrefix("mnt:["), fields[3].hasSuffix("]") else { return nil }
        return UInt64(fields[3].dropFirst(5).dropLast())
      })
  }

  /// `ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS`.
  private static func entry(_ fields: [String]) -> Entry? {
    guard fields.count >= 10, let id = UInt64(fields[0]), let dash = fields.dropFirst(6).firstIndex(of: "-"),
      dash + 2 < fields.count
    else { return nil }
    return Entry(
      id: id, device: fields[2], point: fields[4], type: fields[dash + 1], source: fields[dash + 2])
  }

  /// A field, in which white space, backslashes and some more are three octal digits after a backslash.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == 0x5C, digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }),
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What one sees at `point`: the topmost mount there.
  public func top(at point: String) -> Entry? { entries.last { $0.point == point } }
}
