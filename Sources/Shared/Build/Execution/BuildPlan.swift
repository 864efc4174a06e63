import Dockerfile
import Image
import System

/// What the stages of a Dockerfile are made from, and which of them a build needs.
struct BuildPlan: Sendable {
  /// What a stage begins with.
  enum Base: Sendable, Equatable {
    /// Nothing.
    case scratch
    /// Another stage.
    case stage(Int)
    /// An image or a named context.
    case image(String)
  }

  /// A stage with the variables of its FROM expanded.
  struct PlannedStage: Sendable {
    let stage: Stage
    let base: Base
    /// That it is built for.
    let platform: Platform
  }

  /// All stages, in order.
  let stages: [PlannedStage]
  /// The stages that were asked for.
  let targets: [Int]
  /// The stages that these reach, in order.
  let needed: [Int]
  /// What ARGs without a value have in a stage: the global ones, and what is known of the platforms.
  let defaults: [String: String]
  /// The names of global ARGs.
  let globals: Set<String>

  /// The plan of `dockerfile` for stages of these names or numbers; the last one where the name is nil.
  ///
  /// - Throws: `failed` with the line of a FROM that is wrong, `notFound` for a target that is none.
  init(
    _ dockerfile: ParsedDockerfile, targets names: [String?], arguments given: [String: String],
    platform: Platform
  ) throws(Failure) {
    let platforms = BuildScope.platforms(build: .host, target: platform)
    var scope = BuildScope(given: given, defaults: platforms)
    for name in platforms.keys { try scope.declare(name, nil) }
    var globals: Set<String> = []
    for instruction in dockerfile.arguments {
      guard case .arg(let assignments) = try dockerfile.expanded(instruction, { scope[$0] }).kind else {
        continue
      }
      for assignment in assignments {
        globals.insert(assignment.name)
        do { try scope.declare(assignment.name, assignment.value) } catch {
          throw dockerfile.located(error, at: instruction.origin)
        }
      }
    }
    var defaults = platforms
    for (name, value) in scope.environment { defaults[name] = value }
    self.globals = globals
    var stages: [PlannedStage] = []
    for (index, stage) in dockerfile.stages.enumerated() {
      stages.append(try Self.plan(stage, at: index, of: dockerfile, scope, platform))
    }
    self.stages = stages
    self.defaults = defaults
    // Also of stages that are not built.
    for index in stages.indices { _ = try Self.origins(of: index, stages, dockerfile) }
    var targets: [Int] = []
    for name in names {
      targets.append(
        try name.map { (name) throws(Failure) in try dockerfile.stageIndex(target: name) } ?? stages.count - 1
      )
    }
    self.targets = targets
    needed = try Self.reached(from: targets, stages, dockerfile)
  }

  private static func plan(
    _ stage: Stage, at index: Int, of dockerfile: ParsedDockerfile, _ scope: BuildScope, _ standard: Platform
  ) throws(Failure) -> PlannedStage {
    let from: Stage.From
    var platform = standard
    do throws(Failure) {
      var expansion = Expansion(escape: dockerfile.directives.escape) { scope[$0] }
      from = try stage.from.expanded(by: &expansion)
      if let text = from.platform { platform = try Platform(parsing: text) }
    } catch { throw dockerfile.located(error, at: stage.origin) }
    let base: Base =
      if let other = dockerfile.stageIndex(named: from.image, before: index) {
        .stage(other)
      } else {
        from.image.lowercased() == "scratch" ? .scratch : .image(from.image)
      }
    return PlannedStage(stage: stage, base: base, platform: platform)
  }

  private static func reached(
    from targets: [Int], _ stages: [PlannedStage], _ dockerfile: ParsedDockerfile
  ) throws(Failure) -> [Int] {
    var reached: Set<Int> = []
    var waiting = targets
    while let index = waiting.popLast() {
      guard reached.insert(index).inserted else { continue }
      if case .stage(let other) = stages[index].base { waiting.append(other) }
      waiting += try origins(of: index, stages, dockerfile)
    }
    return reached.sorted()
  }
}

extension BuildPlan {
  /// The stages that stage `index` takes files from.
  private static func origins(
    of index: Int, _ stages: [PlannedStage], _ dockerfile: ParsedDockerfile
  ) throws(Failure) -> [Int] {
    var found: [Int] = []
    for instruction in stages[index].stage.instructions {
      do throws(Failure) {
        for name in instruction.origins {
          if let other = try dockerfile.stageIndex(from: name, of: index) { found.append(other) }
        }
      } catch { throw dockerfile.located(error, at: instruction.origin) }
    }
    return found
  }
}

extension Instruction {
  /// The stages, images and named contexts that files come from.
  var origins: [String] {
    switch kind {
    case .copy(let copy): copy.from.map { [$0] } ?? []
    case .run(let run): run.mounts.compactMap { (try? RunMount(parsing: $0))?.from }
    default: []
    }
  }
}

extension ParsedDockerfile {
  /// The instruction with the values of variables in it.
  func expanded(
    _ instruction: Instruction, _ lookup: @escaping (String) -> String?
  ) throws(Failure) -> Instruction {
    var expansion = Expansion(escape: directives.escape, lookup: lookup)
    do { return try instruction.expanded(by: &expansion) } catch {
      throw located(error, at: instruction.origin)
    }
  }
}
