import System

/// Makes an instruction of a statement.
struct InstructionParser {
  let statement: Statement
  let escape: UInt8

  /// What a statement is: a stage's beginning or an instruction.
  enum Result {
    case from(Stage.From)
    case instruction(Instruction.Kind)
  }

  /// The whole of the arguments.
  var rest: String { statement.arguments.text }

  func parse() throws(Failure) -> Result {
    guard let keyword = Keyword(statement.keyword) else { throw unknownInstruction }
    return keyword == .from ? .from(try from()) : .instruction(try instruction(keyword))
  }

  private var unknownInstruction: Failure {
    let word = statement.keyword
    let isLower = word == word.lowercased()
    let names = Keyword.allCases.map { isLower ? $0.rawValue.lowercased() : $0.rawValue }
    let suggestion = Suggestion.text(for: isLower ? word : word.uppercased(), among: names)
    return wrong("unknown instruction: \(word)\(suggestion)")
  }

  private func instruction(_ keyword: Keyword) throws(Failure) -> Instruction.Kind {
    switch keyword {
    case .arg: return .arg(try arguments())
    case .env: return .env(try assignments(keyword))
    case .label: return .label(try assignments(keyword))
    case .run: return .run(try run())
    case .copy: return .copy(try copy())
    case .add: return .add(try add())
    case .cmd: return .cmd(try plainCommand())
    case .entrypoint: return .entrypoint(try plainCommand())
    case .shell: return .shell(try shell())
    case .expose: return .expose(try expose())
    case .volume: return .volume(try volume())
    case .user: return .user(try oneArgument(keyword))
    case .workdir: return .workdir(try oneArgument(keyword))
    case .stopSignal: return .stopSignal(try oneArgument(keyword))
    case .maintainer: return .maintainer(try oneArgument(keyword))
    case .healthcheck: return .healthcheck(try healthcheck())
    case .onBuild: return .onBuild(try onBuild())
    case .from: throw wrong("FROM isn't allowed here")
    }
  }

  private func from() throws(Failure) -> Stage.From {
    let words = spaced
    guard words.count == 1 || words.count == 3 && words[1].lowercased() == "as" else {
      throw wrong("FROM requires either one or three arguments")
    }
    var from = Stage.From(image: words[0])
    if words.count == 3 {
      let name = words[2].lowercased()
      guard Stage.isName(name) else {
        throw wrong(
          "invalid name for build stage: \"\(words[2])\", name can't start with a number or contain symbols")
      }
      from.name = name
    }
    from.platform = try Flags(statement.flags, ["platform": .value])["platform"]
    return from
  }

  /// The arguments, separated by white space.
  var spaced: [String] { statement.arguments.split(whereSeparator: \.isSpace).map(\.text) }

  /// A JSON array's strings, or what white space separates.
  func list() throws(Failure) -> [String] {
    switch JSONForm(statement.arguments) {
    case .strings(let strings): return strings
    case .others: throw Self.notStrings
    case .none: return spaced
    }
  }

  /// The arguments as a command.
  func command(_ arguments: ArraySlice<UInt8>) throws(Failure) -> CommandForm {
    switch JSONForm(arguments) {
    case .strings(let strings): return .exec(strings)
    case .others: throw Self.notStrings
    case .none: return .shell(arguments.text)
    }
  }

  private static var notStrings: Failure {
    wrong("when using JSON array syntax, arrays must be comprised of strings only")
  }

  func needsArgument(_ keyword: Keyword) -> Failure {
    wrong("\(keyword.rawValue) requires at least one argument")
  }
}

extension Stage {
  /// Whether a stage may be called `name`: letters, digits, `-`, `_` and `.`, a letter first.
  static func isName(_ name: String) -> Bool {
    func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte }
    return name.utf8.first.map(isLetter) == true
      && name.utf8.allSatisfy { isLetter($0) || $0.isDigit || "-_.".utf8.contains($0) }
  }
}
