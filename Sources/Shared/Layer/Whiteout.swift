import System

/// What a name in a layer says about the layers below (image-spec, layer.md, Whiteouts).
enum Whiteout {
  /// Nothing: a file like any other.
  case none
  /// The sibling of that name is gone.
  case removes(ArraySlice<UInt8>)
  /// All siblings are gone.
  case opaque
  /// A file that AUFS keeps for hard links of this layer to lead to: none of the image's.
  case linkTarget
  /// AUFS's other files, which mean nothing elsewhere, and what is in them.
  case ignored

  /// The directory in the root that has those files.
  static let linkTargets: StaticString = ".wh..wh.plnk"

  private static let prefix: StaticString = ".wh."
  private static let aufs: [StaticString] = [linkTargets, ".wh..wh.aufs", ".wh..wh.orph"]

  /// What a path says that has this last component, and those before it.
  ///
  /// - Throws: `invalid` where it would remove the directory itself or the one above (`.wh..`, `.wh...`), where it
  ///   would lie in what is removed, and for names that AUFS kept to itself and nobody knows.
  init(_ name: ArraySlice<UInt8>, in parents: ArraySlice<ArraySlice<UInt8>>) throws(Failure) {
    for parent in parents where parent.behind(Self.prefix) != nil {
      guard Self.isAUFS(parent) else { throw Self.wrong(parent, "which has no files in it") }
      self = parents.count == 1 && parent.reads(Self.linkTargets) ? .linkTarget : .ignored
      return
    }
    guard let rest = name.behind(Self.prefix) else {
      self = .none
      return
    }
    if rest.reads(".wh..opq") {
      self = .opaque
    } else if Self.isAUFS(name) {
      self = .ignored
    } else if rest.behind(Self.prefix) != nil {
      throw Self.wrong(name, "which nobody knows")
    } else if rest.isEmpty || rest.reads(".") || rest.reads("..") {
      throw Self.wrong(name, "which names no file")
    } else {
      self = .removes(rest)
    }
  }

  private static func isAUFS(_ name: ArraySlice<UInt8>) -> Bool { aufs.contains { name.reads($0) } }

  private static func wrong(_ name: ArraySlice<UInt8>, _ problem: String) -> Failure {
    Failure(.invalid, "", "a whiteout \(String(decoding: name, as: UTF8.self)), \(problem)")
  }
}
