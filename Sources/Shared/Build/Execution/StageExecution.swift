import Dockerfile
import Glibc
import Image
import LayerStore
import Overlay
import System
import Transfer
import Unpack

/// The execution of one stage, by one thread.
final class StageExecution {
  /// The build that it is a part of.
  let build: BuildExecution
  /// Which stage.
  let index: Int
  private let planned: BuildPlan.PlannedStage
  /// The number of the step at hand.
  private var number: Int
  /// What there is so far.
  var state: StageState
  /// The trees of the layers so far, the base first; nil where they were not needed yet.
  private var trees: [StoredLayer]?

  /// The execution of stage `index`, whose FROM has the number `number` among all steps.
  init(_ index: Int, of build: BuildExecution, number: Int) {
    self.build = build
    self.index = index
    self.number = number
    planned = build.plan.stages[index]
    state = StageState(
      configuration: ImageConfiguration(platform: planned.platform),
      scope: BuildScope(given: build.request.arguments, defaults: build.plan.defaults),
      platform: planned.platform)
  }

  /// Executes all of it.
  func run() throws(Failure) -> StageState {
    defer { tell(.ended) }
    try located(planned.stage.origin) { () throws(Failure) in
      announce(planned.stage.origin.text)
      try begin()
    }
    try executeTriggers()
    for instruction in planned.stage.instructions {
      try located(instruction.origin) { () throws(Failure) in
        announce(instruction.origin.text)
        try execute(instruction)
      }
    }
    return state
  }

  /// Tells the observer.
  func tell(_ event: BuildEvent) { build.observer.happened(event, in: index) }

  private func announce(_ text: String) {
    tell(.step(number, of: build.stepCount, text))
    number += 1
  }

  /// What goes wrong in `body` is told with the line of the Dockerfile.
  private func located(_ origin: SourceText, _ body: () throws(Failure) -> Void) throws(Failure) {
    do {
      try build.goOn()
      try body()
    } catch {
      guard !error.isLocated else { throw error }
      var failure = error
      failure.problem = "\(origin.text): \(error.subject.isEmpty ? "" : "\(error.subject): ")\(error.problem)"
      failure.subject = "\(build.request.dockerfile.name):\(origin.lines.lowerBound)"
      throw failure
    }
  }

  // MARK: FROM

  private func begin() throws(Failure) {
    switch planned.base {
    case .scratch: return
    case .stage(let other):
      let base = try build.result(of: other)
      state.configuration = base.configuration
      state.layers = base.layers
    case .image(let name):
      let base = try build.images.find(name, planned.platform)
      (state.configuration, state.layers) = try base.content()
    }
    tell(.image(state.image.id))
  }

  private func executeTriggers() throws(Failure) {
    let triggers = state.configuration.list("OnBuild") ?? []
    guard !triggers.isEmpty else { return }
    state.configuration["OnBuild"] = nil
    tell(.triggers(triggers.count))
    for text in triggers {
      try located(SourceText("ONBUILD \(text)", lines: planned.stage.origin.lines)) { () throws(Failure) in
        try execute(build.request.dockerfile.trigger(text, of: planned.stage.origin))
      }
    }
  }

  // MARK: Steps

  private func execute(_ instruction: Instruction) throws(Failure) {
    let text = instruction.origin.text
    let lookup = state
    let expanded = try build.request.dockerfile.expand(instruction) { lookup[$0] }
    if try configure(expanded.kind) {
      // Unnamed by its content: the image that it is put on says all.
      let key = StepKey(of: "setting", on: lookup.image.id, [text])
      let (created, isCached) = build.time(of: key)
      state.configuration.append(.init(created: created, text: text, isEmpty: true))
      if isCached { tell(.cached) }
    } else {
      switch expanded.kind {
      case .workdir(let path): try makeWorkingDirectory(path, text)
      case .copy(let copy): try copyFiles(copy, text, adds: false)
      case .add(let copy): try copyFiles(copy, text, adds: true)
      case .run(let run): try runCommand(run, text)
      default: return
      }
    }
    let image = state.image
    build.keep(image)
    tell(.image(image.id))
  }

  /// A step that makes a layer, or finds that it needs none.
  ///
  /// - Parameters:
  ///   - keys: what it is found by, the first one by who knows all that counts; and kept under.
  ///   - text: what the history says.
  ///   - make: makes the layer; nil where nothing is to be changed.
  func layerStep(
    _ keys: [StepKey], _ text: String, content: StepContent? = nil,
    make: () throws(Failure) -> LayerWriter.Made?
  ) throws(Failure) {
    try build.alone(keys[0]) { () throws(Failure) in
      if let record = build.record(of: keys[0]) {
        tell(.cached)
        if let layer = record.layer {
          add(BuiltLayer(blob: layer.blob, id: state.id(layer.diffID), source: build.cache.source))
        }
        return state.configuration.append(
          .init(created: record.created, text: text, isEmpty: record.layer == nil))
      }
      if let reason = build.reason(for: keys[0], content) { tell(.missed(reason)) }
      let made = try make()
      let created = build.now
      if let (layer, tree) = made { add(layer, tree) }
      for key in keys { build.write(key, created: created, made?.layer, content) }
      state.configuration.append(.init(created: created, text: text, isEmpty: made == nil))
    }
  }

  private func add(_ layer: BuiltLayer, _ tree: StoredLayer? = nil) {
    state.add(layer)
    if let tree { trees?.append(tree) } else { trees = nil }
  }
}

// MARK: Files

extension StageExecution {
  /// The trees of all layers so far, the base first; those that are missing are unpacked.
  func layerTrees() throws(Failure) -> [StoredLayer] {
    if let trees { return trees }
    let found = try build.trees(of: state)
    trees = found
    return found
  }

  /// All files so far; nil where there are none.
  func view() throws(Failure) -> OverlayDirectory? { try build.view(of: layerTrees()) }
}

extension BaseImage {
  /// Its configuration and layers.
  func content() throws(Failure) -> (ImageConfiguration, [BuiltLayer]) {
    do {
      let manifest = try Manifest(raw: source.document(entry), mediaType: entry.mediaType)
      guard manifest.config.mediaType.isConfig else {
        throw Failure(.invalid, "", "an artifact of type \(manifest.config.mediaType), not an image")
      }
      let config = try ImageConfig(raw: source.document(manifest.config))
      try config.check(layersOf: manifest)
      let layers = zip(manifest.layers, LayerID.chain(of: config.diffIDs)).map { blob, id in
        BuiltLayer(blob: blob, id: id, source: source)
      }
      return (try ImageConfiguration(base: config), layers)
    } catch { throw error.about(name) }
  }
}
