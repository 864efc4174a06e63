import Image
import System

/// The checks of what stages start from.
struct LintFrom {
  let dockerfile: ParsedDockerfile
  let surroundings: Lint.Surroundings

  func check(_ report: inout LintReport) {
    let values = dockerfile.globalArguments(surroundings.predefined, surroundings.buildArguments)
    let defaults = dockerfile.globalArguments(surroundings.predefined, [:])
    let declared = Set(dockerfile.arguments.flatMap { $0.assignments.map(\.name) }).union(values.keys)
    for stage in dockerfile.stages {
      var expansion = Expansion(escape: dockerfile.directives.escape) { defaults[$0] }
      if let image = try? expansion.word(stage.from.image), (try? Reference(parsing: image)) == nil {
        report.add(
          .invalidDefaultArgInFrom, at: stage.origin,
          "without build arguments, '\(stage.from.image)' is '\(image)', which is no image")
      }
      expansion = Expansion(escape: dockerfile.directives.escape) { values[$0] }
      _ = try? expansion.word(stage.from.image)
      checkPlatform(of: stage, values, &expansion, &report)
      for name in expansion.undefined.sorted() where !declared.contains(name) {
        report.add(
          .undefinedArgInFrom, at: stage.origin,
          "no ARG before the first FROM declares '\(name)'"
            + LintReport.suggestion(for: name, among: declared))
      }
    }
  }

  private func checkPlatform(
    of stage: Stage, _ values: [String: String], _ expansion: inout Expansion, _ report: inout LintReport
  ) {
    guard let text = stage.from.platform else { return }
    var own = Expansion(escape: dockerfile.directives.escape) { values[$0] }
    guard let platform = try? own.word(text) else { return }
    _ = try? expansion.word(text)
    let target = "TARGETPLATFORM"
    if own.undefined.isEmpty, own.used == [target], platform == values[target] {
      report.add(
        .redundantTargetPlatform, at: stage.origin, "--platform=\(text) says what goes without saying")
    }
    guard own.undefined.isEmpty, own.used.isEmpty, let constant = try? Platform(parsing: platform) else {
      return
    }
    let name = stage.from.name ?? ""
    // A stage that is made for one platform says so in its name.
    guard !name.contains(constant.os), !name.contains(constant.architecture) else { return }
    report.add(
      .fromPlatformFlagConstDisallowed, at: stage.origin,
      "--platform should not be the constant '\(platform)'")
  }
}

extension Instruction {
  /// What ARG or ENV says.
  var assignments: [Assignment] {
    switch kind {
    case .arg(let assignments), .env(let assignments): assignments
    default: []
    }
  }
}

extension ParsedDockerfile {
  /// The global ARGs that have a value, with `predefined` ones; of `given` ones those that are declared.
  func globalArguments(_ predefined: [String: String], _ given: [String: String]) -> [String: String] {
    var values = predefined.merging(given.filter { predefined[$0.key] != nil }) { $1 }
    for assignment in arguments.flatMap(\.assignments) {
      let value = given[assignment.name] ?? assignment.value.flatMap { expanded($0, values) }
      if let value { values[assignment.name] = value.clipped }
    }
    return values
  }

  /// `text` with the values of `variables`; nil where it is not well formed.
  private func expanded(_ text: String, _ variables: [String: String]) -> String? {
    var expansion = Expansion(escape: directives.escape) { variables[$0] }
    return try? expansion.word(text)
  }
}

extension String {
  /// As much of a variable's value as checks need: values may double each other.
  var clipped: String { utf8.count > 1024 ? String(prefix(1024)) : self }
}
