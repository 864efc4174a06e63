import System

/// What a name in a layer says about the layers below (image-spec, layer.md, Whiteouts).
enum Whiteout {
  /// Nothing: a file like any other.
  case none
  /// The sibling of that name is gone.
  case removes(ArraySlice<UInt8>)
  /// All siblings are gone.
  case opaque
  /// AUFS's own files, which mean nothing elsewhere.
  case ignored

  private static let prefix = Array(".wh.".utf8)

  /// What `name`, the last component of a path, says.
  ///
  /// - Throws: `invalid` where it would remove the directory itself or the one above: `.wh..`, `.wh...`.
  init(_ name: ArraySlice<UInt8>) throws(Failure) {
    guard name.starts(with: Self.prefix) else {
      self = .none
      return
    }
    let rest = name.dropFirst(Self.prefix.count)
    if rest.elementsEqual(".wh..opq".utf8) {
      self = .opaque
    } else if rest.starts(with: Self.prefix) {
      self = .ignored
    } else if rest.isEmpty || rest.elementsEqual(".".utf8) || rest.elementsEqual("..".utf8) {
      throw Failure(.invalid, "", "a whiteout \(String(decoding: name, as: UTF8.self)), which names no file")
    } else {
      self = .removes(rest)
    }
  }
}
