import Glibc
import Overlay
import System

/// No mount: the files are copied to the directory, and stay.
public struct CopyDriver: MountDriver {
  /// What it is called.
  public let name = "copy"
  /// Trees with overlayfs's own marks, whose owners an ordinary user has recorded.
  public let form: LayerForm

  /// The driver for a process whose numbers are these.
  public init(map: IdentityMap) { form = .trees(for: map) }

  /// It works everywhere.
  public func obstacle() -> String? { nil }

  /// Copies them into the directory, which has to be empty; of what can't be copied whole, nothing stays.
  public func mount(_ chain: LayerChain, at point: MountPoint) throws(Failure) {
    guard case .tree(let dialect, _) = form else { preconditionFailure("no trees") }
    let target: FileDescriptor
    let source: OverlayDirectory
    do throws(Errno) {
      target = try point.directory.open(FileName("."), O_RDONLY | O_DIRECTORY)
      guard try target.names().isEmpty else { throw Errno(ENOTEMPTY) }
      guard let merged = try chain.merged(dialect) else { return }
      source = merged
    } catch { throw error.failure(point.path) }
    do { try OverlayCopy.copy(source, into: target, name: point.path) } catch {
      try? target.removeContents()
      throw error
    }
  }

  /// Nothing is mounted: what was copied is for rm(1).
  public func unmount(_ path: String) throws(Failure) {
    throw Failure(.failed, path, "is a copy, and no mount")
  }
}
