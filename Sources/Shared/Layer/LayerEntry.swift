/// A member of a layer's tar, as its headers have it: every value is a stranger's, and names are bytes.
public struct LayerEntry: Sendable, Equatable {
  /// The kind of member.
  public enum Kind: UInt8, Sendable {
    case regular
    case hardlink
    case symlink
    case characterDevice
    case blockDevice
    case directory
    case fifo
  }

  /// The path as it stands: may be absolute, hold `..`, or come twice.
  public var path: [UInt8]
  /// The kind of member.
  public var kind: Kind
  /// The target, of a link.
  public var target: [UInt8] = []
  /// The size of the file, bytes: where it is sparse, more than its body has.
  public var size: UInt64 = 0
  /// Where the body's bytes go, of a sparse file: in order, apart from each other and within `size`.
  ///
  /// Nil where the body is the file.
  public var extents: [SparseExtent]?
  /// Permissions with set-ID and sticky bits.
  public var mode: UInt16 = 0
  /// The owner's number.
  public var user: UInt64 = 0
  /// The group's number.
  public var group: UInt64 = 0
  /// When it was last written, seconds since 1970.
  public var modified: Int64 = 0
  /// The nanoseconds past `modified`, below 1,000,000,000.
  public var nanoseconds: UInt32 = 0
  /// The major number, of a device.
  public var major: UInt32 = 0
  /// The minor number, of a device.
  public var minor: UInt32 = 0
  /// The extended attributes, ACLs among them as the kernel has them; each name once.
  public var attributes: [ExtendedAttribute] = []

  /// A member with nothing but a name.
  public init(path: [UInt8], kind: Kind) {
    self.path = path
    self.kind = kind
  }
}

/// An extended attribute (xattr(7)).
public struct ExtendedAttribute: Sendable, Hashable {
  /// Its name with the name space: `security.capability`.
  public var name: [UInt8]
  /// Its value.
  public var value: [UInt8]

  /// An attribute.
  public init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

/// A run of bytes that a sparse file has; there are holes between them.
public struct SparseExtent: Sendable, Hashable {
  /// Where it begins in the file.
  public var offset: UInt64
  /// Its length in bytes.
  public var count: UInt64

  /// `count` bytes from `offset` on.
  public init(offset: UInt64, count: UInt64) {
    self.offset = offset
    self.count = count
  }
}
