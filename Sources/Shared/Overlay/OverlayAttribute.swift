import System

/// An extended attribute of a file in a merged tree, which is none of overlayfs's own.
public typealias OverlayAttribute = (name: FileName, value: [UInt8])

extension OverlayEntry {
  /// Its extended attributes without overlayfs's own.
  public func plainAttributes() throws(Errno) -> [OverlayAttribute] {
    var attributes: [OverlayAttribute] = []
    for key in try place.extendedAttributes(of: name) where !OverlayDialect.owns(key.bytes) {
      if let value = try place.extendedAttribute(key, of: name) { attributes.append((key, value)) }
    }
    return attributes
  }
}

extension FileDescriptor {
  /// The extended attributes of this file without overlayfs's own.
  public func plainAttributes() throws(Errno) -> [OverlayAttribute] {
    var attributes: [OverlayAttribute] = []
    for key in try extendedAttributes() where !OverlayDialect.owns(key.bytes) {
      if let value = try extendedAttribute(key) { attributes.append((key, value)) }
    }
    return attributes
  }
}
