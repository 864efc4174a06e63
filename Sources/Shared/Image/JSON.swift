/// A JSON value that keeps the order of keys and the text of numbers (RFC 8259).
public enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  /// The digits as they stood.
  case number(String)
  case string(String)
  case array([JSON])
  case object(Object)

  /// Members in the order in which they stood; keys are unique.
  public struct Object: Hashable, Sendable {
    /// One `"key": value`.
    public struct Member: Hashable, Sendable {
      /// The key.
      public let key: String
      /// The value.
      public var value: JSON
    }

    /// The members, in order.
    public private(set) var members: [Member] = []

    /// An object without members.
    public init() {}

    /// An object of members whose keys are known to be unique.
    init(unique members: [Member]) { self.members = members }

    /// The same members in the order of their keys' bytes.
    public func sorted() -> Object {
      Object(unique: members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }

    /// The value of `key`; setting nil removes it, setting a new key appends it.
    public subscript(key: String) -> JSON? {
      get { members.first { $0.key == key }?.value }
      set {
        let index = members.firstIndex { $0.key == key }
        switch (index, newValue) {
        case (let index?, let value?): members[index].value = value
        case (let index?, nil): members.remove(at: index)
        case (nil, let value?): members.append(Member(key: key, value: value))
        case (nil, nil): break
        }
      }
    }
  }
}

extension JSON {
  /// The text, of a string.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The number, where it is one without fraction and exponent that fits.
  public var integer: Int64? {
    if case .number(let text) = self { Int64(text) } else { nil }
  }

  /// The truth value.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements, of an array.
  public var array: [JSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members, of an object.
  public var object: Object? {
    if case .object(let object) = self { object } else { nil }
  }

  /// The value of `key`, of an object; keys are told apart by case.
  public subscript(key: String) -> JSON? { object?[key] }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
  /// The members in the order in which they are written; of equal keys the last one counts.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }

  /// Strings in the order of their keys, so that equal maps give equal bytes.
  public init(_ strings: [String: String]) {
    members = strings.sorted { $0.key < $1.key }.map { Member(key: $0.key, value: .string($0.value)) }
  }
}

extension JSON: ExpressibleByDictionaryLiteral {
  /// An object with the members in the order in which they are written.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    var object = Object()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
}
