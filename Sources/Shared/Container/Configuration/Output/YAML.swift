import Image

/// JSON values as YAML 1.2 for people, in block style.
enum YAML {
  /// The document.
  static func text(_ value: JSON) -> String {
    var text = ""
    write(value, to: &text, indentation: 0, inline: false)
    return text
  }

  /// - Parameter inline: whether the line has begun: behind `- `.
  private static func write(_ value: JSON, to text: inout String, indentation: Int, inline: Bool) {
    let space = String(repeating: " ", count: indentation)
    switch value {
    case .object(let object) where !object.members.isEmpty:
      for (index, member) in object.members.enumerated() {
        text += index == 0 && inline ? "" : space
        text += "\(scalar(member.key)):"
        writeBelow(member.value, to: &text, indentation: indentation)
      }
    case .array(let elements) where !elements.isEmpty:
      for (index, element) in elements.enumerated() {
        text += (index == 0 && inline ? "" : space) + "- "
        write(element, to: &text, indentation: indentation + 2, inline: true)
      }
    default: text += "\(plain(value))\n"
    }
  }

  private static func writeBelow(_ value: JSON, to text: inout String, indentation: Int) {
    switch value {
    case .object(let object) where !object.members.isEmpty:
      text += "\n"
      write(value, to: &text, indentation: indentation + 2, inline: false)
    case .array(let elements) where !elements.isEmpty:
      text += "\n"
      write(value, to: &text, indentation: indentation, inline: false)
    default: text += " \(plain(value))\n"
    }
  }

  private static func plain(_ value: JSON) -> String {
    if case .string(let text) = value { return scalar(text) }
    return String(decoding: value.encoded(), as: UTF8.self)
  }

  /// Plain where nothing can take it for something else, else in quotes: JSON's are YAML's, too.
  private static func scalar(_ text: String) -> String {
    let isPlain =
      text.first.map { $0.isASCII && ($0.isLetter || $0 == "/") } ?? false
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
    if isPlain, !words.contains(text.lowercased()) { return text }
    return String(decoding: JSON.string(text).encoded(), as: UTF8.self)
  }
}
