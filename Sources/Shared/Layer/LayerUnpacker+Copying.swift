import Glibc
import Overlay
import System

// Files of the layers below that become this layer's, too, as overlayfs copies them up when they change.

extension LayerUnpacker {
  /// Copies a file that is no directory, with all that it has, to a name that is free.
  func copy(
    _ lower: OverlayEntry, of parent: OverlayDirectory, to name: FileName, in directory: FileDescriptor
  ) throws(Failure) {
    let attributes = try attributes(of: lower)
    let status = lower.status.raw
    guard lower.status.kind == .regular else {
      try check { () throws(Errno) in
        if lower.status.kind == .symlink {
          try directory.makeSymlink(name, to: try lower.place.target(of: lower.name))
        } else {
          try directory.makeNode(name, mode: status.st_mode, device: status.st_rdev)
          try directory.setMode(of: name, status.st_mode & 0o7777)
        }
        if (status.st_uid, status.st_gid) != (ownUser, ownGroup) {
          try directory.setOwner(of: name, status.st_uid, status.st_gid)
        }
        for attribute in attributes {
          guard let key = FileName(attribute.name) else { continue }
          try directory.setExtendedAttribute(key, of: name, to: attribute.value)
        }
        try directory.setTimes(of: name, status.st_atim, status.st_mtim)
      }
      return
    }
    try spend(UInt64(clamping: status.st_blocks) / 8 + 1)
    try check { () throws(Errno) in
      let source = try parent.open(lower)
      let file = try directory.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      try file.copyBytes(of: source, size: lower.status.size)
      if (status.st_uid, status.st_gid) != (ownUser, ownGroup) {
        try file.setOwner(status.st_uid, status.st_gid)
      }
      try file.setMode(status.st_mode & 0o7777)
      for attribute in attributes {
        guard let key = FileName(attribute.name) else { continue }
        try file.setExtendedAttribute(key, to: attribute.value)
      }
      try file.setTimes(status.st_atim, status.st_mtim)
    }
  }
}
