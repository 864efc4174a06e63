import Image
import System

/// The TEMPLATE of `--format`: text in which `{{.Field.Path}}` and `{{json .Field.Path}}` stand for values of a JSON
/// document, as Docker's users know it; no range, no if.
///
/// `\t` and `\n` are a tab and the end of a line; the template `json` is short for `{{json .}}`.
public struct FieldTemplate: Hashable, Sendable {
  private enum Part: Hashable {
    case text(String)
    case field([String], isJSON: Bool)
  }

  private var parts: [Part] = []

  /// The template that `text` is.
  ///
  /// - Throws: `usage` where something between braces is neither a path nor `json` and a path.
  public init(parsing text: String) throws(Failure) {
    var rest = (text == "json" ? "{{json .}}" : text)[...]
    while let open = rest.firstRange(of: "{{") {
      add(rest[..<open.lowerBound])
      rest = rest[open.upperBound...]
      guard let close = rest.firstRange(of: "}}") else { throw Self.wrong("{{ without }}") }
      parts.append(try Self.action(rest[..<close.lowerBound]))
      rest = rest[close.upperBound...]
    }
    add(rest)
  }

  private mutating func add(_ text: Substring) {
    if text.isEmpty { return }
    parts.append(.text(String(text).replacing("\\t", with: "\t").replacing("\\n", with: "\n")))
  }

  private static func action(_ text: Substring) throws(Failure) -> Part {
    var words = text.split(separator: " ")
    let isJSON = words.first == "json"
    if isJSON { words.removeFirst() }
    guard words.count == 1, let path = Self.path(words[0]) else {
      throw wrong("{{\(text)}} is neither {{.FIELD}} nor {{json .FIELD}}")
    }
    return .field(path, isJSON: isJSON)
  }

  /// The names in `.A.B`; none in `.`.
  private static func path(_ text: Substring) -> [String]? {
    guard text.first == "." else { return nil }
    if text == "." { return [] }
    let names = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let areNames = names.allSatisfy { name in
      !name.isEmpty
        && name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || $0 == "_" || "0"..."9" ~= $0 }
    }
    return areNames ? names : nil
  }

  private static func wrong(_ problem: String) -> Failure { Failure(.usage, "--format", problem) }
}

extension FieldTemplate {
  /// The text for `value`.
  ///
  /// Strings stand for themselves, made safe for one line (`{{json …}}` has them exactly); null is nothing, other
  /// values are JSON.
  ///
  /// - Throws: `usage` where there is no such field, with those that there are.
  public func rendered(_ value: JSON) throws(Failure) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .text(let piece): text += piece
      case .field(let path, let isJSON):
        let field = try Self.field(path, of: value)
        switch field {
        case .string(let string) where !isJSON: text += string.oneLine
        case .null where !isJSON: break
        default: text += String(decoding: field.encoded(), as: UTF8.self).oneLine
        }
      }
    }
    return text
  }

  private static func field(_ path: [String], of value: JSON) throws(Failure) -> JSON {
    var value = value
    for (depth, name) in path.enumerated() {
      guard let member = value[name] else {
        let parent = path[..<depth].map { ".\($0)" }.joined()
        let others = value.object?.members.map { "\(parent).\($0.key)".oneLine } ?? []
        throw wrong(
          "no field \(parent).\(name)"
            + (others.isEmpty ? "" : "; there is \(others.prefix(30).joined(separator: ", "))"))
      }
      value = member
    }
    return value
  }
}
