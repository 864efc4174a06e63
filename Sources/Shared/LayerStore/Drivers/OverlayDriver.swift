import Glibc
import Overlay
import System

/// The kernel's overlayfs (Linux, Documentation/filesystems/overlayfs.rst).
public struct OverlayDriver: MountDriver {
  /// How the kernel is told of the layers.
  public enum Way: Sendable, CaseIterable {
    /// Each as an open directory: no limit, and no path that anybody could mistake; Linux 6.13.
    case descriptors
    /// Each by a name of at most 255 bytes, relative to the store; Linux 6.5.
    case names
    /// All in one string of at most 4095 bytes, relative to the store: mount(2).
    case classic
  }

  /// What it is called.
  public let name = "overlay"
  /// Trees with overlayfs's own marks.
  public let form: LayerForm
  private let dialect: OverlayDialect
  private let ways: [Way]

  /// The most lower directories that overlayfs takes (OVL_MAX_STACK).
  static let limit = 500

  /// The driver for a process whose numbers are these.
  ///
  /// - Parameter ways: those to be tried, in this order, until the kernel knows one.
  public init(map: IdentityMap, ways: [Way] = Way.allCases) {
    dialect = map == .identity ? .trusted : .user
    form = map == .identity ? .tree(.trusted, .mapped(map)) : .trees(for: map)
    self.ways = ways
  }

  /// Shows them.
  public func mount(_ chain: LayerChain, at point: MountPoint) throws(Failure) {
    let count = chain.layers.count
    guard count <= Self.limit else {
      throw Failure(
        .failed, point.path,
        "has \(count) layers; overlayfs takes \(Self.limit) (--driver copy takes any number)")
    }
    var problem: OverlayProblem?
    for way in ways {
      do throws(OverlayProblem) {
        switch way {
        case .descriptors: return try place(try describe(chain, point), at: point)
        case .names: return try place(try name(chain, point), at: point)
        case .classic: return try mountClassically(chain, point)
        }
      } catch {
        // The kernel may not know this way; else the next one fails of the same.
        if problem == nil || !error.isOfWay { problem = error }
        guard error.isOfWay else { break }
      }
    }
    throw problem!.failure(point)
  }

  /// Takes it off (umount2(2)).
  public func unmount(_ path: String) throws(Failure) { try MountedDirectory(path).unmount() }
}

extension OverlayDriver {
  private func describe(_ chain: LayerChain, _ point: MountPoint) throws(OverlayProblem) -> FileDescriptor {
    let directories = try Self.lower(chain, .absolute, point)
    return try configure(point) { context throws(Errno) in
      for directory in directories {
        // One after the other: a process may have but 1024 descriptors.
        try context.set("lowerdir+", to: try FileDescriptor.openDirectory(directory))
      }
      guard let upper = point.upper else { return }
      try context.set("upperdir", to: try FileDescriptor.openDirectory(upper.path))
      try context.set("workdir", to: try FileDescriptor.openDirectory(upper.work))
    }
  }

  private func name(_ chain: LayerChain, _ point: MountPoint) throws(OverlayProblem) -> FileDescriptor {
    let directories = try Self.lower(chain, .short, point)
    return try Self.standing(in: chain.store) { () throws(OverlayProblem) in
      try configure(point) { context throws(Errno) in
        for directory in directories { try context.set("lowerdir+", to: directory) }
        guard let upper = point.upper else { return }
        // What is long or to be escaped gets a name that is neither; it holds until the mount is made.
        for (key, path) in [("upperdir", upper.path), ("workdir", upper.work)] {
          let open = try FileDescriptor.openDirectory(path)
          try context.set(key, to: path.utf8.count < 256 && !path.contains("\\") ? path : open.magicPath)
        }
      }
    }
  }

  private func mountClassically(_ chain: LayerChain, _ point: MountPoint) throws(OverlayProblem) {
    let options: String
    do {
      options = try chain.options(.short, upper: point.upper) + (dialect == .user ? ",userxattr" : "")
    } catch { throw .failed(error) }
    guard options.utf8.count < 4096 else {
      throw .failed(
        Failure(
          .failed, point.path,
          "has too many layers for this kernel (\(chain.layers.count)): their names don't fit into a page"
            + " (--driver copy takes any number)"))
    }
    try Self.standing(in: chain.store) { () throws(OverlayProblem) in
      do throws(Errno) {
        try System.mount(
          point.source, at: point.directory.magicPath, type: "overlay", point.allAttributes, data: options)
      } catch { throw .refused(error, []) }
    }
  }

  // A mount that is nowhere yet, of layers as `layers` sets them.
  private func configure(
    _ point: MountPoint, _ layers: (FileSystemContext) throws(Errno) -> Void
  ) throws(OverlayProblem) -> FileDescriptor {
    let context: FileSystemContext
    do { context = try FileSystemContext("overlay") } catch { throw .refused(error, []) }
    do throws(Errno) {
      // What is longer than the kernel takes is but shown.
      try context.set("source", to: String(point.source.unicodeScalars.prefix(60)))
      try layers(context)
      if dialect == .user { try context.set("userxattr") }
      if point.upper == nil { try context.set("ro") }
      return try context.mount(point.allAttributes)
    } catch { throw .refused(error, context.messages()) }
  }

  private func place(_ mount: FileDescriptor, at point: MountPoint) throws(OverlayProblem) {
    do { try mount.moveMount(to: point.directory) } catch {
      throw .failed(error.failure(point.path, doing: "mounting"))
    }
  }

  private static func lower(
    _ chain: LayerChain, _ naming: LayerChain.Naming, _ point: MountPoint
  ) throws(OverlayProblem) -> [String] {
    do { return try chain.lowerDirectories(naming, upper: point.upper != nil) } catch { throw .failed(error) }
  }

  private static func standing<Value: Sendable>(
    in store: LayerCache, _ body: @escaping @Sendable () throws(OverlayProblem) -> Value
  ) throws(OverlayProblem) -> Value {
    let result: Result<Value, OverlayProblem>
    do throws(Errno) {
      // By its path: what was opened before this process had mounts of its own, the kernel takes for another's.
      result = try Thread.standing(in: try FileDescriptor.openDirectory(store.path)) {
        do throws(OverlayProblem) { return .success(try body()) } catch { return .failure(error) }
      }
    } catch { throw .failed(error.failure(store.path)) }
    return try result.get()
  }
}

extension OverlayDriver {
  /// Why there is no overlayfs for this process: one of two directories that are everywhere is set up and forgotten.
  public func obstacle() -> String? {
    do throws(Errno) {
      let context = try FileSystemContext("overlay")
      for directory in ["/usr", "/etc"] {
        do { try context.set("lowerdir+", to: directory) } catch { return nil }
      }
      if dialect == .user { try context.set("userxattr") }
      _ = try context.mount([])
    } catch {
      switch error.rawValue {
      case ENODEV: return "the kernel has no overlayfs (modprobe overlay)"
      case EPERM, EACCES: return denial
      case ENOSYS: return classicObstacle()
      default: return nil
      }
    }
    return nil
  }

  private var denial: String {
    if geteuid() != 0 { return "takes root, or a user namespace, as a COMMAND gets one" }
    return dialect == .user
      ? "not in this user namespace (it takes Linux 5.11, and mounts of its own)"
      : "root may not mount here (CAP_SYS_ADMIN is missing)"
  }

  private func classicObstacle() -> String? {
    guard geteuid() == 0 else { return denial }
    let known = try? FileDescriptor.open("/proc/filesystems", O_RDONLY).readToEnd(limit: 1 << 20)
    guard let known,
      !known.split(separator: 0x0A).contains(where: { $0.elementsEqual("nodev\toverlay".utf8) })
    else { return nil }
    return "the kernel has no overlayfs (modprobe overlay)"
  }
}
