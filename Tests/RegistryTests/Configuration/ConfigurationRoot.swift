import Glibc
import Image
import System
import TestSupport

@testable import Registry

/// A directory that stands for a machine's root and a user's home, gone with the last reference.
final class ConfigurationRoot: Sendable {
  private let scratch: Scratch
  var path: String { scratch.path }

  init() throws { scratch = try Scratch(in: "/tmp") }

  /// Where `HOME` points.
  var home: String { path + "/home" }

  /// Writes a file below the root.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String { try scratch.write(name, bytes) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try scratch.write(name, text) }

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
}

/// The failure that `body` ends with; nil if it does not fail.
func failure<Value>(_ body: () throws -> Value) -> Failure? {
  do { _ = try body() } catch { return error as? Failure }
  return nil
}
