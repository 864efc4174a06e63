import CommandLine
import Image
import Layer

/// The lines of `--files`, as `tar -tv --numeric-owner` prints them, and the layer of each; or one JSON document.
public struct FileListing {
  private let image: InspectedImage
  private let json: Bool
  private var text: [UInt8] = []
  private var isFirst = true

  /// The listing of files of `image`.
  public init(_ image: InspectedImage, json: Bool) {
    self.image = image
    self.json = json
  }

  /// Whether it is time to write what there is.
  public var isLarge: Bool { text.count >= 64 << 10 }

  /// What was added and not taken yet.
  public mutating func take() -> [UInt8] {
    defer { text = [] }
    return text
  }

  /// Adds a file.
  public mutating func add(_ file: LayerTree.File) {
    if json {
      text += (isFirst ? "[\n  " : ",\n  ").utf8
      text += document(file).encoded()
      isFirst = false
    } else {
      text += line(file).utf8
    }
  }

  /// Ends it.
  public mutating func end() {
    if json { text += (isFirst ? "[]\n" : "\n]\n").utf8 }
  }

  private func line(_ file: LayerTree.File) -> String {
    let entry = file.entry
    let isDevice = entry.kind == .characterDevice || entry.kind == .blockDevice
    let owner = "\(entry.user)/\(entry.group)"
    let size = isDevice ? "\(entry.major),\(entry.minor)" : "\(entry.size)"
    // As tar does, which keeps owner and size together as wide as most of them are.
    let gap = String(repeating: " ", count: max(1, 19 - owner.count - size.count))
    let layer = image.manifest.layers[file.layer].digest.short
    var line = "\(layer) \(entry.permissions) \(owner)\(gap)\(size) \(entry.time) \(Self.name(of: entry))"
    switch entry.kind {
    case .symlink: line += " -> \(entry.target.escaped)"
    case .hardlink: line += " link to \(entry.target.escaped)"
    default: break
    }
    return line + "\n"
  }

  private static func name(of entry: LayerEntry) -> String {
    let name = entry.path.isEmpty ? "." : entry.path.escaped
    return entry.kind == .directory ? name + "/" : name
  }

  private func document(_ file: LayerTree.File) -> JSON {
    let entry = file.entry
    var object: JSON.Object = [
      "path": .string(String(decoding: entry.path, as: UTF8.self)),
      "type": .string(entry.kind.name),
      "mode": .string(entry.octalMode),
      "user": .number("\(entry.user)"), "group": .number("\(entry.group)"),
      "size": .number("\(entry.size)"), "modified": .number("\(entry.modified)"),
      "layer": .string(image.manifest.layers[file.layer].digest.description),
    ]
    if String(validating: entry.path, as: UTF8.self) == nil {
      object["escapedPath"] = .string(entry.path.escaped)
    }
    if !entry.target.isEmpty {
      object["target"] = .string(String(decoding: entry.target, as: UTF8.self))
      if String(validating: entry.target, as: UTF8.self) == nil {
        object["escapedTarget"] = .string(entry.target.escaped)
      }
    }
    if entry.kind == .characterDevice || entry.kind == .blockDevice {
      object["major"] = .number("\(entry.major)")
      object["minor"] = .number("\(entry.minor)")
    }
    if file.isImplied { object["implied"] = .bool(true) }
    return .object(object)
  }
}

extension LayerEntry {
  /// `drwxr-xr-x`.
  fileprivate var permissions: String {
    let marks: [(bit: UInt16, letter: Character)] = [
      (0o400, "r"), (0o200, "w"), (0o100, "x"), (0o040, "r"), (0o020, "w"), (0o010, "x"), (0o004, "r"),
      (0o002, "w"), (0o001, "x"),
    ]
    var letters = [kind.letter] + marks.map { mode & $0.bit == 0 ? "-" : $0.letter }
    for (bit, place, letter) in [(UInt16(0o4000), 3, "s"), (0o2000, 6, "s"), (0o1000, 9, "t")]
    where mode & bit != 0 {
      letters[place] = letters[place] == "-" ? Character(letter.uppercased()) : Character(letter)
    }
    return String(letters)
  }

  fileprivate var octalMode: String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }

  /// `2024-01-02 03:04`, in UTC; the seconds where that is no year of four digits.
  fileprivate var time: String {
    guard (-62_135_596_800...253_402_300_799).contains(modified) else { return "@\(modified)" }
    return String(Timestamp(seconds: modified).dockerDescription.prefix(16))
  }
}

extension LayerEntry.Kind {
  fileprivate var letter: Character {
    switch self {
    case .regular: "-"
    case .hardlink: "h"
    case .symlink: "l"
    case .characterDevice: "c"
    case .blockDevice: "b"
    case .directory: "d"
    case .fifo: "p"
    }
  }

  fileprivate var name: String {
    switch self {
    case .regular: "file"
    case .hardlink: "hardlink"
    case .symlink: "symlink"
    case .characterDevice: "characterDevice"
    case .blockDevice: "blockDevice"
    case .directory: "directory"
    case .fifo: "fifo"
    }
  }
}

extension [UInt8] {
  /// The name as tar shows it: what is no UTF-8, or is not to be shown, in octal; a backslash twice.
  fileprivate var escaped: String {
    if allSatisfy({ (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }) {
      return String(decoding: self, as: UTF8.self)
    }
    guard let text = String(validating: self, as: UTF8.self) else {
      return map { (0x20..<0x7f).contains($0) && $0 != 0x5c ? String(UnicodeScalar($0)) : Self.octal($0) }
        .joined()
    }
    return text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": return "\\\\"
      case "\n": return "\\n"
      case "\t": return "\\t"
      default:
        let one = String(scalar)
        return one.oneLine == one ? one : one.utf8.map(Self.octal).joined()
      }
    }.joined()
  }

  private static func octal(_ byte: UInt8) -> String {
    if byte == UInt8(ascii: "\\") { return "\\\\" }
    let digits = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
