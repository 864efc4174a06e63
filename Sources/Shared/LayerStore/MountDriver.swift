import System

/// A way to show the layers of an image as one tree of files.
public protocol MountDriver: Sendable {
  /// What `--driver` calls it.
  var name: String { get }

  /// How it needs layers to be kept; nothing here says that a layer is a directory.
  var form: LayerForm { get }

  /// Why it can't work here, for people: `/dev/fuse: Permission denied`; nil where it can.
  func obstacle() -> String?

  /// Shows `layers`, the base first, at `point`.
  ///
  /// - Throws: `denied` where it is not allowed to; `failed`, with nothing mounted.
  func mount(_ layers: [StoredLayer], at point: MountPoint) throws(Failure)
}

/// Where, and with what on top, layers are to be shown.
public struct MountPoint: Sendable {
  /// The directory, opened (O_PATH | O_DIRECTORY), so that its name can't come to mean another.
  public var directory: FileDescriptor
  /// Its absolute path without symbolic links, for messages, mountinfo and programs.
  public var path: String
  /// Where changes go; nil for read-only.
  public var upper: UpperDirectory?
  /// What mount(8) shows as the source: the image's name.
  public var source: String

  /// A place for layers.
  public init(directory: FileDescriptor, path: String, upper: UpperDirectory?, source: String) {
    self.directory = directory
    self.path = path
    self.upper = upper
    self.source = source
  }
}

/// The two directories that overlayfs needs for changes, in one file system.
public struct UpperDirectory: Sendable {
  /// The absolute path of the changes.
  public var path: String
  /// The absolute path of overlayfs's own work directory.
  public var work: String

  /// Changes in `path`, made by way of `work`.
  public init(path: String, work: String) {
    self.path = path
    self.work = work
  }
}
