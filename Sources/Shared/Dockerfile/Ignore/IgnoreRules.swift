import System

/// What a `.dockerignore` leaves out of the build context, or `--exclude` out of a COPY.
///
/// The last pattern that matches a path decides, and `!` makes it an exception that takes the path back in. What
/// matches a directory matches all that is below it.
public struct IgnoreRules: Sendable {
  struct Rule: Sendable {
    let pattern: PathPattern
    let isException: Bool
  }

  let rules: [Rule]

  /// What was found for a path: its children need it.
  public struct State: Sendable, Equatable {
    /// Whether the path is left out.
    public fileprivate(set) var isExcluded = false
    /// Of each rule a bit: whether it matched the path or a directory above.
    fileprivate var matched: [UInt64]

    fileprivate func matches(_ rule: Int) -> Bool { matched[rule / 64] >> UInt64(rule % 64) & 1 == 1 }
  }

  /// Whether nothing is ever left out.
  public var isEmpty: Bool { rules.isEmpty }

  /// Whether some rules are exceptions.
  public var hasExceptions: Bool { rules.contains { $0.isException } }

  /// Whether a rule leaves out all that there is: `*`, `**` or `**/*`.
  var excludesAll: Bool {
    let patterns: [[PathPattern.Token]] = [[.star], [.anything], PatternCompiler.directories + [.star]]
    return rules.contains { !$0.isException && patterns.contains($0.pattern.tokens) }
  }

  /// What holds for the directory that paths start from.
  public var start: State { State(matched: [UInt64](repeating: 0, count: (rules.count + 63) / 64)) }

  /// Rules for `path`, all names of it joined, in a directory for which `parent` was found.
  ///
  /// Each pattern is matched against each path once, however deep it is.
  public func decision(for path: [UInt8], parent: State) -> State {
    var state = parent
    var isExcluded = false
    for (index, rule) in rules.enumerated() {
      if !state.matches(index) {
        // What would change nothing isn't matched, and so does not hold for the children either; that is no saving of
        // time, it is what Docker does: `a/b` and then `!a` leaves a/b out.
        guard rule.isException == isExcluded, rule.pattern.matches(path) else { continue }
        state.matched[index / 64] |= 1 << UInt64(index % 64)
      }
      isExcluded = !rule.isException
    }
    state.isExcluded = isExcluded
    return state
  }

  /// Whether something below the directory `path`, for which `state` was found, may not be left out although it is.
  ///
  /// Where not, nobody has to look into it.
  public func mayReinclude(below path: [UInt8], _ state: State) -> Bool {
    // An exception before the last rule that leaves the whole directory out can't win.
    let last = rules.indices.last { state.matches($0) && !rules[$0].isException } ?? -1
    return rules[(last + 1)...].contains { $0.isException && $0.pattern.mayMatch(below: path) }
  }

  /// Whether `path` is left out; it need not be clean.
  public func excludes(_ path: [UInt8]) -> Bool {
    let slash = UInt8(ascii: "/")
    var state = start
    var whole: [UInt8] = []
    for name in path.cleanedPath.split(separator: slash) where !name.elementsEqual(".".utf8) {
      whole += whole.isEmpty ? Array(name) : [slash] + name
      state = decision(for: whole, parent: state)
    }
    return state.isExcluded
  }
}
