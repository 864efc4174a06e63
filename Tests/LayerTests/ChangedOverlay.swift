import Glibc
import Overlay
import System
import TestSupport
import Testing

@testable import Layer

/// An overlay on tmpfs whose upper directory a test changes by shell commands.
final class ChangedOverlay {
  private let scratch: Scratch
  var path: String { scratch.path }

  /// Runs `lower` in the directory below, then `changes` in the mounted overlay.
  init(_ lower: String, _ changes: String, _ options: String = "redirect_dir=on,metacopy=on") throws {
    scratch = try Scratch()
    try shell("mkdir lower upper work mounted unpacked; cd lower; \(lower)")
    try shell("touch -d '2020-01-01 UTC' lower upper")
    try mount("mounted", "lowerdir=\(path)/lower,upperdir=\(path)/upper,workdir=\(path)/work,\(options)")
    try shell("cd mounted; \(changes)")
  }

  /// Mounts an overlay at a new directory.
  func mount(_ point: String, _ options: String) throws {
    try shell("mkdir -p \(point); mount -t overlay -o '\(options)' overlay \(point)")
  }

  func open(_ name: String) throws -> FileDescriptor { try scratch.open(name) }

  func below(_ dialect: OverlayDialect = .trusted) throws -> OverlayDirectory {
    try OverlayDirectory(roots: [open("lower")], dialect: dialect)
  }

  /// Writes the difference to `name` and gives its bytes.
  @discardableResult
  func difference(
    _ name: String = "layer.tar", of upper: String = "upper", clampedTo: Int64? = nil
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try LayerDifference.write(
      open(upper), dialect: .trusted, on: below(), name: "upper", clampedTo: clampedTo
    ) { bytes += $0 }
    try scratch.write(name, bytes)
    return bytes
  }

  /// Unpacks a tar as a layer above the lower directory.
  func unpack(_ bytes: [UInt8], into name: String = "unpacked") throws {
    let below = try below()
    let unpacker = try LayerUnpacker(
      into: open(name), name: "layer", dialect: .trusted, owners: .mapped
    ) { () throws(Failure) in below }
    try unpacker.unpack(reader(bytes))
  }

  /// All that can be seen of a tree, a line a fact; times of the root left out.
  func seen(_ name: String) throws -> String {
    try shell(
      """
      cd \(name)
      find . -mindepth 1 -printf '%P|%y|%m|%U:%G|%T@|%l|' -a '(' -type d -printf '\\n' -o -printf '%s|%n\\n' ')' | sort
      stat -c '%a %u:%g' .; find . -type f -exec sha256sum {} + | sort
      find . -print0 | sort -z | xargs -0 getfattr -hd -m - 2> /dev/null | grep -v overlay
      find . '(' -type b -o -type c ')' -exec stat -c '%n %t:%T' {} + | sort
      """)
  }

  /// Runs a shell command here; its output, as it stands.
  @discardableResult
  func shell(_ command: String) throws -> String { try scratch.shell(command) }
}
