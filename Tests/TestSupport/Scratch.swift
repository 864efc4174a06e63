import Glibc
import System

/// A directory of one test, removed with it; what is mounted right in it is unmounted first.
public final class Scratch: Sendable {
  /// Its absolute path.
  public let path: String
  /// It, opened.
  public let directory: FileDescriptor

  /// A file system in memory, where there is one.
  public static let memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"

  /// A fresh directory.
  public init(in parent: String = Scratch.memory) throws {
    var template = Array("\(parent)/ociutils-test.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno.current }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    directory = try Scratch.directory(path)
  }

  deinit {
    for name in (try? Scratch.names(path)) ?? [] {
      umount2("\(path)/\(name)", CInt(MNT_DETACH) | CInt(UMOUNT_NOFOLLOW))
    }
    try? Scratch.remove(path)
  }

  /// The path of a file in here.
  public func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file in here, with the directories above it; its path.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path(name)
    try FileDescriptor.makeDirectories(String(file[..<file.lastIndex(of: "/")!]))
    try TestSupport.write(file, bytes)
    return file
  }

  /// Writes a file in here, with the directories above it; its path.
  @discardableResult
  public func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  /// The bytes of a file in here.
  public func bytes(_ name: String) throws -> [UInt8] { try contents(path(name)) }

  /// The text of a file in here.
  public func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  /// What is in here.
  public var names: [String] { get throws { try Scratch.names(path) } }

  /// Makes a directory in here and opens it.
  public func make(_ name: String) throws -> FileDescriptor {
    try FileDescriptor.makeDirectories(path(name))
    return try open(name)
  }

  /// Opens a directory in here.
  public func open(_ name: String) throws -> FileDescriptor { try Scratch.directory(path(name)) }

  /// A shell command that failed, and what it said.
  public struct ShellFailed: Error {
    let command: String
    let errors: String
  }

  /// Runs a shell command here, which must succeed; its output, as it stands.
  @discardableResult
  public func shell(_ command: String) throws -> String {
    let status = system("cd '\(path)' && { \(command)\n } > .out 2> .err")
    guard status == 0 else { throw ShellFailed(command: command, errors: try text(".err")) }
    return try text(".out")
  }

  /// Opens the directory at `path`.
  public static func directory(_ path: String) throws -> FileDescriptor {
    try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// What is in the directory at `path`.
  public static func names(_ path: String) throws -> [String] {
    try directory(path).names().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Removes what is at `path`, and all below it.
  public static func remove(_ path: String) throws {
    let end = path.lastIndex(of: "/")!
    try FileDescriptor.open(String(path[...end]), O_RDONLY | O_DIRECTORY)
      .removeTree(FileName(String(path[path.index(after: end)...])))
  }
}

/// Writes the file at `path`.
public func write(_ path: String, _ bytes: [UInt8]) throws {
  try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC).write(bytes)
}

/// Writes the file at `path`.
public func write(_ path: String, _ text: String) throws { try write(path, Array(text.utf8)) }

/// The bytes of the file at `path`.
public func contents(_ path: String) throws -> [UInt8] {
  try FileDescriptor.open(path, O_RDONLY).readToEnd(limit: .max)
}

/// The text of the file at `path`.
public func text(_ path: String) throws -> String { String(decoding: try contents(path), as: UTF8.self) }
