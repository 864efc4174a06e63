import Glibc
import Image
import System

@testable import Registry

/// A directory that stands for a machine's root and a user's home, gone with the last reference.
final class ConfigurationRoot: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/regconfig-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno.current }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { try? Self.remove(path) }

  /// Where `HOME` points.
  var home: String { path + "/home" }

  /// Writes a file below the root.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    try FileDescriptor.makeDirectories(String(file[..<file.lastIndex(of: "/")!]))
    try FileDescriptor.open(file, O_WRONLY | O_CREAT | O_TRUNC).write(bytes)
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// A credential helper: a shell script, found along the PATH of `configuration`.
  ///
  /// Another process writes it: while any process has it open for writing, and be it one that another test is just
  /// starting, it can't be run (ETXTBSY).
  func helper(_ name: String, _ script: String) throws {
    let file = try write("bin/x", "").dropLast() + "docker-credential-\(name)"
    let answer = try Program(
      "/bin/sh", ["-c", "cat > \(file) && chmod 755 \(file)"], environment: ["PATH": "/usr/bin:/bin"]
    ).answer(input: Array("#!/bin/sh\n\(script)\n".utf8), timeout: 60)
    guard answer.end == .exited(0) else { throw Errno(EIO) }
  }

  /// A configuration that sees nothing but this root.
  func configuration(
    _ environment: [String: String] = [:], insecure: [String] = []
  ) throws(Failure) -> RegistryConfiguration {
    let own = ["HOME": home, "PATH": "\(path)/bin:/usr/bin:/bin"]
    return try RegistryConfiguration(
      RegistryConfiguration.Sources(
        environment: own.merging(environment) { $1 }, insecureHosts: insecure, userID: 1000, systemRoot: path)
    )
  }

  private static func remove(_ path: String) throws(Errno) {
    if let names = try? FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).names() {
      for name in names { try remove("\(path)/\(String(decoding: name, as: UTF8.self))") }
    }
    _ = try retrying { Glibc.remove(path) }
  }
}

/// The failure that `body` ends with; nil if it does not fail.
func failure<Value>(_ body: () throws -> Value) -> Failure? {
  do { _ = try body() } catch { return error as? Failure }
  return nil
}
