import Glibc

/// A directory of one test, removed with it; commands run in it.
final class Scratch: Sendable {
  /// Its absolute path.
  let path: String

  /// A fresh directory.
  init() throws {
    var template = Array("\(try Scratches.root.get())/XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw CommandFailed(description: "mkdtemp failed") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    for directory in ["home", "tmp"] { mkdir("\(path)/\(directory)", 0o755) }
  }

  deinit {
    let removal = try? runScript(
      "rm -rf --one-file-system \(path)", in: "/", environment: Machine.environment, timeout: 60)
    _ = removal
  }

  /// Runs a script in this directory, its HOME and TMPDIR in here, too.
  func run(_ script: String, _ environment: [String: String] = [:], timeout: Int = 120) throws -> Outcome {
    let own = [
      "HOME": "\(path)/home", "TMPDIR": "\(path)/tmp", "XDG_CACHE_HOME": "\(path)/home/.cache",
    ]
    return try runScript(
      script, in: path,
      environment: Machine.environment.merging(own) { $1 }.merging(environment) { $1 }, timeout: timeout)
  }

  /// Runs a script that must succeed; what it printed.
  @discardableResult
  func ok(_ script: String, _ environment: [String: String] = [:], timeout: Int = 120) throws -> String {
    let outcome = try run(script, environment, timeout: timeout)
    guard outcome.status == 0, !outcome.timedOut else {
      throw CommandFailed(description: outcome.description)
    }
    return outcome.output
  }

  /// The bytes of a file in here.
  func read(_ name: String) throws -> [UInt8] { try readFile("\(path)/\(name)") }

  /// Writes a file in here.
  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  /// Writes a file in here.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    guard let file = fopen("\(path)/\(name)", "we") else {
      throw CommandFailed(description: "can't write \(name)")
    }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw CommandFailed(description: "can't write \(name)")
    }
  }
}

/// The directory that all scratch directories of this run are in.
private enum Scratches {
  static let root = Result<String, any Error> {
    let path = "\(Machine.scratchBase)/ociutils-tests-\(getpid())"
    mkdir(path, 0o755)
    // Removes what a crash left behind.
    try Supervisor.start("trap '' INT TERM; cat >/dev/null; rm -rf --one-file-system \(path)", in: "/")
    return path
  }
}
