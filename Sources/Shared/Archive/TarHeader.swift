/// The blocks before a member's body (POSIX.1-2017, pax, "ustar Interchange Format").
///
/// Nothing in them depends on the machine, the user or the time.
enum TarHeader {
  static let blockSize = 512

  /// The type flags that are written.
  enum Kind: UInt8 {
    case regular = 0x30
    case symlink = 0x32
    case directory = 0x35
    case paxExtension = 0x78

    fileprivate var mode: String { self == .directory ? "0000755" : self == .symlink ? "0000777" : "0000644" }
  }

  /// The largest number that eleven octal digits hold.
  private static let largestSize: UInt64 = 0o77_777_777_777

  /// The header of one member, after a pax extended header where ustar can't hold its path, target or size.
  static func blocks(_ kind: Kind, path: String, target: String = "", size: UInt64 = 0) -> [UInt8] {
    let path = Array(path.utf8)
    let target = Array(target.utf8)
    precondition(!path.isEmpty && !path.contains(0) && !target.contains(0), "not a member's name")
    var records: [UInt8] = []
    let place = split(path)
    if place == nil { records += record("path", path) }
    if target.count > 100 { records += record("linkpath", target) }
    if size > largestSize { records += record("size", Array(String(size).utf8)) }
    var blocks: [UInt8] = []
    if !records.isEmpty {
      blocks += block(.paxExtension, ([], ArraySlice("pax/header".utf8)), [], UInt64(records.count))
      blocks += records
      blocks += [UInt8](repeating: 0, count: padding(after: UInt64(records.count)))
    }
    let short = place ?? ([], ArraySlice(path.prefix(100)))
    // A reader without pax sees a size of 0 where the number does not fit, as archive/tar writes it.
    return blocks + block(kind, short, target, size > largestSize ? 0 : size)
  }

  /// How many zeros follow a body of `size` bytes.
  static func padding(after size: UInt64) -> Int {
    (blockSize - Int(size % UInt64(blockSize))) % blockSize
  }

  /// The path as prefix and name; nil where they can't hold it.
  private static func split(_ path: [UInt8]) -> (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>)? {
    if path.count <= 100 { return ([], path[...]) }
    // The name is as long as it may be: the first slash that leaves at most 100 bytes, never the last byte.
    let slash = path[(path.count - 101)..<(path.count - 1)].firstIndex(of: 0x2f)
    guard let slash, (1...155).contains(slash) else { return nil }
    return (path[..<slash], path[(slash + 1)...])
  }

  /// A pax record, `LENGTH KEY=VALUE\n`, whose length counts its own digits.
  private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = [0x20] + Array(key.utf8) + [0x3d] + value + [0x0a]
    var length = rest.count + 1
    while rest.count + String(length).utf8.count != length { length += 1 }
    return Array(String(length).utf8) + rest
  }

  private static func block(
    _ kind: Kind, _ path: (prefix: ArraySlice<UInt8>, name: ArraySlice<UInt8>), _ target: [UInt8],
    _ size: UInt64
  ) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockSize)
    func put(_ bytes: some Collection<UInt8>, at offset: Int) {
      block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
    put(path.name, at: 0)
    put(kind.mode.utf8, at: 100)
    put("0000000".utf8, at: 108)
    put("0000000".utf8, at: 116)
    put(octal(size, digits: 11).utf8, at: 124)
    put("00000000000".utf8, at: 136)
    put("        ".utf8, at: 148)
    block[156] = kind.rawValue
    put(target.prefix(100), at: 157)
    put("ustar\u{0}00".utf8, at: 257)
    put("0000000".utf8, at: 329)
    put("0000000".utf8, at: 337)
    put(path.prefix, at: 345)
    let sum = block.reduce(0) { $0 + UInt64($1) }
    put((octal(sum, digits: 6) + "\u{0}").utf8, at: 148)
    return block
  }

  private static func octal(_ number: UInt64, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.utf8.count) + text
  }
}
