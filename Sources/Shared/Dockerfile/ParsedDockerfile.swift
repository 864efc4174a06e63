/// A Dockerfile as it is written: parsed, and nothing expanded yet (Dockerfile reference).
public struct ParsedDockerfile: Sendable, Equatable {
  /// What it is called in errors.
  public var name: String
  /// What stands in comments at the very top.
  public var directives = ParserDirectives()
  /// The global ARG instructions, those before the first FROM.
  public var arguments: [Instruction] = []
  /// The stages, at least one.
  public var stages: [Stage] = []
  /// Its lines as they stood, without line ends, for errors.
  public var lines: [String] = []

  /// A Dockerfile without anything in it.
  public init(name: String) { self.name = name }
}

/// The directives of a parser: comments of the form `# NAME=VALUE` before anything else.
public struct ParserDirectives: Sendable, Equatable {
  /// The front end that is asked for; not used.
  public var syntax: String?
  /// What continues a line and takes the meaning from a character: `\` or a backquote.
  public var escape: Character = "\\"
  /// The text of `check=`: `skip=NAME,…|all` and `error=true`, between semicolons.
  public var check: String?

  /// The defaults.
  public init() {}
}

/// A stage: FROM and what follows up to the next one.
public struct Stage: Sendable, Equatable {
  /// `FROM [--platform=PLATFORM] IMAGE [AS NAME]`.
  public struct From: Sendable, Equatable {
    /// The platform; not expanded.
    public var platform: String?
    /// An image, a stage or `scratch`; not expanded.
    public var image: String
    /// The stage's name, in lower case.
    public var name: String?

    /// `FROM image`.
    public init(image: String) { self.image = image }
  }

  /// What it starts from.
  public var from: From
  /// The FROM instruction as text.
  public var origin: SourceText
  /// What follows.
  public var instructions: [Instruction] = []

  /// A stage of `origin` without instructions.
  public init(_ from: From, _ origin: SourceText) {
    self.from = from
    self.origin = origin
  }
}

/// Where in a Dockerfile something stands.
public struct SourceText: Sendable, Equatable {
  /// The instruction in one line: continuations joined, comments left out, the keyword in upper case; as
  /// `Step 2/4 : …` and the history show it.
  public var text: String
  /// The first and the last line, from 1 on; here-documents belong to it.
  public var lines: ClosedRange<Int>
  /// The keyword as it is written.
  public var keyword = ""
  /// The comments before it, without `#`; an empty one begins anew.
  public var comments: [String] = []
  /// Whether an empty line stands among its continuations.
  public var hasEmptyContinuation = false

  /// `text` in `lines`.
  public init(_ text: String, lines: ClosedRange<Int>) {
    self.text = text
    self.lines = lines
  }
}
