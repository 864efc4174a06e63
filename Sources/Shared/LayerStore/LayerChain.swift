import Glibc
import Overlay
import System

/// The layers of an image as overlayfs stacks them.
public struct LayerChain: Sendable {
  /// How an option string names directories.
  public enum Naming: Sendable {
    /// By absolute paths.
    case absolute
    /// By paths relative to the store, for a process whose working directory that is: a page (4,096 bytes), which is
    /// all that mount(2) takes, holds some 450 of them.
    case short
  }

  /// The layers that show, the topmost first.
  ///
  /// Of a layer that the image has twice only the topmost counts: each file of the lower one is hidden by its equal in
  /// the upper one, whatever lies between, and overlayfs refuses a directory that comes twice. It merges roots even
  /// if they are opaque: what such a root hides is left out.
  public let layers: [StoredLayer]
  let store: LayerCache

  /// The chain of `layers`, the base first, which lie in `store`.
  public init(_ layers: [StoredLayer], in store: LayerCache) {
    var seen: Set<String> = []
    let topmost = layers.reversed().filter { seen.insert($0.place).inserted }
    self.layers = topmost.firstIndex(where: \.hidesAllBelow).map { Array(topmost[...$0]) } ?? topmost
    self.store = store
  }

  /// The layers merged, as overlayfs shows them; nil where there are none.
  public func merged(_ dialect: OverlayDialect) throws(Errno) -> OverlayDirectory? {
    var roots: [FileDescriptor] = []
    for layer in layers { roots.append(try FileDescriptor.open(layer.path, O_RDONLY | O_DIRECTORY)) }
    return roots.isEmpty ? nil : try OverlayDirectory(roots: roots, dialect: dialect)
  }

  /// The lower directories, the topmost first, as `lowerdir+` takes them: not escaped.
  ///
  /// - Parameter upper: whether there is an upper directory: without one overlayfs wants two lower ones, so that empty
  ///   ones make up the number, at the bottom, where they don't show.
  public func lowerDirectories(_ naming: Naming, upper: Bool) throws(Failure) -> [String] {
    var directories = layers.map { naming == .short ? store.shortPath(of: $0.place) : $0.path }
    let missing = (upper ? 1 : 2) - directories.count
    if missing > 0 {
      let empty = try store.emptyDirectories()
      directories += empty.prefix(missing).map { naming == .short ? $0 : "\(store.path)/\($0)" }
    }
    return directories
  }

  /// The options for mount(8) and mount(2): `lowerdir=…`, and `upperdir=…,workdir=…` where there is an upper directory.
  public func options(_ naming: Naming, upper: UpperDirectory?) throws(Failure) -> String {
    let lower = try lowerDirectories(naming, upper: upper != nil).map(Self.escaped).joined(separator: ":")
    guard let upper else { return "lowerdir=\(lower)" }
    return "lowerdir=\(lower),upperdir=\(Self.escaped(upper.path)),workdir=\(Self.escaped(upper.work))"
  }

  /// A path as a part of an option string.
  ///
  /// overlayfs takes a backslash off whatever follows it, after colons and commas without one have ended a path; so
  /// does mount(8) with commas, and with quotation marks, which else would hide commas until the next one.
  static func escaped(_ path: String) -> String {
    var result = ""
    for scalar in path.unicodeScalars {
      if ["\\", ":", ",", "\""].contains(scalar) { result.unicodeScalars.append("\\") }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}

extension StoredLayer {
  /// Whether its root is opaque.
  fileprivate var hidesAllBelow: Bool {
    let dialect = place.hasPrefix("\(OverlayDialect.trusted.rawValue)/") ? OverlayDialect.trusted : .user
    return (try? lease.extendedAttribute(dialect.opaque, of: FileName(LayerCache.tree))) == Array("y".utf8)
  }
}

extension LayerCache {
  /// Two empty directories, neither in the other, relative to the store; made if they are missing.
  func emptyDirectories() throws(Failure) -> [String] {
    let names = ["1", "2"]
    let directory = try subdirectory(Name.empty)
    for name in names {
      do { try directory.makeDirectory(name, mode: 0o755) } catch {
        if error.rawValue != EEXIST { throw failure(error, Name.empty) }
      }
    }
    return names.map { "\(Name.empty)/\($0)" }
  }
}
