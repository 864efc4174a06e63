import CLinux
import Glibc
import Overlay
import System

/// Mounts that the runner makes and the child only puts in place: what their sources are is told apart here, with the
/// runner's rights and its view of the host.
struct MountSources {
  /// The user namespace by which shifted mounts are idmapped.
  let mapping: FileDescriptor?

  /// An overlay that is nowhere yet.
  func overlay(_ overlay: ContainerOverlay) throws(Failure) -> FileDescriptor {
    var lowers: [FileDescriptor] = []
    for lower in overlay.lowers { lowers.append(try open(lower, shifted: overlay.isShifted)) }
    var upper: (changes: FileDescriptor, work: FileDescriptor)?
    // A mount that is nowhere is gone with its descriptor.
    var holder: FileDescriptor?
    defer { withExtendedLifetime(holder) {} }
    switch overlay.upper {
    case .none: break
    case .directory(let path, let work):
      (upper, holder) = try self.upper(path, work: work, shifted: overlay.isShifted)
    case .memory(let size):
      // Made before it is shifted: by root, whom the map may not have.
      let plain = try Self.memory(size)
      do throws(Errno) {
        for name in ["upper", "work"] { try plain.makeDirectory(name, mode: 0o755) }
      } catch { throw error.failure("upper directory in memory") }
      let memory = try shifted(plain, overlay.isShifted, "upper directory")
      holder = memory
      do throws(Errno) {
        upper = (try memory.open("upper", clinux_O_PATH), try memory.open("work", clinux_O_PATH))
      } catch { throw error.failure("upper directory in memory") }
    }
    // Without changes overlayfs wants two.
    if upper == nil, lowers.count == 1 { lowers.append(try Self.memory(4096)) }
    let context: FileSystemContext
    do { context = try FileSystemContext("overlay") } catch { throw error.failure("overlay") }
    do throws(Errno) {
      try context.set("source", to: "overlay")
      // By descriptors: names of any length, and mountinfo in the container does not show where the store is.
      for lower in lowers { try context.set("lowerdir+", to: lower.magicPath) }
      if let upper {
        try context.set("upperdir", to: upper.changes.magicPath)
        try context.set("workdir", to: upper.work.magicPath)
        // Changes are to be a layer: nothing in them may point into the layers below.
        if overlay.dialect == .trusted {
          try context.set("redirect_dir", to: "nofollow")
          try context.set("metacopy", to: "off")
        }
        if overlay.isVolatile { try context.set("volatile") }
      }
      if overlay.dialect == .user { try context.set("userxattr") }
      return try context.mount([])
    } catch {
      let words = context.messages().joined(separator: "; ")
      var failure = error.failure("overlay", doing: words.isEmpty ? "mount" : words)
      failure.cause = "\(lowers.count) layers"
      throw failure
    }
  }

  private func open(_ lower: ContainerOverlay.Lower, shifted: Bool) throws(Failure) -> FileDescriptor {
    let directory: FileDescriptor =
      switch lower {
      case .path(let path): try Self.directory(path)
      case .descriptor(let descriptor): descriptor
      }
    guard shifted else { return directory }
    return try self.shifted(directory, shifted, "layer")
  }

  // The two must be in one mount, also where that is a shifted copy: of the directory that has both.
  private func upper(
    _ path: String, work: String, shifted: Bool
  ) throws(Failure) -> ((FileDescriptor, FileDescriptor), holder: FileDescriptor?) {
    guard shifted, mapping != nil else { return ((try Self.directory(path), try Self.directory(work)), nil) }
    func halves(_ path: String) -> (String, String) {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      return (String(path[..<slash]), String(path[slash...].drop { $0 == "/" }))
    }
    let (parent, name) = halves(path)
    guard halves(work).0 == parent else {
      throw Failure(.failed, work, "has to lie beside \(path), to be shifted with it")
    }
    let copy = try self.shifted(try Self.directory(parent), true, path)
    do throws(Errno) {
      return ((try copy.open(name, clinux_O_PATH), try copy.open(halves(work).1, clinux_O_PATH)), copy)
    } catch { throw error.failure(path) }
  }

  /// A copy of a mount in which owners are those of the container's user namespace.
  private func shifted(_ place: FileDescriptor, _ isShifted: Bool, _ name: String) throws(Failure)
    -> FileDescriptor
  {
    guard isShifted, let mapping else { return place }
    do throws(Errno) {
      let copy = try place.cloneMount(recursive: false)
      _ = try retrying { clinux_map_mount(copy.number, mapping.number) }
      return copy
    } catch { throw error.failure(name, doing: "idmapped mount") }
  }

  /// A file or directory of the host, with the attributes of `mount`, that is nowhere yet.
  func bind(
    _ place: FileDescriptor, recursive: Bool, _ mount: ContainerMount, name: String
  ) throws(Failure) -> FileDescriptor {
    do throws(Errno) {
      let copy = try place.cloneMount(recursive: recursive)
      if mount.isShifted, let mapping { _ = try retrying { clinux_map_mount(copy.number, mapping.number) } }
      let attributes = MountAttributes(rawValue: mount.attributes.rawValue)
      if !attributes.isEmpty { try copy.setMount(attributes, recursive: recursive) }
      // A copy of a shared mount is shared: what the container mounts in it would appear on the host.
      let propagation: MountPropagation =
        switch mount.propagation {
        case .private: .private
        case .slave: .slave
        case .shared: .shared
        }
      try copy.setMount(propagation: propagation, recursive: recursive)
      return copy
    } catch { throw error.failure(name, doing: "bind") }
  }

  private static func directory(_ path: String) throws(Failure) -> FileDescriptor {
    do { return try FileDescriptor.openDirectory(path) } catch { throw error.failure(path) }
  }

  private static func memory(_ size: UInt64?) throws(Failure) -> FileDescriptor {
    do throws(Errno) {
      let context = try FileSystemContext("tmpfs")
      if let size { try context.set("size", to: "\(size)") }
      try context.set("mode", to: "0755")
      return try context.mount([])
    } catch { throw error.failure("tmpfs") }
  }
}
