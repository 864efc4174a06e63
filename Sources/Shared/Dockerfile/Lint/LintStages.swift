import System

/// The checks of what stages do, one instruction after the other, with the variables that it finds.
struct LintStages {
  let dockerfile: ParsedDockerfile
  let surroundings: Lint.Surroundings
  private let globals: [String: String]
  /// How each stage ended.
  private var ends: [StageState] = []

  /// What is known at a point of a stage.
  struct StageState {
    /// The values of variables; of those of images only the names are known, and the values are empty.
    var variables: [String: String] = [:]
    /// The ARGs, also those without a value.
    var declared: Set<String> = []
    /// Whether all variables are known.
    var knowsVariables = true
    var hasWorkingDirectory = false
    var hasShell = false
  }

  init(dockerfile: ParsedDockerfile, surroundings: Lint.Surroundings) {
    self.dockerfile = dockerfile
    self.surroundings = surroundings
    globals = dockerfile.globalArguments(surroundings.predefined, surroundings.buildArguments)
  }

  mutating func check(_ report: inout LintReport) {
    for (index, stage) in dockerfile.stages.enumerated() {
      var state = start(of: stage, index)
      // A stage that isn't built says nothing, but others may start from it.
      let isBuilt = surroundings.stages?.contains(index) ?? true
      var ignored = LintReport(options: report.options)
      for instruction in stage.instructions {
        if isBuilt {
          check(instruction, &state, &report)
        } else {
          check(instruction, &state, &ignored)
        }
      }
      if isBuilt { checkOverridden(stage, &report) }
      ends.append(state)
    }
  }

  private func start(of stage: Stage, _ index: Int) -> StageState {
    var expansion = Expansion(escape: dockerfile.directives.escape) { globals[$0] }
    guard let image = try? expansion.word(stage.from.image) else { return StageState(knowsVariables: false) }
    if let base = dockerfile.stageIndex(named: image, before: index) { return ends[base] }
    var state = StageState()
    if image != "scratch" {
      let names = surroundings.variables(image)
      state.knowsVariables = names != nil
      state.variables = Dictionary(uniqueKeysWithValues: (names ?? []).map { ($0, "") })
    }
    // Every container has one, whatever its image says.
    state.variables["PATH", default: ""] += ""
    return state
  }

  /// Of CMD, ENTRYPOINT and HEALTHCHECK only the last one of a stage counts.
  private func checkOverridden(_ stage: Stage, _ report: inout LintReport) {
    var last: [String: SourceText] = [:]
    for instruction in stage.instructions {
      switch instruction.kind {
      case .cmd, .entrypoint, .healthcheck: break
      default: continue
      }
      let keyword = instruction.origin.keyword.uppercased()
      if let before = last.updateValue(instruction.origin, forKey: keyword) {
        report.add(
          .multipleInstructionsDisallowed, at: before,
          "\(keyword) comes again in the same stage, and only the last one counts")
      }
    }
  }

  private func check(_ instruction: Instruction, _ state: inout StageState, _ report: inout LintReport) {
    let origin = instruction.origin
    if case .arg(let assignments) = instruction.kind {
      return declare(assignments, at: origin, &state, &report)
    }
    let (expanded, ports, undefined) = expanded(instruction, state.variables)
    checkPorts(ports, at: origin, &report)
    reportUndefined(undefined, state, at: origin, &report)
    switch expanded.kind {
    case .env(let assignments):
      checkAssignments(assignments, at: origin, &report)
      for one in assignments { checkSecret(one.name, at: origin, &report) }
      for one in assignments { state.variables[one.name] = one.value?.clipped ?? "" }
    case .label(let assignments): checkAssignments(assignments, at: origin, &report)
    case .workdir(let path):
      if !state.hasWorkingDirectory, !path.hasPrefix("/") {
        report.add(
          .workdirRelativePath, at: origin,
          "the relative path '\(path)' is below whatever directory the base image has")
      }
      state.hasWorkingDirectory = true
    case .shell: state.hasShell = true
    case .cmd(.shell), .entrypoint(.shell):
      guard !state.hasShell else { break }
      report.add(
        .jsonArgsRecommended, at: origin,
        "\(origin.keyword) should be a JSON array: signals don't reach what a shell runs")
    case .copy(let copy) where copy.from == nil: checkSources(copy, "COPY", at: origin, &report)
    case .add(let copy): checkSources(copy, "ADD", at: origin, &report)
    default: break
    }
  }

  /// The instruction with the values of variables, the words of EXPOSE, and which variables have no value.
  ///
  /// Values are only held in here: a copy that lives on while one more is set would be made for each instruction.
  private func expanded(
    _ instruction: Instruction, _ variables: [String: String]
  ) -> (Instruction, ports: [String], undefined: Set<String>) {
    var expansion = Expansion(escape: dockerfile.directives.escape) { variables[$0] }
    // What can't be expanded is for the build to report.
    let expanded = try? instruction.expanded(by: &expansion)
    var ports: [String] = []
    if case .expose(let words) = instruction.kind {
      for word in words { ports += (try? expansion.words(word)) ?? [] }
    }
    return (expanded ?? instruction, ports, expansion.undefined)
  }

  private func declare(
    _ assignments: [Assignment], at origin: SourceText, _ state: inout StageState, _ report: inout LintReport
  ) {
    for one in assignments {
      checkSecret(one.name, at: origin, &report)
      let single = Instruction(.arg([one]), origin)
      if let value = surroundings.buildArguments[one.name] {
        state.variables[one.name] = value.clipped
      } else if one.value != nil {
        let (expanded, _, undefined) = expanded(single, state.variables)
        reportUndefined(undefined, state, at: origin, &report)
        state.variables[one.name] = expanded.assignments[0].value?.clipped
      } else if let value = globals[one.name] {
        state.variables[one.name] = value.clipped
      }
      state.declared.insert(one.name)
    }
  }

  private func reportUndefined(
    _ names: Set<String>, _ state: StageState, at origin: SourceText, _ report: inout LintReport
  ) {
    guard state.knowsVariables else { return }
    for name in names.sorted() where !state.declared.contains(name) {
      report.add(
        .undefinedVar, at: origin,
        "the variable '$\(name)' is not defined"
          + LintReport.suggestion(for: name, among: state.variables.keys))
    }
  }
}
