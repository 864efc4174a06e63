import System

/// The members of an object in a document, read by name and type; a member that is null counts as absent.
///
/// Its errors say where in the document they are: `layers[2].size is missing`.
struct Fields {
  let object: JSON.Object
  private let path: String

  /// The members of `value`, which lies at `path` in its document; an empty path is the document itself.
  init(_ value: JSON, at path: String = "") throws(Failure) {
    guard let object = value.object else {
      throw Failure(.invalid, "", "\(path.isEmpty ? "the document" : path) is not an object")
    }
    self.object = object
    self.path = path
  }

  private func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// A failure about the member `key`.
  func wrong(_ key: String, _ problem: String) -> Failure {
    Failure(.invalid, "", "\(name(key)) \(problem)".shown)
  }

  /// The member `key`, converted; nil where it is absent.
  func value<T>(_ key: String, _ kind: String, _ convert: (JSON) -> T?) throws(Failure) -> T? {
    guard let value = object[key], value != .null else { return nil }
    guard let result = convert(value) else { throw wrong(key, "is not \(kind)") }
    return result
  }

  /// The value that must be there.
  func required<T>(_ key: String, _ value: T?) throws(Failure) -> T {
    guard let value else { throw wrong(key, "is missing") }
    return value
  }

  func has(_ key: String) -> Bool { object[key].map { $0 != .null } ?? false }

  func string(_ key: String) throws(Failure) -> String? { try value(key, "a string", \.string) }

  func integer(_ key: String) throws(Failure) -> Int64? { try value(key, "an integer", \.integer) }

  func bool(_ key: String) throws(Failure) -> Bool? { try value(key, "true or false", \.bool) }

  func array(_ key: String) throws(Failure) -> [JSON]? { try value(key, "an array", \.array) }

  func object(_ key: String) throws(Failure) -> Fields? {
    guard let value = object[key], value != .null else { return nil }
    return try Fields(value, at: name(key))
  }

  /// The objects of an array, each converted.
  func objects<T>(_ key: String, _ convert: (Fields) throws(Failure) -> T) throws(Failure) -> [T]? {
    guard let elements = try array(key) else { return nil }
    var result: [T] = []
    result.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      result.append(try convert(Fields(element, at: "\(name(key))[\(index)]")))
    }
    return result
  }

  func strings(_ key: String) throws(Failure) -> [String]? {
    try value(key, "an array of strings") { value in
      guard let elements = value.array else { return nil }
      let strings = elements.compactMap(\.string)
      return strings.count == elements.count ? strings : nil
    }
  }

  func stringMap(_ key: String) throws(Failure) -> [String: String]? {
    try value(key, "an object of strings") { value in
      guard let members = value.object?.members else { return nil }
      var map: [String: String] = [:]
      for member in members {
        guard let text = member.value.string else { return nil }
        map[member.key] = text
      }
      return map
    }
  }

  /// The members whose keys are none of `known`, in order.
  func others(_ known: Set<String>) -> JSON.Object {
    JSON.Object(unique: object.members.filter { !known.contains($0.key) })
  }
}

extension String {
  /// The beginning of a text of a stranger, fit for an error message.
  var shown: String {
    let limit = 400
    let scalars = unicodeScalars.prefix(limit)
    return (scalars.endIndex == endIndex ? self : String(scalars) + "…").oneLine
  }
}
