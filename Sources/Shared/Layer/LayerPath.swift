import System

/// A path in a layer as its names, `.` and `..` worked out in the text itself as Docker does.
struct LayerPath {
  /// The most bytes of a path, and of a name: the kernel's own PATH_MAX and NAME_MAX.
  static let longest = 4095
  static let longestName = 255

  /// The names, none of them `.`, `..` or empty; those of the root are none.
  let names: [ArraySlice<UInt8>]

  /// The path that `bytes` are, absolute or not.
  ///
  /// - Throws: `invalid` where it leads out of the root or is longer than a path can be.
  init(_ bytes: [UInt8]) throws(Failure) {
    guard bytes.count <= Self.longest else {
      throw Failure(.invalid, "", "a name of \(bytes.count) bytes; no path may be so long")
    }
    var names: [ArraySlice<UInt8>] = []
    for name in bytes.split(separator: UInt8(ascii: "/")) where !name.reads(".") {
      guard name.reads("..") else {
        // A whiteout of the longest of names is longer.
        guard name.count - (name.behind(".wh.") == nil ? 0 : 4) <= Self.longestName else {
          throw Failure(.invalid, "", "a name of \(name.count) bytes; no file's may be so long")
        }
        names.append(name)
        continue
      }
      guard names.popLast() != nil else { throw Failure(.invalid, "", "the path leads out of the image") }
    }
    self.names = names
  }
}
