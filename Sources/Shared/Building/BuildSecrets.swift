import CommandLine
import Glibc
import System

/// What `--secret` and `--ssh` give to RUN: never shown, never written.
struct BuildSecrets: Sendable {
  private enum Source: Sendable {
    case file(String)
    case variable(String)
  }

  private var secrets: [String: Source] = [:]
  private var agents: [String: String] = [:]
  private let environment: Environment

  /// The largest secret, bytes (as BuildKit has it).
  private static let limit = 500 << 10

  /// - Throws: `usage`; `notFound` where there is no such file or agent.
  init(_ options: SourceOptions, _ environment: Environment) throws(Failure) {
    self.environment = environment
    for text in options.secret {
      let (id, source) = try Self.secret(text, environment)
      secrets[id] = source
    }
    for text in options.ssh {
      let pair = try NamedValue(text, option: "--ssh")
      guard let path = pair.value ?? environment["SSH_AUTH_SOCK"] else {
        throw Failure(.notFound, "--ssh \(text)", "SSH_AUTH_SOCK is not set: is an ssh-agent running?")
      }
      var status = stat()
      guard stat(path, &status) == 0 else { throw Errno.current.failure("--ssh \(pair.name)=\(path)") }
      guard status.st_mode & S_IFMT == S_IFSOCK else {
        throw Failure(.usage, "--ssh \(pair.name)=\(path)", "is no socket of an agent")
      }
      agents[pair.name] = path
    }
  }

  private static func secret(
    _ text: String, _ environment: Environment
  ) throws(Failure) -> (String, Source) {
    func wrong(_ problem: String) -> Failure { Failure(.usage, "--secret \(text)", problem) }
    var fields: [String: String] = [:]
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard pair.count == 2 else { throw wrong("\(part) is not KEY=VALUE") }
      fields[pair[0].lowercased()] = pair[1]
    }
    let type = fields.removeValue(forKey: "type")
    let id = fields.removeValue(forKey: "id")
    let variable = fields.removeValue(forKey: "env")
    let path = fields.removeValue(forKey: "src") ?? fields.removeValue(forKey: "source")
    if let other = fields.keys.sorted().first { throw wrong("there is no \(other)") }
    guard let id, !id.isEmpty else { throw wrong("an id is missing") }
    if let type, !["file", "env"].contains(type) { throw wrong("type is file or env") }
    if let variable { return (id, .variable(variable)) }
    if let path { return (id, type == "env" ? .variable(path) : .file(path)) }
    // As docker has it: a variable of that name, else a file.
    if type != "file", environment.variables[id] != nil { return (id, .variable(id)) }
    return (id, .file(id))
  }

  /// The secret of that ID; nil where none was given.
  func secret(_ id: String) throws(Failure) -> [UInt8]? {
    switch secrets[id] {
    case nil: return nil
    case .variable(let name):
      guard let value = environment.variables[name] else {
        throw Failure(.notFound, "--secret id=\(id)", "the variable \(name) is not set")
      }
      return Array(value.utf8)
    case .file(let path):
      do throws(Errno) {
        return try FileDescriptor.open(path, O_RDONLY | O_NOCTTY).readToEnd(limit: Self.limit)
      } catch { throw error.failure("--secret id=\(id)", doing: path) }
    }
  }

  /// The socket of the agent of that ID.
  func agent(_ id: String) -> String? { agents[id] }
}
