import CLinux
import Glibc

/// An open file description that closes itself when the last reference goes: a file, directory, pipe or socket.
///
/// One call thick: each method is the system call of its name, repeated on EINTR.
public final class FileDescriptor: Sendable {
  /// The number; borrowed, not to be closed.
  public let number: CInt
  private let closes: Bool

  /// Takes over `number`, which is closed with the last reference.
  public init(owning number: CInt) {
    self.number = number
    closes = true
  }

  /// Stands for `number` without ever closing it.
  public init(borrowing number: CInt) {
    self.number = number
    closes = false
  }

  deinit { if closes { close(number) } }

  /// Standard input.
  public static let standardInput = FileDescriptor(borrowing: 0)
  /// Standard output.
  public static let standardOutput = FileDescriptor(borrowing: 1)
  /// Standard error.
  public static let standardError = FileDescriptor(borrowing: 2)
}

extension FileDescriptor {
  /// Opens `path` (open(2)); O_CLOEXEC is always added.
  public static func open(_ path: String, _ flags: CInt, mode: mode_t = 0o666) throws(Errno) -> FileDescriptor
  {
    FileDescriptor(owning: try retrying { Glibc.open(path, flags | O_CLOEXEC, mode) })
  }

  /// How a path below a directory descriptor is resolved (openat2(2)).
  public struct Resolution: OptionSet, Sendable {
    /// The bits of `open_how.resolve`.
    public let rawValue: UInt64
    /// The bits of `open_how.resolve`.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    /// No magic links of /proc.
    public static let noMagicLinks = Resolution(rawValue: 0x02)
    /// No symbolic links at all.
    public static let noSymlinks = Resolution(rawValue: 0x04)
    /// Nothing outside the directory: such a path fails with EXDEV.
    public static let beneath = Resolution(rawValue: 0x08)
    /// The directory is the root: `/` and `..` stay inside.
    public static let inRoot = Resolution(rawValue: 0x10)
  }

  /// Opens `path` below this directory and never outside (openat2(2)); O_CLOEXEC is always added.
  public func open(
    _ path: String, _ flags: CInt, mode: mode_t = 0, resolve: Resolution = [.beneath, .noMagicLinks]
  ) throws(Errno) -> FileDescriptor {
    FileDescriptor(
      owning: try retrying {
        clinux_openat2(
          number, path, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), UInt64(mode), resolve.rawValue)
      })
  }

  /// Up to `buffer.count` bytes; 0 at the end (read(2)).
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try retrying { Glibc.read(number, buffer.baseAddress, buffer.count) }
  }

  /// Up to `buffer.count` bytes from `offset`; 0 at the end (pread(2)).
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno) -> Int {
    try retrying { pread(number, buffer.baseAddress, buffer.count, off_t(clamping: offset)) }
  }

  /// Writes all of `bytes` (write(2), as often as it takes).
  public func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
    var rest = bytes
    while !rest.isEmpty {
      let count = try retrying { Glibc.write(number, rest.baseAddress, rest.count) }
      // Nothing written and no error: a device that would be asked for ever.
      guard count > 0 else { throw Errno(EIO) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Writes all of `bytes` from `offset` on (pwrite(2)).
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Errno) {
    var rest = bytes
    var offset = off_t(clamping: offset)
    while !rest.isEmpty {
      let count = try retrying { pwrite(number, rest.baseAddress, rest.count, offset) }
      guard count > 0 else { throw Errno(EIO) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      offset += off_t(count)
    }
  }

  /// Writes all of `bytes`.
  public func write(_ bytes: [UInt8]) throws(Errno) {
    let result = bytes.withUnsafeBytes { (raw) -> Result<Void, Errno> in
      do throws(Errno) { return .success(try write(raw)) } catch { return .failure(error) }
    }
    try result.get()
  }

  /// What fstat(2) says.
  public func status() throws(Errno) -> FileStatus {
    var status = stat()
    _ = try retrying { fstat(number, &status) }
    return FileStatus(status)
  }

  /// Sets the size (ftruncate(2)).
  public func truncate(to size: UInt64) throws(Errno) {
    _ = try retrying { ftruncate(number, off_t(clamping: size)) }
  }

  /// Whether it is a terminal (isatty(3)).
  public var isTerminal: Bool { isatty(number) == 1 }
}

/// What stat(2) says of a file.
public struct FileStatus: Sendable {
  /// The kind of file.
  public enum Kind: Sendable {
    case regular
    case directory
    case symlink
    case fifo
    case socket
    case characterDevice
    case blockDevice

    /// The kind that the type bits of `mode` say.
    init(mode: mode_t) {
      switch mode & S_IFMT {
      case S_IFREG: self = .regular
      case S_IFDIR: self = .directory
      case S_IFLNK: self = .symlink
      case S_IFIFO: self = .fifo
      case S_IFSOCK: self = .socket
      case S_IFCHR: self = .characterDevice
      default: self = .blockDevice
      }
    }
  }

  /// The structure of stat(2).
  public let raw: stat

  init(_ raw: stat) { self.raw = raw }

  /// The kind of file.
  public var kind: Kind { Kind(mode: raw.st_mode) }

  /// The number of a device, whose major number has 12 bits and minor number 20 (makedev(3)).
  public static func device(major: UInt32, minor: UInt32) -> dev_t {
    dev_t(minor & 0xff | major << 8) | dev_t(minor & ~0xff) << 12
  }

  /// The major number, of a device (major(3)).
  public var major: UInt32 { UInt32(truncatingIfNeeded: raw.st_rdev >> 8) & 0xfff }

  /// The minor number, of a device (minor(3)).
  public var minor: UInt32 {
    UInt32(truncatingIfNeeded: raw.st_rdev) & 0xff | UInt32(truncatingIfNeeded: raw.st_rdev >> 12) & 0xfff00
  }

  /// The size in bytes.
  public var size: UInt64 { UInt64(max(0, raw.st_size)) }
}
