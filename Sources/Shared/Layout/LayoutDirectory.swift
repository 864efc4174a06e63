import Glibc
import Image
import System

/// A directory that follows the OCI image layout (image-spec, image-layout.md): `oci-layout`, `index.json`, `blobs/`.
///
/// Any number of threads and processes may read and write one at once. What is in it may be a stranger's: nothing is
/// read through a symbolic link, from anything but a regular file, or beyond a limit.
///
/// Killed at any system call, a layout names what it named before, or that and what was being added. A new one comes
/// into being by its `oci-layout`, which is written last; so a layout without an `index.json` is a broken one.
public final class LayoutDirectory: Sendable {
  /// The path by which the user knows it; the subject of every failure.
  public let path: String
  let directory: FileDescriptor
  /// Whether something was stored that no `update(durably: true)` has made durable yet.
  let unsynchronized = Monitor(false)
  /// How many blobs are staged.
  let staged = Monitor(0)

  private init(path: String) throws(Failure) {
    self.path = path
    do {
      directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    } catch { throw error.failure(path) }
  }

  /// The layout at `path`.
  ///
  /// - Throws: `notFound` where there is none, `invalid` where its version is not 1.x.
  public static func open(_ path: String) throws(Failure) -> LayoutDirectory {
    let layout = try LayoutDirectory(path: path)
    try layout.checkVersion()
    return layout
  }

  /// The layout at `path`, made with the directories above it if it is missing.
  ///
  /// An `index.json` that is there already is kept.
  public static func openOrCreate(_ path: String) throws(Failure) -> LayoutDirectory {
    do {
      let layout = try open(path)
      if try layout.has(Name.index) { return layout }
    } catch { if error.kind != .notFound { throw error } }
    do { try FileDescriptor.makeDirectories(path) } catch { throw error.failure(path) }
    let layout = try LayoutDirectory(path: path)
    try layout.complete()
    return layout
  }

  /// What is named in the layout.
  public func index() throws(Failure) -> Index {
    let raw: [UInt8]
    do { raw = try read(Name.index, limit: JSON.sizeLimit) } catch {
      // The layout is here: what is missing makes it a broken one.
      throw error.kind == .notFound ? Failure(.invalid, path, "\(Name.index) is missing") : error
    }
    do { return try Index(raw: raw, mediaType: .imageIndex) } catch {
      throw error.about(Name.index).about(path)
    }
  }
}

extension LayoutDirectory {
  /// The names that the specification fixes.
  enum Name {
    static let version = "oci-layout"
    static let index = "index.json"
    static let blobs = "blobs"
    /// Ours: blobs that are not whole yet.
    static let partial = ".partial"
  }

  private static let versionDocument = #"{"imageLayoutVersion":"1.0.0"}"#

  /// `oci-layout` says 1.x.
  private func checkVersion() throws(Failure) {
    let raw: [UInt8]
    do { raw = try read(Name.version, limit: 64 << 10) } catch {
      guard error.kind == .notFound else { throw error }
      throw Failure(.notFound, path, "is not an image layout: it has no \(Name.version)")
    }
    let document: JSON
    do { document = try JSON(parsing: raw) } catch { throw error.about(Name.version).about(path) }
    guard let version = document["imageLayoutVersion"]?.string else {
      throw Failure(.invalid, path, "\(Name.version) has no imageLayoutVersion")
    }
    guard version.hasPrefix("1.") else {
      throw Failure(.invalid, path, "\(Name.version): version \(version) is not known, only 1.x")
    }
  }

  private func has(_ name: String) throws(Failure) -> Bool {
    do { _ = try directory.status(of: name) } catch {
      if error.rawValue == ENOENT { return false }
      throw failure(error, name)
    }
    return true
  }

  /// Makes what is missing, `oci-layout` last.
  private func complete() throws(Failure) {
    let lock = try lockIndex()
    defer { withExtendedLifetime(lock) {} }
    do {
      _ = try directory.subdirectory(Name.blobs).subdirectory(Digest.Algorithm.sha256.rawValue)
    } catch { throw failure(error, Name.blobs) }
    if try has(Name.index) { _ = try index() } else { try replace(Name.index, Index.empty.raw) }
    if try has(Name.version) {
      try checkVersion()
    } else {
      try replace(Name.version, Array(Self.versionDocument.utf8))
    }
  }

  /// The lock under which `index.json` changes; held until it goes.
  ///
  /// It is on the directory, as a file that is replaced can't be the lock, and on a descriptor of its own, so that
  /// threads exclude each other too.
  func lockIndex() throws(Failure) -> FileDescriptor {
    do {
      let lock = try directory.open(".", O_RDONLY | O_DIRECTORY)
      try lock.lock(.exclusive)
      return lock
    } catch { throw failure(error) }
  }

  /// Puts a file of `bytes` in the place of `name`, under `lockIndex()`.
  ///
  /// - Parameter ready: called when all but the rename is done.
  func replace(_ name: String, _ bytes: [UInt8], ready: () throws(Errno) -> Void = {}) throws(Failure) {
    let new = ".\(name).new"
    do throws(Errno) {
      // One that a killed process left: the lock makes it ours.
      do { try directory.unlink(new) } catch { if error.rawValue != ENOENT { throw error } }
      let file = try directory.open(new, O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
      do throws(Errno) {
        try file.write(bytes)
        try ready()
        try directory.rename(new, to: name, in: directory)
      } catch {
        try? directory.unlink(new)
        throw error
      }
    } catch { throw failure(error, "writing \(name)") }
  }
}
