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
    let upper = try Upper(overlay.upper, over: lowers[0])
    // Without changes overlayfs wants two.
    if upper == nil, lowers.count == 1 { lowers.append(try FileDescriptor.memory(4096)) }
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
      let mount = try context.mount([])
      withExtendedLifetime(upper) {}
      return mount
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
      case .path(let path): try FileDescriptor.tree(path)
      case .descriptor(let descriptor): descriptor
      }
    guard shifted else { return directory }
    return try self.shifted(directory, shifted, "layer")
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
      // A copy of a shared mount is shared: what the container mounts in it would appear on the host.
      try copy.setMount(mount.attributes, propagation: mount.propagation, recursive: recursive)
      return copy
    } catch { throw error.failure(name, doing: "bind") }
  }
}

/// Where changes of an overlay go, open.
private struct Upper {
  let changes: FileDescriptor
  let work: FileDescriptor
  // A mount that is nowhere is gone with its descriptor.
  private let holder: FileDescriptor?

  /// Opens it, or makes it in memory; nil where there is none.
  init?(_ upper: ContainerOverlay.Upper, over top: FileDescriptor) throws(Failure) {
    switch upper {
    case .none: return nil
    case .directory(let path, let work):
      changes = try FileDescriptor.tree(path)
      self.work = try FileDescriptor.tree(work)
      holder = nil
    case .memory(let size):
      let memory = try FileDescriptor.memory(size)
      holder = memory
      do throws(Errno) {
        for name in ["upper", "work"] { try memory.makeDirectory(name, mode: 0o755) }
        changes = try memory.open("upper", O_RDONLY)
        work = try memory.open("work", clinux_O_PATH)
        // `/` is what the upper directory is: as the image has it.
        let (number, status) = (changes.number, try top.status().raw)
        // Whom a user's map doesn't have, they can't give it to.
        if fchown(number, status.st_uid, status.st_gid) != 0, errno != EINVAL, errno != EPERM {
          throw Errno.current
        }
        _ = try retrying { fchmod(number, status.st_mode & 0o7777) }
      } catch { throw error.failure("upper directory in memory") }
    }
  }
}

extension FileDescriptor {
  fileprivate static func tree(_ path: String) throws(Failure) -> FileDescriptor {
    do { return try FileDescriptor.openDirectory(path) } catch { throw error.failure(path) }
  }

  fileprivate static func memory(_ size: UInt64?) throws(Failure) -> FileDescriptor {
    do throws(Errno) {
      let context = try FileSystemContext("tmpfs")
      if let size { try context.set("size", to: "\(size)") }
      try context.set("mode", to: "0755")
      return try context.mount([])
    } catch { throw error.failure("tmpfs") }
  }
}
