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
  // Of one thread.
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
  /// The image after the last step for which one was put together.
  private var image: AssembledImage?
  /// The instructions since then.
  private var loose = 0

  /// The size of a configuration, bytes, from which on not every line of it has an image of its own.
  private static let largeConfiguration: UInt64 = 256 << 10
  /// The most instructions without one.
  private static let mostLoose = 64
  /// The most triggers of a base image.
  private static let mostTriggers = 1000

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
    if loose > 0 { try located(planned.stage.origin) { () throws(Failure) in _ = try assemble() } }
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
      var failure = error
      // What is wrong with an instruction is not wrong on the command line.
      if failure.kind == .usage { failure.kind = .failed }
      if failure.subject.hasPrefix("\(build.request.dockerfile.name):") { throw failure }
      throw build.request.dockerfile.located(failure, at: origin)
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
      state.scope = base.scope
      state.baseCount = base.baseCount
    case .image(let name):
      let base = try build.images.find(name, planned.platform)
      build.keep(base)
      (state.configuration, state.layers) = try base.content()
      state.baseCount = state.layers.count
    }
    let image = state.image
    self.image = image
    tell(.image(image.id))
  }

  private func executeTriggers() throws(Failure) {
    let triggers = state.configuration.list("OnBuild") ?? []
    guard !triggers.isEmpty else { return }
    guard triggers.count <= Self.mostTriggers else {
      throw build.request.dockerfile.located(
        Failure(
          .failed, "",
          "the image has \(triggers.count) build triggers, at most \(Self.mostTriggers) are executed"),
        at: planned.stage.origin)
    }
    state.configuration["OnBuild"] = nil
    image = nil
    tell(.triggers(triggers.count))
    for text in triggers {
      try located(SourceText("ONBUILD \(text)", lines: planned.stage.origin.lines)) { () throws(Failure) in
        try execute(Instruction(trigger: text))
      }
    }
  }

  // MARK: Steps

  private func execute(_ instruction: Instruction) throws(Failure) {
    let text = instruction.origin.text
    let lookup = state
    let expanded = try build.request.dockerfile.expanded(instruction) { lookup[$0] }
    if try configure(expanded.kind) {
      if let image, image.configSize > Self.largeConfiguration, loose < Self.mostLoose {
        loose += 1
        return state.configuration.append(.init(created: build.now, text: text, isEmpty: true))
      }
      let before = loose == 0 ? image ?? lookup.image : lookup.image
      // The image that it is put on says all that counts.
      let key = StepKey(of: "setting", on: before.id, [text])
      let record = build.record(of: key)
      if record != nil { tell(.cached) }
      return try finish(
        Step(keys: record == nil ? [key] : [], text: text, created: record?.created ?? build.now))
    }
    switch expanded.kind {
    case .workdir(let path): try makeWorkingDirectory(path, text)
    case .copy(let copy): try copyFiles(copy, text, adds: false)
    case .add(let copy): try copyFiles(copy, text, adds: true)
    case .run(let run): try runCommand(run, text)
    default: preconditionFailure("an instruction that was expanded is another one")
    }
  }

  /// A step that was done.
  private struct Step {
    /// What it is to be found by from now on.
    var keys: [StepKey]
    /// What the history says.
    var text: String
    var created: String
    var layer: BuiltLayer?
  }

  /// A step that makes a layer, or finds that it needs none.
  ///
  /// - Parameters:
  ///   - keys: what it is found by, the first one by who knows all that counts; and kept under.
  ///   - text: what the history says.
  ///   - listing: what it copies, for who wants to know why it was not found.
  ///   - make: makes the layer; nil where nothing is to be changed.
  func layerStep(
    _ keys: [StepKey], _ text: String, content listing: (() -> ContentListing)? = nil,
    make: () throws(Failure) -> LayerWriter.Made?
  ) throws(Failure) {
    try build.alone(keys[0]) { () throws(Failure) in
      if let record = build.record(of: keys[0]) {
        tell(.cached)
        let layer = record.layer.map {
          BuiltLayer(blob: $0.blob, id: state.id($0.diffID), source: build.places.cache.source)
        }
        if let layer { add(layer) }
        // The other keys lead to the same from now on.
        return try finish(
          Step(keys: Array(keys.dropFirst()), text: text, created: record.created, layer: layer))
      }
      let content = listing?()
      let place = StepKey(of: "content", on: state.image.id, [text])
      if !build.request.ignoresCache, let reason = build.reason(at: place, content) { tell(.missed(reason)) }
      let made = try make()
      if let (layer, tree) = made { add(layer, tree) }
      try finish(Step(keys: keys, text: text, created: build.now, layer: made?.layer))
      if let content { build.write(content, at: place) }
    }
  }

  private func add(_ layer: BuiltLayer, _ tree: StoredLayer? = nil) {
    state.add(layer)
    guard let tree else { return trees = nil }
    trees?.append(tree)
    build.keep(tree)
  }

  /// Writes down what was done: in the history, in the cache, for the user.
  private func finish(_ step: Step) throws(Failure) {
    state.configuration.append(
      .init(created: step.created, text: step.text, isEmpty: step.layer == nil))
    let image = try assemble()
    try build.keep(image)
    for key in step.keys {
      build.write(
        StepRecord(
          instruction: step.text, created: step.created,
          layer: step.layer.map { .init(blob: $0.blob, diffID: $0.id.diffID) }, image: image.entry), of: key)
    }
    tell(.image(image.id))
  }

  /// The image as it is now.
  ///
  /// - Throws: `failed` where nobody could read its configuration.
  private func assemble() throws(Failure) -> AssembledImage {
    let image = state.image
    guard image.configSize <= documentLimit else {
      throw Failure(.failed, "", "the configuration grows beyond \(documentLimit) bytes")
    }
    (self.image, loose) = (image, 0)
    return image
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
    do throws(Failure) {
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
