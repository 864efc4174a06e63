import Dockerfile
import System

/// What rules say about a path.
enum Keeping: Sendable {
  /// It is kept.
  case kept
  /// The directory itself is left out, but not all that is below it: it is there if any of that is.
  case onlyAbove
  /// It is left out, with all that is below it.
  case leftOut
}

/// Rules for the paths below a directory, and what they say about one path.
struct PathFilter: Sendable {
  private let rules: IgnoreRules
  /// The path, from the directory where the rules begin.
  private let path: [UInt8]
  private let state: IgnoreRules.State

  /// The directory where the rules begin; nil where there are none.
  init?(_ rules: IgnoreRules) {
    if rules.isEmpty { return nil }
    self.init(rules, [], rules.start)
  }

  private init(_ rules: IgnoreRules, _ path: [UInt8], _ state: IgnoreRules.State) {
    self.rules = rules
    self.path = path
    self.state = state
  }

  /// What is called `name` in this directory.
  func child(_ name: FileName) -> PathFilter {
    let path = path.isEmpty ? name.bytes : path + [UInt8(ascii: "/")] + name.bytes
    return PathFilter(rules, path, rules.decision(for: path, parent: state))
  }

  /// What becomes of it.
  func keeping(isDirectory: Bool) -> Keeping {
    guard state.isExcluded else { return .kept }
    return isDirectory && rules.mayReinclude(below: path, state) ? .onlyAbove : .leftOut
  }
}

extension [PathFilter] {
  /// What is called `name`, for all of them.
  func children(_ name: FileName) -> [PathFilter] { isEmpty ? [] : map { $0.child(name) } }

  /// What becomes of it, where all have to keep it.
  func keeping(isDirectory: Bool) -> Keeping {
    var keeping = Keeping.kept
    for filter in self {
      switch filter.keeping(isDirectory: isDirectory) {
      case .leftOut: return .leftOut
      case .onlyAbove: keeping = .onlyAbove
      case .kept: break
      }
    }
    return keeping
  }
}
