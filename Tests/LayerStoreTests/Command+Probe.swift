import Glibc
import TestSupport

extension Command {
  static let probe = built("layer-probe")

  /// Whether overlay file systems can be mounted by this process.
  static let canMount: Bool = {
    guard geteuid() == 0, let scratch = try? Scratch() else { return false }
    for name in ["a", "b", "m"] { mkdir(scratch.path(name), 0o755) }
    let options = "lowerdir=\(scratch.path("a")):\(scratch.path("b"))"
    guard (try? run("mount", "-t", "overlay", "x", "-o", options, scratch.path("m")))?.status == 0 else {
      return false
    }
    return (try? run("umount", scratch.path("m")))?.status == 0
  }()
}
