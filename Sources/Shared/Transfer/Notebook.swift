import Glibc
import Image
import System
import Verification

/// Short facts under keys, remembered between runs in a directory: a cache, which may lose anything at any time.
///
/// Each fact is a file that appears whole, so that any number of processes may use it at once. What can't be read or
/// written is not known, and that is all.
public final class Notebook: Sendable {
  private let directory: FileDescriptor
  private let path: String

  /// The most facts that are kept; beyond, the older half goes.
  static let limit = 8192
  /// The largest fact, bytes.
  private static let longest = 4096

  /// The facts in the directory `path`, which is made if it is missing; nil where that can't be.
  public init?(_ path: String) {
    do throws(Errno) {
      try FileDescriptor.makeDirectories(path)
      directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
      // What others could write there would become a part of our images.
      let status = try directory.status().raw
      guard status.st_uid == geteuid() else { return nil }
      if status.st_mode & 0o022 != 0 { _ = fchmod(directory.number, 0o700) }
    } catch { return nil }
    self.path = path
  }

  private static func name(_ key: String) -> String { Digest.of(Array(key.utf8)).hex }

  /// What is known of `key`.
  public func value(_ key: String) -> String? {
    guard let file = try? directory.open(Self.name(key), O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
      let status = try? file.status(), status.kind == .regular, status.size <= Self.longest
    else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.size))
    guard
      let count = try? bytes.withUnsafeMutableBytes({ (space) throws(Errno) in try file.read(into: space) }),
      count == bytes.count
    else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 3, lines[0] == key else { return nil }
    return String(lines[1])
  }

  /// Remembers `value` of `key`; both are one line.
  public func remember(_ key: String, _ value: String) {
    let text = "\(key)\n\(value)\n"
    guard text.utf8.count <= Self.longest, self.value(key) != value else { return }
    do throws(Errno) {
      let file = try AtomicFile("\(path)/\(Self.name(key))")
      try file.descriptor.write(Array(text.utf8))
      try file.commit()
      try prune()
    } catch {}
  }

  /// Forgets what was known of `key`.
  public func forget(_ key: String) { try? directory.unlink(Self.name(key)) }

  private func prune() throws(Errno) {
    let names = try directory.names().map { String(decoding: $0, as: UTF8.self) }
    guard names.count > Self.limit else { return }
    let aged = names.compactMap { name in
      (try? directory.status(of: name)).map { (name: name, time: $0.raw.st_mtim.tv_sec) }
    }
    for old in aged.sorted(by: { $0.time < $1.time }).prefix(names.count - Self.limit / 2) {
      try? directory.unlink(old.name)
    }
  }
}
