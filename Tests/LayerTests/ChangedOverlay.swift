import Glibc
import Overlay
import System
import Testing

@testable import Layer

/// An overlay on tmpfs whose upper directory a test changes by shell commands.
final class ChangedOverlay {
  let path: String

  /// Runs `lower` in the directory below, then `changes` in the mounted overlay.
  init(_ lower: String, _ changes: String, _ options: String = "redirect_dir=on,metacopy=on") throws {
    var template = Array("/dev/shm/LayerTests.XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    try shell("mkdir lower upper work mounted unpacked; cd lower; \(lower)")
    try shell("touch -d '2020-01-01 UTC' lower upper")
    try mount("mounted", "lowerdir=\(path)/lower,upperdir=\(path)/upper,workdir=\(path)/work,\(options)")
    try shell("cd mounted; \(changes)")
  }

  deinit {
    _ = system("cd '\(path)' && umount -l mounted* 2> /dev/null; rm -rf '\(path)'")
  }

  /// Mounts an overlay at a new directory.
  func mount(_ point: String, _ options: String) throws {
    try shell("mkdir -p \(point); mount -t overlay -o '\(options)' overlay \(point)")
  }

  func open(_ name: String) throws -> FileDescriptor {
    try FileDescriptor.open("\(path)/\(name)", O_RDONLY | O_DIRECTORY)
  }

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
    try FileDescriptor.open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC).write(bytes)
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
  func shell(_ command: String) throws -> String {
    let status = system("cd '\(path)' && { \(command)\n } > .out 2> .err")
    func text(_ name: String) throws -> String {
      let file = try FileDescriptor.open("\(path)/\(name)", O_RDONLY)
      var bytes = [UInt8](repeating: 0, count: 4 << 20)
      let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
      return String(decoding: bytes[..<count], as: UTF8.self)
    }
    let errors = try text(".err")
    #expect(status == 0, "\(command): \(errors)")
    return try text(".out")
  }
}

/// Whether this test may run; where MUST_WORK=1 its absence is a failure.
func requireMounts() -> Bool {
  if geteuid() == 0 { return true }
  let mustWork = getenv("MUST_WORK").map { String(cString: $0) } == "1"
  if mustWork { Issue.record("not root") } else { print("not tested: needs root, for mounts") }
  return false
}
