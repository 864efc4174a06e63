import Testing

/// What Package.swift builds the house of: no list of commands or targets in a test can be behind it.
enum House {
  /// A command and the targets that it names.
  struct Command: CustomTestStringConvertible {
    let name: String
    let targets: Set<String>
    /// Whether nothing of it is linked when it starts.
    let isStatic: Bool

    var testDescription: String { name }

    /// Whether it may link libcurl.
    var speaksToRegistries: Bool { !targets.isDisjoint(with: ["Registry", "RegistryCommand"]) }
  }

  private static let manifest: String = {
    guard let bytes = try? readFile("\(Machine.root)/Package.swift") else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }()

  /// The commands.
  static let commands: [Command] = manifest.matches(
    of: /\bcommand\(\s*"([a-z-]+)",\s*\[([^\]]*)\](,\s*isStatic: true)?/
  ).map {
    Command(
      name: String($0.1), targets: Set($0.2.matches(of: /"([A-Za-z]+)"/).map { String($0.1) }),
      isStatic: $0.3 != nil)
  }

  /// The toolkit from the top: a target imports only what stands further down.
  static let toolkit: [String] = manifest.matches(of: /\bshared\(\s*"([A-Za-z]+)",/).map { String($0.1) }
}
