/// The registry of Servers/uploads.py: the repository's first component says how it misbehaves when it gets images.
final class UploadRegistry: Sendable {
  /// `127.0.0.1:PORT`.
  let host: String
  private let server: Server

  static let shared = Result<UploadRegistry, any Error> { try UploadRegistry() }

  private init() throws {
    server = try Server(
      "uploads",
      "exec /usr/bin/python3 -B \(Machine.root)/Tests/Commands/Servers/uploads.py requests > port")
    try server.ready("[ -s port ]")
    host = "127.0.0.1:\(trimmed(String(decoding: try readFile("\(server.directory)/port"), as: UTF8.self)))"
  }

  /// The requests whose path holds `part`, as `METHOD PATH STATUS LENGTH AUTHORIZATION HOST`, oldest first.
  func requests(_ part: String) throws -> [[String]] {
    try server.logged(part, in: "\(server.directory)/requests").map {
      $0.split(separator: " ").map(String.init)
    }
  }
}
