import Container
import Dockerfile
import Glibc
import Image
import LayerStore
import Overlay
import System

// RUN.
extension StageExecution {
  /// Runs the command, unless what it made is known.
  func runCommand(_ run: RunInstruction, _ origin: String) throws(Failure) {
    let mounts = try run.mounts.map { (text) throws(Failure) in try RunMount(parsing: text) }
    let arguments = state.arguments
    let history = self.history(run, arguments)
    try layerStep([key(run, mounts, arguments)], history) { () throws(Failure) in
      var stage = RunStage(layers: try layerTrees())
      stage.environment = state.configuration.list("Env") ?? []
      stage.arguments = arguments + state.scope.proxies
      stage.user = state.user
      stage.workingDirectory = state.workingDirectory
      stage.shell = state.shell
      var surroundings = build.surroundings
      surroundings.notice = { [build, index] in build.observer.happened(.notice($0), in: index) }
      let step = try RunStep(run, mounts: mounts, in: stage, surroundings)
      let outcome = try build.during(step) { () throws(Failure) in
        try step.run(
          sources: { [build, index, state] (from) throws(Failure) in
            try build.files(from, before: index, platform: state.platform).shown()
          },
          sink: { [self] in tell(.output(Array($0))) })
      }
      defer { try? outcome.place.remove() }
      let made = try build.writer.adopt(
        outcome.upper, of: outcome.place, on: stage.layers, name: origin)
      guard outcome.status == 0 else { throw failure(of: outcome, made.layer, history) }
      return made
    }
  }

  /// Says how it ended, and where one can look into the files.
  private func failure(of outcome: RunStep.Outcome, _ layer: BuiltLayer, _ history: String) -> Failure {
    let before = state.image
    var after = state
    after.add(layer)
    after.configuration.append(.init(created: build.now, text: history, isEmpty: false))
    let image = after.image
    try? build.keep(image)
    let problem =
      outcome.fault.map { "\($0.subject.isEmpty ? "" : "\($0.subject): ")\($0.problem)" }
      ?? "exit status \(outcome.status)"
    return Failure(
      .failed, "",
      "\(problem) (the files before: \(build.operand(before)), after: \(build.operand(image)))")
  }

  /// As docker history shows it: with the ARGs that it saw.
  private func history(_ run: RunInstruction, _ arguments: [(name: String, value: String)]) -> String {
    var words = ["RUN"]
    if !arguments.isEmpty {
      words.append("|\(arguments.count)")
      words += arguments.map { "\($0.name)=\($0.value)" }
    }
    switch run.command {
    case .shell(let text): words += state.shell + [text]
    case .exec(let list): words += list
    }
    return words.joined(separator: " ")
  }

  private func key(
    _ run: RunInstruction, _ mounts: [RunMount], _ arguments: [(name: String, value: String)]
  ) throws(Failure) -> StepKey {
    var parts: [String] = []
    // Each list with its length, so that no two steps look the same.
    func add(_ list: [String]) {
      parts.append("\(list.count)")
      parts += list
    }
    add(state.configuration.list("Env") ?? [])
    add(arguments.map { "\($0.name)=\($0.value)" })
    add([state.user, state.workingDirectory, "\(state.platform)"])
    switch run.command {
    case .shell(let text): add(["shell"] + state.shell + [text])
    case .exec(let list): add(["exec"] + list)
    }
    for document in run.heredocs { add([document.name, document.content, "\(document.descriptor)"]) }
    add([run.network ?? build.request.network ?? "default", run.security ?? "sandbox"])
    for (mount, text) in zip(mounts, run.mounts) { add([text, try digest(of: mount)]) }
    return StepKey(of: "run", on: state.chain, parts)
  }

  /// What is in a mount, where that is known before: caches and secrets are nothing that a layer depends on.
  private func digest(of mount: RunMount) throws(Failure) -> String {
    guard mount.kind == .bind || mount.from != nil else { return "" }
    let files = try build.files(mount.from, before: index, platform: state.platform)
    if let digest = files.digest { return digest.description }
    var copy = CopyInstruction()
    copy.sources = [.path(mount.source.isEmpty ? "/" : mount.source)]
    copy.destination = "/"
    let step = try CopyStep(copy, from: files.tree(), in: CopyStep.Surroundings())
    let isContext = mount.from == nil
    let build = build
    let digest = try step.digest(
      build.places.cache.files,
      { (entry) throws(Failure) in
        if isContext, let source = entry.source { build.noteRead(source) }
      }, listed: { if isContext { build.noteRead($0) } })
    return digest.description
  }
}
