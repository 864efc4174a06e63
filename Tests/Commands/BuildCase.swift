/// A Dockerfile with what it needs, and what comes of it.
///
/// Results stand in Fixtures/builds.txt, as docker or buildah made them; of what neither knows they stand in the case.
struct BuildCase: Sendable {
  /// What has to come of it.
  enum Expectation: Sendable {
    /// An image, as recorded; where the oracles do otherwise, `result`.
    case builds
    /// An error that names this line (nil: none, it is not the Dockerfile's fault) and contains these words.
    case fails(Int?, String)
  }

  let title: String
  /// The Dockerfile.
  ///
  /// `@http@` stands for a server (Fixtures/builds.py), `@before@` for the image that `before` makes.
  let dockerfile: String
  /// The script that makes the context, run in it.
  let context: String
  /// The options, as words of a shell; `.` is the context.
  let flags: String
  /// What is given for the context.
  let operand: String
  /// The Dockerfile that is built first.
  let before: String?
  let expectation: Expectation
  /// The result where the reference decides, because no oracle knows it; see Fixtures/builds.py for its lines.
  let result: String?
  /// Why BuildKit does otherwise; nil where it doesn't.
  let differs: String?
  /// The builder whose result counts where they differ; nil: the first of BuildKit, the classic one and buildah that has one.
  let oracle: String?
  /// Whether the oracles can be asked at all.
  let asks: Bool

  init(
    _ title: String, _ dockerfile: String, context: String = "", flags: String = "", operand: String = ".",
    before: String? = nil, fails: (Int?, String)? = nil, result: String? = nil, differs: String? = nil,
    oracle: String? = nil, asks: Bool = true
  ) {
    self.title = title
    self.dockerfile = dockerfile
    self.context = context
    self.flags = flags
    self.operand = operand
    self.before = before
    expectation = fails.map { .fails($0.0, $0.1) } ?? .builds
    self.result = result
    self.differs = differs
    self.oracle = oracle
    self.asks = asks
  }

  static let all =
    origins + variables + commands + mounts + heredocs + copies + copyOptions + additions + configuration
    + triggers + syntax + ignored + options

  /// Its name in Fixtures/builds.txt, and of the image.
  var name: String {
    var name = ""
    for character in title.lowercased() {
      if character.isASCII, character.isLetter || character.isNumber {
        name.append(character)
      } else if !name.isEmpty, name.last != "-" {
        name.append("-")
      }
    }
    return name.last == "-" ? String(name.dropLast()) : name
  }

  /// Whether an image comes of it.
  var builds: Bool {
    if case .builds = expectation { true } else { false }
  }
}
