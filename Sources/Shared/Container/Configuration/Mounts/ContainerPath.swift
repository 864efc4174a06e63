import System

/// A path within a container, absolute and without `.`, `..` and doubled slashes.
///
/// Only as text: symbolic links are the runtime's to resolve, within the container.
public struct ContainerPath: Hashable, Sendable, CustomStringConvertible {
  /// The path, `/` or beginning with it and not ending in it.
  public let description: String

  /// The path that `text` is; nil where it is not absolute, or holds a NUL.
  public init?(_ text: String) {
    guard text.hasPrefix("/"), !text.utf8.contains(0) else { return nil }
    var components: [Substring] = []
    for component in text.split(separator: "/") {
      switch component {
      case ".": break
      case "..": _ = components.popLast()
      default: components.append(component)
      }
    }
    description = "/" + components.joined(separator: "/")
  }

  /// How far below `/` it is.
  public var depth: Int { description == "/" ? 0 : description.utf8.count { $0 == UInt8(ascii: "/") } }

  /// Whether it is `other` or lies below it.
  public func isIn(_ other: String) -> Bool {
    description == other || description.hasPrefix(other + "/") || other == "/"
  }
}
