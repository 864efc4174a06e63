import System

/// The flags of an instruction, `--NAME[=VALUE]`.
struct Flags {
  /// What a flag takes.
  enum Form {
    /// Nothing, or `true` or `false`.
    case boolean
    /// A value.
    case value
    /// A value, and it may stand several times.
    case values
  }

  private var found: [String: [String]] = [:]

  /// Reads `words`, of which only `known` are allowed.
  init(_ words: [String], _ known: KeyValuePairs<String, Form> = [:]) throws(Failure) {
    for word in words {
      let text = word.dropFirst(2)
      let equals = text.firstIndex(of: "=")
      let name = String(text[..<(equals ?? text.endIndex)])
      let value = equals.map { String(text[text.index(after: $0)...]) }
      guard let form = known.first(where: { $0.key == name })?.value else {
        throw wrong("unknown flag: --\(name)" + Suggestion.text(for: name, among: known.map(\.key)))
      }
      guard form == .values || found[name] == nil else { throw wrong("duplicate flag specified: --\(name)") }
      found[name, default: []].append(try Self.checked(value, form, name))
    }
  }

  private static func checked(_ value: String?, _ form: Form, _ name: String) throws(Failure) -> String {
    guard form == .boolean else {
      guard let value else { throw wrong("missing a value on flag: --\(name)") }
      return value
    }
    switch value?.lowercased() {
    case nil, "true": return "true"
    case "false": return "false"
    case "": throw wrong("missing a value on flag: --\(name)")
    default: throw wrong("expecting boolean value for flag --\(name), not: \(value ?? "")")
    }
  }

  /// The value of `name`; nil where it doesn't stand or is empty.
  subscript(name: String) -> String? { found[name]?.last.flatMap { $0.isEmpty ? nil : $0 } }

  /// All values of `name`.
  func all(_ name: String) -> [String] { found[name] ?? [] }

  /// Whether the boolean `name` is true; nil where it doesn't stand.
  func boolean(_ name: String) -> Bool? { self[name].map { $0 == "true" } }
}

/// A failure of a Dockerfile; where it is, is said by whoever knows.
func wrong(_ problem: String) -> Failure { Failure(.failed, "", problem) }
