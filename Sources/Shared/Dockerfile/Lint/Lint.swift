import System

/// The build checks: what in a Dockerfile works, and yet is likely not what was meant.
///
/// What is wrong enough to fail the build isn't reported.
public struct Lint: Sendable {
  /// What was found, from the first line to the last.
  public let warnings: [LintWarning]
  /// Whether the build must not go on: something was found, and `error=true` is set.
  public let isError: Bool

  /// What checks can know from outside the Dockerfile.
  public struct Surroundings {
    /// The values of `--build-arg`.
    public var buildArguments: [String: String] = [:]
    /// The ARGs that FROM knows without their being declared, such as TARGETPLATFORM, and their values.
    public var predefined: [String: String]
    /// What the build context leaves out.
    public var ignore = IgnoreRules()
    /// The stages that are built; nil: all.
    public var stages: Set<Int>?
    /// The names of the variables that an image has; nil where that isn't known, and then UndefinedVar does not look
    /// at what is built from it.
    public var variables: (_ image: String) -> Set<String>? = { _ in nil }

    /// For a build on this machine without arguments.
    public init() {
      let names = ["PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT"]
      predefined = ["TARGETSTAGE": "default"]
      for name in names {
        // That they have values is all that matters; they must not be equal to what somebody writes.
        predefined["BUILD\(name)"] = "build/\(name)"
        predefined["TARGET\(name)"] = "target/\(name)"
      }
    }
  }

  /// Checks `dockerfile`, with the options of its `# check=`, or rather those of the build argument
  /// BUILDKIT_DOCKERFILE_CHECK.
  ///
  /// - Throws: `failed` where the options make no sense.
  public init(_ dockerfile: ParsedDockerfile, _ surroundings: Surroundings = Surroundings()) throws(Failure) {
    let text = surroundings.buildArguments["BUILDKIT_DOCKERFILE_CHECK"] ?? dockerfile.directives.check ?? ""
    var report = LintReport(options: try LintOptions(parsing: text))
    LintStyle(dockerfile: dockerfile).check(&report)
    LintFrom(dockerfile: dockerfile, surroundings: surroundings).check(&report)
    var stages = LintStages(dockerfile: dockerfile, surroundings: surroundings)
    stages.check(&report)
    warnings = report.warnings.enumerated()
      .sorted { ($0.element.lines.lowerBound, $0.offset) < ($1.element.lines.lowerBound, $1.offset) }
      .map(\.element)
    isError = report.options.isError && !warnings.isEmpty
  }
}

/// Where checks put what they find.
struct LintReport {
  let options: LintOptions
  private(set) var warnings: [LintWarning] = []
  private var seen: Set<LintWarning> = []

  init(options: LintOptions) { self.options = options }

  /// Says that `rule` found something in the instruction at `origin`.
  mutating func add(_ rule: LintRule, at origin: SourceText, _ message: String) {
    guard options.runs(rule, at: origin) else { return }
    let warning = LintWarning(rule: rule, message: message.oneLine, lines: origin.lines)
    if seen.insert(warning).inserted { warnings.append(warning) }
  }

  /// ` (did you mean WORD?)`, or nothing; also where there are so many words that it would take long.
  static func suggestion(for word: String, among words: some Collection<String>) -> String {
    words.count > 1000 ? "" : Suggestion.text(for: word, among: words.sorted())
  }
}
