import Glibc
import Image
import System

extension LayoutDirectory {
  /// What lies in a layout, whether anything names it or not.
  public struct Inventory: Sendable {
    /// The files whose place and name are a blob's.
    public var blobs: [Digest] = []
    /// What is below `blobs` and can't be a blob, by its path in the layout.
    public var strays: [String] = []
    /// Partial blobs that nobody is filling, by their path in the layout.
    public var stalePartials: [String] = []
  }

  /// Looks at every name in `blobs` and `.partial`.
  public func inventory() throws(Failure) -> Inventory {
    var inventory = Inventory()
    for name in try names(in: Name.blobs) {
      let path = "\(Name.blobs)/\(name)"
      guard let algorithm = Digest.Algorithm(rawValue: name), kind(of: path) == .directory else {
        inventory.strays.append(path)
        continue
      }
      for hex in try names(in: path) {
        if let digest = Digest(algorithm, hex: hex), kind(of: "\(path)/\(hex)") == .regular {
          inventory.blobs.append(digest)
        } else {
          inventory.strays.append("\(path)/\(hex)")
        }
      }
    }
    for name in try names(in: Name.partial) where !isBeingFilled("\(Name.partial)/\(name)") {
      inventory.stalePartials.append("\(Name.partial)/\(name)")
    }
    return inventory
  }

  /// The names in a directory of the layout; none where it is missing.
  private func names(in path: String) throws(Failure) -> [String] {
    do {
      return try directory.open(path, O_RDONLY | O_DIRECTORY, resolve: [.beneath, .noSymlinks]).names()
        .map { String(decoding: $0, as: UTF8.self) }
    } catch {
      if error.rawValue == ENOENT { return [] }
      throw failure(error, path)
    }
  }

  private func kind(of path: String) -> FileStatus.Kind? {
    try? directory.open(path, O_PATH | O_NOFOLLOW, resolve: [.beneath, .noSymlinks]).status().kind
  }

  /// Whether somebody has the partial locked; what can't be opened is nobody's.
  private func isBeingFilled(_ path: String) -> Bool {
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    guard let file = try? directory.open(path, flags, resolve: [.beneath, .noSymlinks]) else { return false }
    return (try? file.lock(.shared, waiting: false)) == nil
  }
}
