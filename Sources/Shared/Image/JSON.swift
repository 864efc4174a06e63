import System

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
