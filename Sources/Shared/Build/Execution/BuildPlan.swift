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
    _ dockerfile: Dockerfile, targets names: [String?], arguments given: [String: String], platform: Platform
  ) throws(Failure) {
    var scope = BuildScope(given: given, defaults: BuildScope.platforms(build: .host, target: platform))
    for name in ["TARGETPLATFORM", "BUILDPLATFORM", "TARGETOS", "BUILDOS", "TARGETARCH", "BUILDARCH"] {
      scope.declare(name, nil)
    }
    for name in ["TARGETVARIANT", "BUILDVARIANT"] { scope.declare(name, nil) }
    var globals: Set<String> = []
    for instruction in dockerfile.arguments {
      let expanded = try dockerfile.expand(instruction) { scope[$0] }
      guard case .arg(let assignments) = expanded.kind else { continue }
      for assignment in assignments {
        globals.insert(assignment.name)
        scope.declare(assignment.name, assignment.value)
      }
    }
    var defaults = BuildScope.platforms(build: .host, target: platform)
    for (name, value) in scope.environment { defaults[name] = value }
    self.globals = globals
    var stages: [PlannedStage] = []
    for (index, stage) in dockerfile.stages.enumerated() {
      stages.append(try Self.plan(stage, at: index, of: dockerfile, scope, platform))
    }
    self.stages = stages
    self.defaults = defaults
    var targets: [Int] = []
    for name in names { targets.append(try Self.target(name, of: dockerfile)) }
    self.targets = targets
    needed = Self.reached(from: targets, stages, dockerfile)
  }

  private static func plan(
    _ stage: Stage, at index: Int, of dockerfile: Dockerfile, _ scope: BuildScope, _ standard: Platform
  ) throws(Failure) -> PlannedStage {
    let image = try dockerfile.expand(stage.from.image, at: stage.origin) { scope[$0] }
    guard !image.isEmpty else {
      throw dockerfile.failure(at: stage.origin, "base name (\(stage.from.image)) should not be blank")
    }
    var platform = standard
    if let text = stage.from.platform {
      let expanded = try dockerfile.expand(text, at: stage.origin) { scope[$0] }
      do { platform = try Platform(parsing: expanded) } catch {
        throw dockerfile.failure(at: stage.origin, "--platform=\(expanded): \(error.problem)")
      }
    }
    let base: Base =
      if let other = dockerfile.stageIndex(named: image, before: index), Int(image) == nil {
        .stage(other)
      } else if image.lowercased() == "scratch" {
        .scratch
      } else {
        .image(image)
      }
    return PlannedStage(stage: stage, base: base, platform: platform)
  }

  private static func target(_ name: String?, of dockerfile: Dockerfile) throws(Failure) -> Int {
    guard let name else { return dockerfile.stages.count - 1 }
    guard let index = dockerfile.stageIndex(named: name, before: dockerfile.stages.count) else {
      throw Failure(.notFound, "--target \(name)", "\(dockerfile.name) has no such stage")
    }
    return index
  }

  private static func reached(
    from targets: [Int], _ stages: [PlannedStage], _ dockerfile: Dockerfile
  ) -> [Int] {
    var reached: Set<Int> = []
    var waiting = targets
    while let index = waiting.popLast() {
      guard reached.insert(index).inserted else { continue }
      if case .stage(let other) = stages[index].base { waiting.append(other) }
      for instruction in stages[index].stage.instructions {
        for name in instruction.origins {
          if let other = dockerfile.stageIndex(named: name, before: index) { waiting.append(other) }
        }
      }
    }
    return reached.sorted()
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

extension Dockerfile {
  /// The failure of the instruction at `origin`.
  func failure(_ kind: FailureKind = .failed, at origin: SourceText, _ problem: String) -> Failure {
    Failure(kind, "\(name):\(origin.lines.lowerBound)", "\(problem): \(origin.text)")
  }
}
