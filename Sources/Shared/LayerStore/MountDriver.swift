import System

/// A way to show the layers of an image as one tree of files.
public protocol MountDriver: Sendable {
  /// What `--driver` calls it.
  var name: String { get }

  /// How it needs layers to be kept; nothing here says that a layer is a directory.
  var form: LayerForm { get }

  /// Why it can't work here, for people: `/dev/fuse: Permission denied`; nil where it can.
  ///
  /// It is tried, so that it holds for this process, in the namespaces in which it is now.
  func obstacle() -> String?

  /// Shows the layers of `chain` at `point`.
  ///
  /// - Throws: `denied` where it is not allowed to; `failed`, with nothing mounted.
  func mount(_ chain: LayerChain, at point: MountPoint) throws(Failure)

  /// Takes away what `mount` shows at `path`, an absolute path without symbolic links, of which the caller knows that
  /// it was this driver's.
  ///
  /// - Throws: `failed` where it is in use, `notFound` where nothing is there.
  func unmount(_ path: String) throws(Failure)
}
