import Archive
import Dockerfile
import Glibc
import Image
import Layer
import Overlay
import System
import TestSupport
import Verification

@testable import Build

/// A build context in `context`, an image in `image`, and what is copied from the one to the other.
struct CopyScratch {
  let scratch: Scratch
  var rules = IgnoreRules()
  var surroundings = CopyStep.Surroundings()

  init() throws {
    scratch = try Scratch()
    _ = try scratch.make("context")
  }

  /// Writes a file of the context.
  func write(_ names: String..., text: String = "text") throws {
    for name in names { try scratch.write("context/\(name)", text) }
  }

  /// The image that is in `image`.
  func image(_ name: String = "image") throws -> OverlayDirectory {
    try OverlayDirectory(roots: [scratch.make(name)], dialect: .trusted)
  }

  /// The context.
  func context() throws -> FileTree { try FileTree(context: scratch.open("context"), ignoring: rules) }

  /// The step that an instruction is, of its words without the first.
  func step(
    _ words: String, from tree: FileTree? = nil, _ edit: (inout CopyInstruction) -> Void = { _ in }
  ) throws -> CopyStep {
    var instruction = CopyInstruction()
    var words = words.split(separator: " ").map(String.init)
    instruction.destination = words.removeLast()
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      switch parts[0] {
      case "--chown": instruction.chown = parts[1]
      case "--chmod": instruction.chmod = parts[1]
      case "--exclude": instruction.excludes.append(parts[1])
      case "--parents": instruction.keepsParents = true
      case "--link": instruction.isLinked = true
      default: instruction.sources.append(.path(word))
      }
    }
    edit(&instruction)
    return try CopyStep(instruction, from: tree ?? context(), in: surroundings)
  }

  /// What is written, a member a line.
  func lines(_ words: String, from tree: FileTree? = nil) throws -> [String] {
    try step(words, from: tree).members().map(\.line)
  }

  /// The paths of what is written.
  func paths(_ words: String, from tree: FileTree? = nil) throws -> [String] {
    try step(words, from: tree).members().map(\.path)
  }
}

/// A member of a layer, in words.
struct Member {
  let entry: LayerEntry
  let body: [UInt8]

  var path: String { String(decoding: entry.path, as: UTF8.self) }

  /// `PATH KIND MODE USER:GROUP CONTENT`, the kind by its first letter.
  var line: String {
    let kind = "\(entry.kind)".prefix(1)
    let content = String(decoding: entry.target.isEmpty ? body : entry.target, as: UTF8.self)
    return "\(path) \(kind) \(String(entry.mode, radix: 8)) \(entry.user):\(entry.group) \(content)"
  }
}

extension CopyStep {
  /// The tar that it writes.
  func tar() throws -> [UInt8] {
    let bytes = Collected()
    let tar = TarWriter(name: "layer") { (piece) throws(Failure) in bytes.bytes += piece }
    try write(to: tar)
    try tar.finish()
    return bytes.bytes
  }

  private final class Collected { var bytes: [UInt8] = [] }

  /// The members that it writes.
  func members() throws -> [Member] {
    let bytes = try tar()
    var members: [Member] = []
    let input = MemoryReader(bytes)
    let reader = LayerReader("layer") { () throws(Failure) in input.next() }
    while let entry = try reader.next() {
      var body: [UInt8] = []
      while let piece = try reader.nextPiece() { body += piece }
      members.append(Member(entry: entry, body: body))
    }
    return members
  }
}

/// Hashes whatever it is asked for, and counts that.
final class CountingDigests: ContentDigests {
  private let state = Monitor((known: [ino_t: Digest](), read: 0))

  /// How many files were read.
  var read: Int { state.update { $0.read } }

  func known(_ status: FileStatus) -> KnownFile? {
    state.update { $0.known[status.raw.st_ino] }.map { KnownFile(digest: $0, isPlain: false) }
  }

  func digest(of file: FileDescriptor, _ status: FileStatus) throws(Failure) -> Digest {
    let bytes: [UInt8]
    do throws(Errno) { bytes = try file.readToEnd(limit: .max) } catch { throw error.failure("") }
    let digest = Digest.of(bytes)
    state.update {
      $0.known[status.raw.st_ino] = digest
      $0.read += 1
    }
    return digest
  }
}

/// The failure that `body` ends with, as it is printed.
func failure(_ body: () throws -> Void) -> String? {
  do { try body() } catch {
    guard let failure = error as? Failure else { return "\(error)" }
    return failure.subject.isEmpty ? failure.problem : "\(failure.subject): \(failure.problem)"
  }
  return nil
}
