import Glibc
import Image
import System

/// A blob on its way into the layout, `.partial/ALG-HEX`: locked while someone fills it, resumed by whoever is next.
struct PartialBlob: ~Copyable {
  let file: FileDescriptor
  /// The bytes that are there.
  private(set) var count: UInt64
  private let place: FileDescriptor
  private let name: String
  private let layout: LayoutDirectory
  private let blob: Descriptor

  /// The file `name`, locked; not yet sure to be the one that has the name.
  private static func open(_ name: String, in place: FileDescriptor) throws(Errno) -> FileDescriptor {
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let file = try place.open(name, flags, mode: 0o666)
    guard try file.status().kind == .regular else { throw Errno(ENXIO) }
    try file.lock(.exclusive)
    return file
  }

  /// The partial of `blob`, once nobody else fills it; nil if the blob has become whole meanwhile.
  static func acquire(_ blob: Descriptor, in layout: LayoutDirectory) throws(Failure) -> PartialBlob? {
    let name = "\(blob.digest.algorithm.rawValue)-\(blob.digest.hex)"
    do throws(Errno) {
      while !layout.contains(blob) {
        let place = try layout.directory.subdirectory(LayoutDirectory.Name.partial)
        let file = try open(name, in: place)
        // Who held the lock before may have taken the name away, or have put the blob in place since we looked.
        guard try place.holds(name, file) else { continue }
        if layout.contains(blob) {
          try place.unlink(name)
          return nil
        }
        var count = try file.status().size
        if count > blob.size {
          try file.truncate(to: 0)
          count = 0
        }
        return PartialBlob(file: file, count: count, place: place, name: name, layout: layout, blob: blob)
      }
      return nil
    } catch { throw layout.failure(error, "\(LayoutDirectory.Name.partial)/\(name)") }
  }

  /// Drops what is there.
  mutating func restart() throws(Failure) {
    do { try file.truncate(to: 0) } catch { throw failure(error) }
    count = 0
  }

  /// Adds `bytes`.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    do { try file.write(bytes, at: count) } catch { throw failure(error) }
    count += UInt64(bytes.count)
  }

  /// Makes it the blob; its bytes are verified.
  consuming func complete() throws(Failure) {
    do {
      let blobs = try layout.directory.subdirectory(LayoutDirectory.Name.blobs)
        .subdirectory(blob.digest.algorithm.rawValue)
      try place.rename(name, to: blob.digest.hex, in: blobs)
    } catch { throw failure(error) }
  }

  /// Gives it up.
  consuming func remove() { try? place.unlink(name) }

  private func failure(_ error: Errno) -> Failure {
    layout.failure(error, "writing blob \(blob.digest)")
  }
}

extension FileDescriptor {
  /// Whether `name` in this directory is `file`.
  func holds(_ name: String, _ file: FileDescriptor) throws(Errno) -> Bool {
    let named: FileStatus
    do { named = try status(of: name) } catch {
      if error.rawValue == ENOENT { return false }
      throw error
    }
    let opened = try file.status()
    return named.raw.st_ino == opened.raw.st_ino && named.raw.st_dev == opened.raw.st_dev
  }
}
