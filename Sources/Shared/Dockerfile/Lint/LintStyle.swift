/// The checks that look at how a Dockerfile is written.
struct LintStyle {
  let dockerfile: ParsedDockerfile

  private var all: [SourceText] {
    dockerfile.arguments.map(\.origin)
      + dockerfile.stages.flatMap { [$0.origin] + $0.instructions.map(\.origin) }
  }

  func check(_ report: inout LintReport) {
    for origin in all where origin.hasEmptyContinuation {
      report.add(.noEmptyContinuation, at: origin, "an empty line within an instruction that is continued")
    }
    checkStages(&report)
    checkCasing(&report)
    for instruction in dockerfile.arguments + dockerfile.stages.flatMap(\.instructions) {
      checkInstruction(instruction, &report)
    }
  }

  private func checkStages(_ report: inout LintReport) {
    var names: Set<String> = []
    for stage in dockerfile.stages {
      guard let name = stage.from.name else { continue }
      let origin = stage.origin
      if name == "context" || name == "scratch" {
        report.add(
          .reservedStageName, at: origin, "a stage should not be called '\(name)', which is reserved")
      }
      if !names.insert(name).inserted {
        report.add(
          .duplicateStageName, at: origin, "there is a stage '\(name)' before; names should be unique")
      }
      // FROM's text ends in `AS NAME`, as written.
      let words = origin.text.split(whereSeparator: \.isWhitespace).suffix(2)
      if let written = words.last, written != written.lowercased() {
        report.add(.stageNameCasing, at: origin, "the stage name '\(written)' should be in lower case")
      }
      if let keyword = words.first, let casing = Casing(origin.keyword), !casing.fits(keyword) {
        report.add(
          .fromAsCasing, at: origin, "'\(keyword)' should be in \(casing.rawValue) as '\(origin.keyword)' is")
      }
      describe([name], at: origin, "FROM", &report)
    }
  }

  private func checkInstruction(_ instruction: Instruction, _ report: inout LintReport) {
    switch instruction.kind {
    case .maintainer:
      report.add(
        .maintainerDeprecated, at: instruction.origin,
        "MAINTAINER is deprecated; a label such as org.opencontainers.image.authors says the same")
    case .arg(let assignments):
      describe(assignments.map(\.name), at: instruction.origin, "ARG", &report)
    default: break
    }
  }

  /// Looks at the comment right before a definition, which may describe it: `# NAME DESCRIPTION`.
  private func describe(
    _ names: [String], at origin: SourceText, _ instruction: String, _ report: inout LintReport
  ) {
    let above = origin.lines.lowerBound - 2
    guard dockerfile.lines.indices.contains(above),
      dockerfile.lines[above].drop(while: \.isWhitespace).hasPrefix("#"),
      let word = origin.comments.last?.split(separator: " ", omittingEmptySubsequences: false).first,
      !names.contains(String(word)), let name = names.first
    else { return }
    report.add(
      .invalidDefinitionDescription, at: origin,
      "the comment before \(instruction) should be '# \(names.count == 1 ? name : "NAME") DESCRIPTION',"
        + " or be separated by an empty line")
  }

  private enum Casing: String {
    case lower = "lower case"
    case upper = "upper case"

    init?(_ word: String) {
      if word == word.lowercased() {
        self = .lower
      } else if word == word.uppercased() {
        self = .upper
      } else {
        return nil
      }
    }

    func fits(_ word: some StringProtocol) -> Bool {
      self == .lower ? word == word.lowercased() : word == word.uppercased()
    }
  }

  /// All keywords should be written as most of them are.
  private func checkCasing(_ report: inout LintReport) {
    let origins = dockerfile.stages.flatMap { [$0.origin] + $0.instructions.map(\.origin) }
    let casings = origins.compactMap { Casing($0.keyword) }
    let lower = casings.count { $0 == .lower }
    let majority = lower > casings.count - lower ? Casing.lower : .upper
    for origin in origins where !majority.fits(origin.keyword) {
      report.add(
        .consistentInstructionCasing, at: origin,
        "'\(origin.keyword)' should be in \(majority.rawValue) as most instructions are")
    }
  }
}
