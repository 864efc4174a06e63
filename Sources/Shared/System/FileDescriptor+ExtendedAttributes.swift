import CLinux
import Glibc

// Extended attributes (xattr(7)). Those of a name are reached by way of /proc/self/fd, for there is no call that takes
// a directory and a name on the kernels we run on; a symbolic link under that name is not followed.

extension FileDescriptor {
  /// The names of all extended attributes (flistxattr(2)); none where the file system has no such thing.
  public func extendedAttributes() throws(Errno) -> [FileName] {
    try Self.list { flistxattr(number, $0, $1) }
  }

  /// The names of all extended attributes of `name` (llistxattr(2)).
  public func extendedAttributes(of name: FileName) throws(Errno) -> [FileName] {
    try path(of: name).withCString { path throws(Errno) in try Self.list { llistxattr(path, $0, $1) } }
  }

  /// The value of an extended attribute (fgetxattr(2)); nil where it is not there.
  public func extendedAttribute(_ attribute: FileName) throws(Errno) -> [UInt8]? {
    try attribute.withCString { key throws(Errno) in try Self.value { fgetxattr(number, key, $0, $1) } }
  }

  /// The value of an extended attribute of `name` (lgetxattr(2)); nil where it is not there.
  public func extendedAttribute(_ attribute: FileName, of name: FileName) throws(Errno) -> [UInt8]? {
    try path(of: name).withCString { path throws(Errno) in
      try attribute.withCString { key throws(Errno) in try Self.value { lgetxattr(path, key, $0, $1) } }
    }
  }

  /// Sets an extended attribute (fsetxattr(2)).
  public func setExtendedAttribute(_ attribute: FileName, to value: [UInt8]) throws(Errno) {
    _ = try attribute.withCString { key throws(Errno) in
      try retrying { fsetxattr(number, key, value, value.count, 0) }
    }
  }

  /// Sets an extended attribute of `name` (lsetxattr(2)).
  public func setExtendedAttribute(
    _ attribute: FileName, of name: FileName, to value: [UInt8]
  ) throws(Errno) {
    _ = try path(of: name).withCString { path throws(Errno) in
      try attribute.withCString { key throws(Errno) in
        try retrying { lsetxattr(path, key, value, value.count, 0) }
      }
    }
  }

  /// Removes an extended attribute (fremovexattr(2)); fine where it is not there, or can't be.
  public func removeExtendedAttribute(_ attribute: FileName) throws(Errno) {
    do {
      _ = try attribute.withCString { key throws(Errno) in try retrying { fremovexattr(number, key) } }
    } catch { if ![ENODATA, EOPNOTSUPP].contains(error.rawValue) { throw error } }
  }

  private func path(of name: FileName) -> FileName {
    // Neither part holds a zero.
    FileName(Array("/proc/self/fd/\(number)/".utf8) + name.bytes)!
  }

  private static func list(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Int) throws(Errno) -> [FileName] {
    guard let bytes = try value({ call($0?.assumingMemoryBound(to: CChar.self), $1) }) else { return [] }
    return bytes.split(separator: 0).compactMap { FileName($0) }
  }

  private static func value(_ call: (UnsafeMutableRawPointer?, Int) -> Int) throws(Errno) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
      do {
        let count = try retrying { buffer.withUnsafeMutableBytes { call($0.baseAddress, $0.count) } }
        return Array(buffer[..<count])
      } catch {
        switch error.rawValue {
        case ENODATA, EOPNOTSUPP: return nil
        // No attribute is larger than XATTR_SIZE_MAX, nor is the list of them.
        case ERANGE where buffer.count < 65536: buffer = [UInt8](repeating: 0, count: 65536)
        default: throw error
        }
      }
    }
  }
}
