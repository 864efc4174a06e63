import Dockerfile
import Glibc
import Image
import LayerStore
import Overlay
import System
import Transfer
import Unpack

/// A build: its stages, executed side by side, each once.
public final class BuildExecution: Sendable {
  /// Where things are kept.
  public struct Places: Sendable {
    /// What earlier builds made.
    public var cache: BuildCache
    /// Unpacked layers.
    public var layers: LayerCache
    /// The numbers of users and groups here.
    public var map: IdentityMap

    /// These places.
    public init(cache: BuildCache, layers: LayerCache, map: IdentityMap) {
      self.cache = cache
      self.layers = layers
      self.map = map
    }
  }

  enum Phase {
    case running
    case done(StageState)
    case failed(Failure)
  }

  struct State {
    var stages: [Int: Phase] = [:]
    var failure: Failure?
    var isStopped = false
    var running: [ObjectIdentifier: any Stoppable] = [:]
    var busy: Set<StepKey> = []
    /// The layers that were made, which have to be made durable.
    var made: [StoredLayer] = []
    /// The steps that were found or done.
    var records: [StepKey: StepRecord] = [:]
    /// The images that stages begin with.
    var bases: [Digest: BaseImage] = [:]
    /// What was read of the context.
    var files: Set<[UInt8]> = []
    /// The commits of git addresses.
    var commits: [GitAddress: String] = [:]
  }

  let request: BuildRequest
  let places: Places
  let plan: BuildPlan
  let images: any BaseImages
  let observer: any BuildObserver
  /// Makes layers.
  let writer: LayerWriter
  /// What RUN steps have in common.
  let surroundings: RunSurroundings
  /// The number of all steps.
  let stepCount: Int
  private let numbers: [Int: Int]
  let state = Monitor(State())

  /// A build as `request` says.
  ///
  /// - Parameter observer: who is told, of stages with these numbers.
  /// - Throws: what is wrong with FROM instructions, and with targets.
  public init(
    _ request: BuildRequest, in places: Places, images: any BaseImages,
    observer: ([Int]) -> any BuildObserver
  ) throws(Failure) {
    self.request = request
    self.places = places
    self.images = images
    writer = LayerWriter(
      places.layers, OverlayDriver(map: places.map).form, layout: places.cache.images,
      packing: request.packing,
      latest: request.sourceDate)
    surroundings = try Self.surroundings(request, places)
    plan = try BuildPlan(
      request.dockerfile, targets: request.targets, arguments: request.arguments, platform: request.platform)
    var numbers: [Int: Int] = [:]
    var number = 1
    for index in plan.needed {
      numbers[index] = number
      number += 1 + plan.stages[index].stage.instructions.count
    }
    self.numbers = numbers
    self.observer = observer(plan.needed)
    stepCount = number - 1
  }

  /// The names of `--build-arg`s that no ARG declares.
  public var unusedArguments: [String] {
    var declared = plan.globals.union(BuildScope.proxies).union(plan.defaults.keys)
    for index in plan.needed {
      for instruction in plan.stages[index].stage.instructions {
        if case .arg(let assignments) = instruction.kind { declared.formUnion(assignments.map(\.name)) }
      }
    }
    return request.arguments.keys.filter {
      !declared.contains($0) && !$0.hasPrefix("BUILDKIT_") && $0 != "SOURCE_DATE_EPOCH"
    }.sorted()
  }

  /// Builds; the images that were asked for, in order.
  ///
  /// However it ends, the images of the steps that were done are in the cache.
  public func run() throws(Failure) -> [AssembledImage] {
    let waiting = Monitor(plan.needed[...])
    var threads: [Thread] = []
    do throws(Errno) {
      for _ in 0..<min(plan.needed.count, max(2, processorCount)) {
        threads.append(
          try Thread { [self] in
            while let index = waiting.update({ $0.popFirst() }) { _ = try? result(of: index) }
          })
      }
    } catch { stop(error.failure("thread")) }
    for thread in threads { thread.join() }
    let end: Result<[AssembledImage], Failure>
    do throws(Failure) { end = .success(try finish()) } catch { end = .failure(error) }
    // What ended the build is told rather than what then could not be kept.
    do throws(Failure) { try settle() } catch { _ = try end.get(); throw error }
    return try end.get()
  }

  private func finish() throws(Failure) -> [AssembledImage] {
    try goOn()
    var images: [AssembledImage] = []
    for target in plan.targets {
      var state = try result(of: target)
      if request.isSquashed { try squash(&state) }
      for (name, value) in request.labels { state.configuration.setLabel(name, to: value) }
      let image = AssembledImage(state.configuration, state.layers, annotations: request.annotations)
      try keep(image)
      images.append(image)
    }
    return images
  }

  /// Ends it: what runs is killed, and nothing more is begun.
  public func stop(_ failure: Failure = Failure(.failed, "", "stopped")) {
    let running = state.update { state in
      state.failure = state.failure ?? failure
      state.isStopped = true
      return Array(state.running.values)
    }
    for step in running { step.stop() }
  }
}

// MARK: What stages ask

extension BuildExecution {
  /// The stage `index`, executed by this thread unless another is at it.
  ///
  /// A stage only waits for earlier ones, and these are begun first.
  func result(of index: Int) throws(Failure) -> StageState {
    let phase = state.wait { state -> Phase?? in
      switch state.stages[index] {
      case nil:
        state.stages[index] = .running
        return .some(nil)
      case .running: return nil
      case .some(let phase): return .some(phase)
      }
    }
    switch phase {
    case .done(let result): return result
    case .failed(let failure): throw failure
    default: break
    }
    let end: Phase
    do throws(Failure) {
      end = .done(try StageExecution(index, of: self, number: numbers[index] ?? 0).run())
    } catch {
      end = .failed(error)
      stop(error)
    }
    state.update { $0.stages[index] = end }
    switch end {
    case .done(let result): return result
    case .failed(let failure): throw failure
    case .running: preconditionFailure("a stage has ended")
    }
  }

  /// Throws the failure that ended the build.
  func goOn() throws(Failure) {
    if let failure = state.update({ $0.failure }) { throw failure }
  }

  /// Runs `body`, which `step` stands for: it is stopped if the build is.
  func during<Result>(_ step: some Stoppable, _ body: () throws(Failure) -> Result) throws(Failure) -> Result
  {
    let isStopped = state.update { state in
      state.running[ObjectIdentifier(step)] = step
      return state.isStopped
    }
    defer { state.update { $0.running[ObjectIdentifier(step)] = nil } }
    if isStopped { try goOn() }
    return try body()
  }

  /// Runs `body` while no other stage does the same step.
  func alone(_ key: StepKey, _ body: () throws(Failure) -> Void) throws(Failure) {
    state.wait { $0.busy.insert(key).inserted ? () : nil }
    defer { state.update { _ = $0.busy.remove(key) } }
    try body()
  }

  /// Now, as images have it.
  var now: String {
    (request.sourceDate.map { Timestamp(seconds: $0) } ?? .now).rfc3339
  }

  /// Now, seconds since 1970.
  var time: Int64 { request.sourceDate ?? Timestamp.now.seconds }

  /// How the user may name a step's image.
  func operand(_ image: AssembledImage) -> String { "\(places.cache.images.path):\(image.id.hex.prefix(12))" }

  /// Remembers that a file of the context was read.
  func noteRead(_ path: [UInt8]) {
    if request.listsFiles { state.update { _ = $0.files.insert(path) } }
  }

  /// The files of the context that were read, by paths as the user has them; none unless the request asks for it.
  public var filesRead: [String] {
    guard let context = request.context else { return [] }
    let start = context == "." ? "" : context.hasSuffix("/") ? context : context + "/"
    return state.update { $0.files }
      .map { $0.isEmpty ? context : start + String(decoding: $0, as: UTF8.self) }.sorted()
  }
}

/// Something that another thread can end.
protocol Stoppable: AnyObject, Sendable {
  /// Ends it within a second.
  func stop()
}
