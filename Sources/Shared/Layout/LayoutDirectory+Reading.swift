import Glibc
import Image
import System
import Verification

extension LayoutDirectory {
  /// Whether the blob is here: a regular file of the right size.
  public func contains(_ blob: Descriptor) -> Bool {
    guard
      let status = try? directory.open(Self.name(of: blob), O_PATH | O_NOFOLLOW, resolve: Self.inside)
        .status()
    else { return false }
    return status.kind == .regular && status.size == blob.size
  }

  /// The bytes of a blob from `offset` on.
  ///
  /// - Throws: `notFound` where it is missing, `invalid` where it has another size.
  public func bytes(of blob: Descriptor, from offset: UInt64 = 0) throws(Failure) -> UnverifiedBytes {
    let name = Self.name(of: blob)
    let file: FileDescriptor
    let size: UInt64
    do { (file, size) = try openRegular(name) } catch {
      throw error.kind == .notFound ? Failure(.notFound, path, "blob \(blob.digest) is missing") : error
    }
    guard size == blob.size else {
      throw Failure(.invalid, path, "\(name) has \(size) bytes, \(blob.size) are expected")
    }
    return UnverifiedBytes(
      FileReader(file, "\(path)/\(name)", from: min(offset, size), to: size, endsFile: true))
  }

  static func name(of blob: Descriptor) -> String {
    "\(Name.blobs)/\(blob.digest.algorithm.rawValue)/\(blob.digest.hex)"
  }

  /// A layout's files lie in it: one that links elsewhere would have us read, or write, what the user did not name.
  static let inside: FileDescriptor.Resolution = [.beneath, .noSymlinks]

  /// Opens a regular file for reading, without being held up by whatever else may lie there; its size.
  private func openRegular(_ name: String) throws(Failure) -> (FileDescriptor, size: UInt64) {
    do throws(Errno) {
      let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
      let file = try directory.open(name, flags, resolve: Self.inside)
      let status = try file.status()
      guard status.kind == .regular else { throw Errno(ENXIO) }
      return (file, status.size)
    } catch { throw failure(error, name) }
  }

  /// A whole file of at most `limit` bytes.
  func read(_ name: String, limit: Int) throws(Failure) -> [UInt8] {
    let (file, size) = try openRegular(name)
    guard size <= UInt64(limit) else {
      throw Failure(.invalid, path, "\(name) has \(size) bytes, more than \(limit) are not read")
    }
    let reader = FileReader(file, "\(path)/\(name)", from: 0, to: size, endsFile: false)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(size))
    while let piece = try reader.next() { bytes.append(contentsOf: piece) }
    return bytes
  }

  /// What `error` means here, in words that fit.
  func failure(_ error: Errno, _ what: String? = nil) -> Failure {
    guard let what else { return error.failure(path) }
    switch error.rawValue {
    case ELOOP: return Failure(.invalid, path, "\(what): a layout may not hold symbolic links")
    case ENXIO, EISDIR: return Failure(.invalid, path, "\(what): is not a regular file")
    case ENOTDIR: return Failure(.invalid, path, "\(what): is not a directory, or not in one")
    default: return error.failure(path, doing: what)
    }
  }
}
