import System

/// Which build checks run, and whether what they find fails the build: the text of `# check=` and of the build
/// argument BUILDKIT_DOCKERFILE_CHECK.
struct LintOptions {
  /// Some checks, by name; names that nobody knows are kept.
  enum Rules {
    case some(Set<String>)
    case all

    init(_ text: Substring) {
      self = text.trimmed == "all" ? .all : .some(Set(text.split(separator: ",").map(\.trimmed)))
    }

    func contains(_ rule: LintRule) -> Bool {
      switch self {
      case .all: true
      case .some(let names): names.contains(rule.name)
      }
    }

    mutating func add(_ other: Rules) {
      switch (self, other) {
      case (.some(let mine), .some(let others)): self = .some(mine.union(others))
      case (.all, _), (_, .all): self = .all
      }
    }
  }

  private var skipped = Rules.some([])
  private var experimental = Rules.some([])
  /// Whether a warning is an error.
  private(set) var isError = false

  /// `skip=NAME,…|all`, `experimental=NAME,…|all` and `error=BOOL`, with `;` between them.
  ///
  /// - Throws: `failed` where it is something else.
  init(parsing text: String) throws(Failure) {
    guard !text[...].trimmed.isEmpty else { return }
    for part in text.split(separator: ";", omittingEmptySubsequences: false) {
      guard let equals = part.firstIndex(of: "=") else {
        throw Failure(.failed, "check", "'\(part.trimmed.oneLine)' is not skip=, experimental= or error=")
      }
      let value = part[part.index(after: equals)...]
      switch part[..<equals].trimmed {
      case "skip": skipped = Rules(value)
      case "experimental": experimental = Rules(value)
      case "error": isError = try Self.boolean(value.trimmed)
      case let key:
        throw Failure(.failed, "check", "'\(key.oneLine)' is not skip, experimental or error")
      }
    }
  }

  private static func boolean(_ text: String) throws(Failure) -> Bool {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": return true
    case "0", "f", "F", "false", "FALSE", "False": return false
    default: throw Failure(.failed, "check", "error=\(text.oneLine) is neither true nor false")
    }
  }

  /// Whether `rule` runs for the instruction at `origin`, before which a comment `# check=` may add to these.
  func runs(_ rule: LintRule, at origin: SourceText) -> Bool {
    var options = self
    // One that makes no sense is a comment like any other.
    if let text = origin.comments.lazy.compactMap(Self.directive).first,
      let own = try? LintOptions(parsing: text)
    {
      options.skipped.add(own.skipped)
      options.experimental.add(own.experimental)
    }
    return rule.isExperimental ? options.experimental.contains(rule) : !options.skipped.contains(rule)
  }

  /// The text of a comment `check=TEXT`, up to white space.
  private static func directive(_ comment: String) -> String? {
    guard let equals = comment.firstIndex(of: "="), comment[..<equals].trimmed.lowercased() == "check" else {
      return nil
    }
    return comment[comment.index(after: equals)...].split(separator: " ").first.map(String.init)
  }
}

extension Substring {
  /// Without white space at both ends.
  fileprivate var trimmed: String {
    var text = drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
