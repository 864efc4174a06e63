import Glibc
import System
import TestSupport

extension Scratch {
  /// Mounts an overlay at `point`, a new directory, with further options; its root.
  func mountOverlay(_ point: String, lower: [String], upper: String? = nil, _ options: String) throws
    -> FileDescriptor
  {
    _ = try make(point)
    var data = "lowerdir=" + lower.map(path).joined(separator: ":")
    if let upper {
      _ = try make(upper + ".work")
      data += ",upperdir=\(path)/\(upper),workdir=\(path)/\(upper).work"
    }
    data += "," + options
    guard mount("overlay", path(point), "overlay", 0, data) == 0 else { throw Errno.current }
    return try open(point)
  }
}
