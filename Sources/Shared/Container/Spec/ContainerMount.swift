import System

/// Something mounted in a container, over what the image has there (runtime-spec, config.md, Mounts).
public struct ContainerMount: Sendable {
  /// What is mounted.
  public enum Source: Sendable {
    /// A file or directory of the host; recursive: with what is mounted below it.
    case bind(String, recursive: Bool)
    /// The same by a descriptor.
    case descriptor(FileDescriptor, recursive: Bool)
    /// A part of `/` that stays writable where that is read-only: an anonymous volume.
    case volume
    /// Layers of another image.
    case overlay(ContainerOverlay)
    /// An empty file system in memory; options of its own like `size`, `mode`, `nr_inodes`, `uid`, `gid` (tmpfs(5)).
    case tmpfs([(name: String, value: String)])
    /// The processes of its PID namespace (proc(5)); in the runner's one, what the host has mounted.
    case proc
    /// Devices and the network namespace (sysfs(5)); of the host's, read-only, where a user may not mount it.
    case sysfs
    /// Its terminals.
    case devpts
    /// POSIX message queues (mq_overview(7)).
    case mqueue
    /// What it sees of control groups, each hierarchy under its name where there are several.
    case cgroup
  }

  /// What is mounted.
  public var source: Source
  /// The absolute path within the container; made where it is missing, and never outside of it.
  public var target: String
  /// Set on the mount, and on those below where the source is recursive.
  ///
  /// `noDevices` is always added, unless the spec `allowsAllDevices`.
  public var attributes: MountAttributes = []
  /// Of binds.
  public var propagation = MountPropagation.private
  /// Of binds: whether owners of files are shifted into the container's user namespace by an idmapped mount.
  public var isShifted = false
  /// Of overlays: the file or directory that is shown, a path below its root without symbolic links; empty for all.
  public var subpath = ""

  /// `source` at `target`.
  public init(_ source: Source, at target: String, _ attributes: MountAttributes = []) {
    self.source = source
    self.target = target
    self.attributes = attributes
  }
}

/// A device in a container's /dev or elsewhere (runtime-spec, config-linux.md, Devices).
public struct ContainerDevice: Hashable, Sendable {
  /// The kind.
  public enum Kind: Hashable, Sendable {
    case character
    case block
  }

  /// The absolute path within the container.
  public var path: String
  /// The kind.
  public var kind: Kind
  /// The numbers.
  public var major: UInt32
  /// The numbers.
  public var minor: UInt32
  /// The numbers as one (makedev(3)).
  var number: UInt64 {
    let (major, minor) = (UInt64(major), UInt64(minor))
    return (major & 0xffff_f000) << 32 | (major & 0xfff) << 8 | (minor & 0xffff_ff00) << 12 | minor & 0xff
  }
  /// The mode, without the kind.
  public var mode: UInt32
  /// The owner within the container.
  public var uid: UInt32 = 0
  /// The group within the container.
  public var gid: UInt32 = 0
  /// The host's node, shown by a bind where nodes may not be made (in a user namespace).
  public var source: String

  /// The device that the host has at `source`.
  public init(path: String, source: String, kind: Kind, major: UInt32, minor: UInt32, mode: UInt32) {
    self.path = path
    self.source = source
    self.kind = kind
    self.major = major
    self.minor = minor
    self.mode = mode
  }
}

/// A small file whose content the runner provides; the container may change it, and nobody else sees that.
public struct ProvidedFile: Hashable, Sendable {
  /// The absolute path within the container.
  public var path: String
  /// The content.
  public var content: [UInt8]
  /// The mode.
  public var mode: UInt32 = 0o644
  /// The owner within the container.
  public var uid: UInt32 = 0
  /// The group within the container.
  public var gid: UInt32 = 0
  /// What holds for it, beside that it is no device.
  public var attributes: MountAttributes = [.noSetUserID, .noExecution]

  /// `content` at `path`.
  public init(_ path: String, _ content: [UInt8]) {
    self.path = path
    self.content = content
  }
}
