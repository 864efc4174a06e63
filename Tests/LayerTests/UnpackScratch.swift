import Glibc
import Overlay
import System
import TestSupport

@testable import Layer

/// A directory for a test, with canaries beside the roots of layers.
final class UnpackScratch {
  private let scratch: Scratch
  var path: String { scratch.path }
  private var layers: [FileDescriptor] = []

  init() throws {
    scratch = try Scratch(in: "/tmp")
    for name in ["canary", "outside/file", "outside/directory/file"] { try scratch.write(name, "alive") }
  }

  /// Unpacks `tar` on top of the layers unpacked before; whether it depends on them.
  @discardableResult
  func unpack(
    _ tar: SampleTar, dialect: OverlayDialect = .trusted, owners: LayerUnpacker.Owners = .mapped,
    limits: LayerUnpacker.Limits = LayerUnpacker.Limits()
  ) throws -> Bool {
    try unpack(reader(tar.bytes, chunk: 5000), dialect, owners, limits)
  }

  /// Unpacks a tar that lies in a file.
  func unpack(file path: String) throws {
    let file = try FileDescriptor.open(path, O_RDONLY)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 10_000, alignment: 1)
    defer { buffer.deallocate() }
    let reader = LayerReader("layer") { () throws(Failure) in
      do throws(Errno) {
        let count = try file.read(into: buffer)
        return count == 0 ? nil : UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
      } catch { throw error.failure("layer") }
    }
    _ = try unpack(reader, .trusted, .mapped, LayerUnpacker.Limits())
  }

  private func unpack(
    _ reader: LayerReader, _ dialect: OverlayDialect, _ owners: LayerUnpacker.Owners,
    _ limits: LayerUnpacker.Limits
  ) throws -> Bool {
    let name = "/layer\(layers.count)"
    let scratch = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    try scratch.makeDirectory(String(name.dropFirst()))
    let root = try FileDescriptor.open(path + name, O_RDONLY | O_DIRECTORY)
    let lower = Array(layers.reversed())
    layers.append(root)
    var asked = 0
    let unpacker = try LayerUnpacker(
      into: root, name: "layer", dialect: dialect, owners: owners, limits: limits
    ) { () throws(Failure) in
      asked += 1
      precondition(asked == 1)
      do throws(Errno) {
        return lower.isEmpty ? nil : try OverlayDirectory(roots: lower, dialect: dialect)
      } catch { throw error.failure("below") }
    }
    try unpacker.unpack(reader)
    precondition(unpacker.dependsOnBelow == (asked == 1))
    return asked == 1
  }

  /// What the last layer has: `PATH/` a directory, `PATH/!` an opaque one, `PATH=CONTENT`, `PATH>TARGET`, `-PATH`
  /// a whiteout, `PATH|` a fifo; what has several names ends in `*`.
  func listing(_ layer: Int? = nil) throws -> [String] {
    var lines: [String] = []
    let root = layers[layer ?? layers.count - 1]
    if try root.extendedAttribute(FileName("trusted.overlay.opaque")) != nil { lines.append("!") }
    try list(root, "", &lines)
    return lines
  }

  private func list(_ directory: FileDescriptor, _ prefix: String, _ lines: inout [String]) throws {
    for bytes in try directory.names() {
      guard let name = FileName(bytes) else { continue }
      let path = prefix + name.description
      let status = try directory.status(of: name)
      let mark = status.kind != .directory && status.raw.st_nlink > 1 ? "*" : ""
      switch status.kind {
      case .directory:
        let child = try directory.open(name, O_RDONLY | O_DIRECTORY)
        let isOpaque = try child.extendedAttribute(FileName("trusted.overlay.opaque")) != nil
        lines.append(path + (isOpaque ? "/!" : "/"))
        try list(child, path + "/", &lines)
      case .regular:
        lines.append(path + "=" + (try text(directory.open(name, O_RDONLY))) + mark)
      case .symlink: lines.append(path + ">" + (try directory.target(of: name).description) + mark)
      case .characterDevice where status.raw.st_rdev == 0: lines.append("-" + path)
      case .fifo: lines.append(path + "|" + mark)
      default: lines.append(path + "#" + mark)
      }
    }
  }

  func text(_ file: FileDescriptor) throws -> String {
    var buffer = [UInt8](repeating: 0, count: 100)
    let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }

  /// What is beside the layers.
  func canaries() throws -> [String] {
    var lines: [String] = []
    let scratch = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    for name in try scratch.names() where !name.starts(with: "layer".utf8) {
      guard let name = FileName(name) else { continue }
      let status = try scratch.status(of: name)
      guard status.kind == .directory else {
        lines.append("\(name) \(status.raw.st_mode) \(status.raw.st_nlink) \(status.raw.st_mtim.tv_sec)")
        lines.append(try text(scratch.open(name, O_RDONLY)))
        continue
      }
      try list(scratch.open(name, O_RDONLY), "\(name)/", &lines)
    }
    return lines
  }

  func status(_ name: String, layer: Int? = nil) throws -> stat {
    var status = stat()
    guard lstat("\(path)/layer\(layer ?? layers.count - 1)/\(name)", &status) == 0 else {
      throw Errno.current
    }
    return status
  }

  func attribute(_ attribute: String, _ name: String) throws -> [UInt8]? {
    try layers[layers.count - 1].extendedAttribute(FileName(attribute), of: FileName(name))
  }
}

/// A tar of members: `PATH/` a directory, `PATH=CONTENT`, `PATH>TARGET` a symbolic and `PATH&TARGET` a hard link,
/// `PATH|` a fifo.
func tar(_ members: [String]) -> SampleTar {
  var tar = SampleTar()
  for member in members {
    for (mark, type) in [(Character(">"), Character("2")), ("&", "1"), ("=", "0")] {
      guard let index = member.firstIndex(of: mark) else { continue }
      let (path, rest) = (String(member[..<index]), String(member[member.index(after: index)...]))
      if type == "0" { tar.add(path, type, body: rest) } else { tar.add(path, type, link: rest) }
      break
    }
    if member.contains(where: { ">&=".contains($0) }) { continue }
    if member.last == "|" {
      tar.add(String(member.dropLast()), "6")
    } else {
      tar.add(member, member.last == "/" ? "5" : "0")
    }
  }
  tar.end()
  return tar
}
