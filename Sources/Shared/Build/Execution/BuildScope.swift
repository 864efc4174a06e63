import Image
import System

/// The variables that instructions of a stage see: ENV's before ARG's (Dockerfile reference, ARG, Scope).
struct BuildScope: Sendable {
  /// ARGs that were declared, in order, with the values that they have.
  private(set) var arguments: [(name: String, value: String?)] = []
  /// `--build-arg`.
  private let given: [String: String]
  /// What an ARG without a value of its own takes: the global ARGs and what is known of the platforms.
  private let defaults: [String: String]
  /// The bytes of all values that were declared.
  private var size = 0

  /// The most bytes of all values: ARGs can double each other.
  private static let sizeLimit = 8 << 20

  /// Nothing declared.
  init(given: [String: String], defaults: [String: String]) {
    self.given = given
    self.defaults = defaults
  }

  /// Declares a name; `--build-arg` goes before the value, the value before what is known without one.
  ///
  /// - Throws: `failed` where all of them grow too large.
  mutating func declare(_ name: String, _ value: String?) throws(Failure) {
    let value = given[name] ?? value ?? defaults[name]
    size += value?.utf8.count ?? 0
    guard size <= Self.sizeLimit else {
      throw Failure(.failed, "", "the values of all ARGs grow beyond \(Self.sizeLimit) bytes")
    }
    arguments.removeAll { $0.name == name && value != nil }
    if arguments.contains(where: { $0.name == name }) { return }
    arguments.append((name, value))
  }

  /// The value of a name that was declared.
  subscript(name: String) -> String? { arguments.last { $0.name == name }?.value }

  /// What RUN finds in its environment, besides what the image sets.
  var environment: [(name: String, value: String)] {
    arguments.compactMap { argument in argument.value.map { (argument.name, $0) } }
  }

  /// The names that RUN gets without their being declared, and that are in no key and no history.
  static let proxies: Set<String> = [
    "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY",
    "no_proxy",
    "ALL_PROXY", "all_proxy",
  ]

  /// The proxies that were given.
  var proxies: [(name: String, value: String)] {
    given.filter { Self.proxies.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// What is known of the platforms (Dockerfile reference, Automatic platform ARGs in the global scope).
  static func platforms(build: Platform, target: Platform) -> [String: String] {
    var result: [String: String] = [:]
    for (prefix, platform) in [("BUILD", build), ("TARGET", target)] {
      result["\(prefix)PLATFORM"] = platform.description
      result["\(prefix)OS"] = platform.os
      result["\(prefix)ARCH"] = platform.architecture
      result["\(prefix)VARIANT"] = platform.variant ?? ""
    }
    return result
  }
}
