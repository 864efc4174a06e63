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

  /// The partial of `blob`, once nobody else fills it; nil if the blob has become whole meanwhile.
  init?(_ blob: Descriptor, in layout: LayoutDirectory) throws(Failure) {
    let name = "\(blob.digest.algorithm.rawValue)-\(blob.digest.hex)"
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    do {
      while true {
        if layout.contains(blob) { return nil }
        let place = try layout.directory.subdirectory(LayoutDirectory.Name.partial)
        let file = try place.open(name, flags, mode: 0o666)
        let status = try file.status()
        guard status.kind == .regular else { throw Errno(ENXIO) }
        try file.lock(.exclusive)
        // Who held the lock before may have taken the name away.
        guard try place.holds(name, file) else { continue }
        if layout.contains(blob) {
          try place.unlink(name)
          return nil
        }
        count = try file.status().size
        (self.file, self.place, self.name, self.layout, self.blob) = (file, place, name, layout, blob)
        break
      }
    } catch { throw layout.failure(error, "\(LayoutDirectory.Name.partial)/\(name)") }
    if count > blob.size { try restart() }
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
  fileprivate func holds(_ name: String, _ file: FileDescriptor) throws(Errno) -> Bool {
    let named: FileStatus
    do { named = try status(of: name) } catch {
      if error.rawValue == ENOENT { return false }
      throw error
    }
    let opened = try file.status()
    return named.raw.st_ino == opened.raw.st_ino && named.raw.st_dev == opened.raw.st_dev
  }
}
