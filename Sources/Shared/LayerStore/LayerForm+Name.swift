import Overlay
import System

extension LayerForm {
  /// The name of its directory in the store: `trusted`, `user-HASH`, `recorded`; the same for equal forms.
  public var directoryName: String {
    switch self {
    case .tree(let dialect, .mapped(.identity)): dialect.rawValue
    case .tree(let dialect, .mapped(let map)): "\(dialect.rawValue)-\(StableHash(map.words).hex)"
    case .tree(.user, .recorded): "recorded"
    case .tree(let dialect, .recorded): "recorded-\(dialect.rawValue)"
    }
  }

  /// What the file `map` in its directory says; nil where numbers are what they are outside.
  var mapDocument: String? {
    guard case .tree(_, .mapped(let map)) = self, map != .identity else { return nil }
    return "# Numbers in the user namespace of these layers: kind, first inside, first outside, count\n"
      + map.words
  }

  /// Whether a directory in the store is that of a form.
  static func isDirectoryName(_ name: String) -> Bool {
    let word = name.prefix { $0 != "-" }
    return word == "recorded" || OverlayDialect(rawValue: String(word)) != nil
  }
}

extension IdentityMap {
  /// The runs, a line each, in an order that does not depend on how they came.
  fileprivate var words: String {
    func lines(_ kind: String, _ runs: [Run]) -> String {
      runs.sorted { $0.inside < $1.inside }
        .map { "\(kind) \($0.inside) \($0.outside) \($0.count)\n" }.joined()
    }
    return lines("user", users) + lines("group", groups)
  }
}
