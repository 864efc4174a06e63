/// The blocks before a member's body (POSIX.1-2017, pax, "ustar Interchange Format").
///
/// Nothing in them depends on the machine, the user or the time.
public struct TarHeader: Sendable {
  /// The kinds of member that are written, by their type flags.
  public enum Kind: UInt8, Sendable {
    case regular = 0x30
    case hardlink = 0x31
    case symlink = 0x32
    case characterDevice = 0x33
    case blockDevice = 0x34
    case directory = 0x35
    case fifo = 0x36
    case paxExtension = 0x78

    fileprivate var usualMode: UInt16 { self == .directory ? 0o755 : self == .symlink ? 0o777 : 0o644 }
  }

  static let blockSize = 512

  /// The kind of member.
  public var kind: Kind
  /// The path: not empty, no zero in it; a directory's ends in a slash.
  public var path: [UInt8]
  /// The target, of a link; no zero in it.
  public var target: [UInt8] = []
  /// The size of the body, bytes.
  public var size: UInt64 = 0
  /// Permissions with set-ID and sticky bits.
  public var mode: UInt16
  /// The owner's number.
  public var user: UInt32 = 0
  /// The group's number.
  public var group: UInt32 = 0
  /// When it was last written, seconds since 1970.
  public var modified: Int64 = 0
  /// The nanoseconds past `modified`, below 1,000,000,000.
  public var nanoseconds: UInt32 = 0
  /// The major number, of a device: at most 21 bits.
  public var major: UInt32 = 0
  /// The minor number, of a device: at most 21 bits.
  public var minor: UInt32 = 0
  /// The extended attributes, in the order in which they are written; no name holds `=`.
  public var attributes: [(name: [UInt8], value: [UInt8])] = []

  /// A member of 0:0 and 1970, with the mode that files of its kind usually have.
  public init(_ kind: Kind, path: [UInt8]) {
    self.kind = kind
    self.path = path
    mode = kind.usualMode
  }

  init(_ kind: Kind, path: String, target: String = "", size: UInt64 = 0) {
    self.init(kind, path: Array(path.utf8))
    self.target = Array(target.utf8)
    self.size = size
  }

  /// How many zeros follow a body of `size` bytes.
  static func padding(after size: UInt64) -> Int {
    (blockSize - Int(size % UInt64(blockSize))) % blockSize
  }
}

extension TarHeader {
  /// The largest numbers that eleven and seven octal digits hold.
  private static let largestSize: UInt64 = 0o77_777_777_777
  private static let largestOwner: UInt32 = 0o7_777_777

  /// The header, after a pax extended header where ustar can't hold what it says.
  ///
  /// A reader without pax sees 0 in place of a number that does not fit, as archive/tar writes it.
  var blocks: [UInt8] {
    precondition(!path.isEmpty && !path.contains(0) && !target.contains(0), "not a member's name")
    let place = Self.split(path)
    let records = paxRecords(hasPath: place == nil)
    var blocks: [UInt8] = []
    if !records.isEmpty {
      var header = TarHeader(.paxExtension, path: Array("pax/header".utf8))
      header.size = UInt64(records.count)
      blocks += header.block(([], header.path[...]))
      blocks += records
      blocks += [UInt8](repeating: 0, count: Self.padding(after: header.size))
    }
    return blocks + block(place ?? ([], path.prefix(100)))
  }

  private func paxRecords(hasPath: Bool) -> [UInt8] {
    var records: [UInt8] = []
    if hasPath { records += Self.record("path", path) }
    if target.count > 100 { records += Self.record("linkpath", target) }
    if size > Self.largestSize { records += Self.record("size", Array(String(size).utf8)) }
    if user > Self.largestOwner { records += Self.record("uid", Array(String(user).utf8)) }
    if group > Self.largestOwner { records += Self.record("gid", Array(String(group).utf8)) }
    if nanoseconds > 0 || UInt64(exactly: modified).map({ $0 > Self.largestSize }) ?? true {
      records += Self.record("mtime", Array(time.utf8))
    }
    for (name, value) in attributes {
      precondition(!name.contains(0x3d), "not an attribute's name")
      records += Self.record(Array("SCHILY.xattr.".utf8) + name, value)
    }
    return records
  }

  /// The time in decimal, without zeros at the end; before 1970 the fraction counts away from it.
  private var time: String {
    if nanoseconds == 0 { return String(modified) }
    let isBefore = modified < 0
    let seconds = isBefore ? String(modified + 1).drop { $0 == "-" } : String(modified)[...]
    var digits = String(isBefore ? 1_000_000_000 - nanoseconds : nanoseconds)
    digits = String(repeating: "0", count: 9 - digits.utf8.count) + digits
    while digits.last == "0" { digits.removeLast() }
    return (isBefore ? "-" : "") + seconds + "." + digits
  }

  /// The path as prefix and name; nil where they can't hold it.
  private static func split(_ path: [UInt8]) -> (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>)? {
    if path.count <= 100 { return ([], path[...]) }
    // The name is as long as it may be: the first slash that leaves at most 100 bytes, never the last byte.
    let slash = path[(path.count - 101)..<(path.count - 1)].firstIndex(of: 0x2f)
    guard let slash, (1...155).contains(slash) else { return nil }
    return (path[..<slash], path[(slash + 1)...])
  }

  private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] { record(Array(key.utf8), value) }

  /// A pax record, `LENGTH KEY=VALUE\n`, whose length counts its own digits.
  private static func record(_ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
    let rest = [0x20] + key + [0x3d] + value + [0x0a]
    var length = rest.count + 1
    while rest.count + String(length).utf8.count != length { length += 1 }
    return Array(String(length).utf8) + rest
  }

  private func block(_ path: (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>)) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    func put(_ bytes: some Collection<UInt8>, at offset: Int) {
      block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
    func put(_ number: UInt64, _ digits: Int, at offset: Int) {
      put(Self.octal(number, digits).utf8, at: offset)
    }
    put(path.name, at: 0)
    put(UInt64(mode), 7, at: 100)
    put(user > Self.largestOwner ? 0 : UInt64(user), 7, at: 108)
    put(group > Self.largestOwner ? 0 : UInt64(group), 7, at: 116)
    put(size > Self.largestSize ? 0 : size, 11, at: 124)
    let time = UInt64(clamping: modified)
    put(time > Self.largestSize ? 0 : time, 11, at: 136)
    put("        ".utf8, at: 148)
    block[156] = kind.rawValue
    put(target.prefix(100), at: 157)
    put("ustar\u{0}00".utf8, at: 257)
    put(UInt64(major), 7, at: 329)
    put(UInt64(minor), 7, at: 337)
    put(path.prefix, at: 345)
    let sum = block.reduce(0) { $0 + UInt64($1) }
    put((Self.octal(sum, 6) + "\u{0}").utf8, at: 148)
    return block
  }

  private static func octal(_ number: UInt64, _ digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.utf8.count) + text
  }
}
