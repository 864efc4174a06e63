import Container
import Dockerfile
import Glibc
import Image
import LayerStore
import Overlay
import System

/// A RUN instruction at work: its command in the files of the stage, what it changes in a directory of its own.
///
/// A secret is in the memory of its container and this process only.
final class RunStep: Sendable {
  /// How a command ended, and what it changed.
  struct Outcome: Sendable {
    /// Its exit status, 128+N where signal N ended it; 126 or 127 where it could not be executed.
    let status: CInt
    /// Why it could not be executed.
    let fault: Failure?
    /// What it changed, as it was when the command and all that it had begun were gone: nothing of the runner's.
    let upper: UpperDirectory
    /// The place of that, for the caller to remove.
    let place: MountPlace
  }

  private let command: RunCommand
  private let instruction: RunInstruction
  private let mounts: [RunMount]
  private let stage: RunStage
  private let surroundings: RunSurroundings
  private let state = Monitor(State())

  private struct State {
    var isStopped = false
    var container: RunningContainer?
  }

  /// The step of `instruction`, expanded, in `stage`.
  ///
  /// - Parameter mounts: those of the instruction, expanded and parsed.
  /// - Throws: `denied` for what is not allowed; `invalid`.
  init(
    _ instruction: RunInstruction, mounts: [RunMount], in stage: RunStage, _ surroundings: RunSurroundings
  ) throws(Failure) {
    command = try RunCommand(instruction, shell: stage.shell)
    self.instruction = instruction
    self.mounts = mounts
    self.stage = stage
    self.surroundings = surroundings
    if instruction.security == "insecure", !surroundings.allowsInsecure {
      throw Failure(.denied, "--security=insecure", "is not allowed: --allow security.insecure")
    }
    if instruction.network == "host", !surroundings.allowsHostNetwork {
      throw Failure(.denied, "--network=host", "is not allowed: --allow network.host")
    }
  }

  /// Runs it, to its end and that of all that it began.
  ///
  /// - Parameters:
  ///   - sources: the files of a mount's `from=`; of nil, the context's.
  ///   - sink: gets what the command writes, on this thread.
  /// - Throws: what can't be set up; `failed` after `stop`.
  func run(
    sources: @escaping (String?) throws(Failure) -> RunFiles, sink: (UnsafeRawBufferPointer) -> Void
  ) throws(Failure) -> Outcome {
    let place = try surroundings.store.beginMount()
    do throws(Failure) {
      let upper = try place.makeTemporaryUpper(on: stage.layers.last)
      let (status, fault) = try withMounts(sources) { (mounts, sketch) throws(Failure) in
        try execute(mounts, upper, sketch, sink)
      }
      if state.update({ $0.isStopped }) { throw Self.stopped }
      return Outcome(status: status, fault: fault, upper: upper, place: place)
    } catch {
      try? place.remove()
      throw error
    }
  }

  /// Ends it at once, with all in it, from another thread; `run` throws.
  func stop() {
    state.update { state in
      state.isStopped = true
      state.container?.kill()
    }
  }

  private static let stopped = Failure(.failed, "RUN", "was stopped")

  /// Runs `body` with the mounts ready, and a directory for a layer below the changes.
  private func withMounts<Result>(
    _ sources: @escaping (String?) throws(Failure) -> RunFiles,
    _ body: (RunMounts, UpperDirectory) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let place = try surroundings.store.beginMount()
    defer { try? place.remove() }
    let sketch = try place.makeTemporaryUpper()
    let mounts = try RunMounts(mounts, in: stage, surroundings, sources)
    defer { mounts.remove() }
    return try body(mounts, sketch)
  }

  private func execute(
    _ mounts: RunMounts, _ upper: UpperDirectory, _ sketch: UpperDirectory,
    _ sink: (UnsafeRawBufferPointer) -> Void
  ) throws(Failure) -> (CInt, Failure?) {
    let planner = RunPlanner(instruction, command, stage, surroundings)
    var draft = try planner.draft(mounts, upper: upper, sketch: sketch.path)
    let pipe: (read: FileDescriptor, write: FileDescriptor)
    do throws(Errno) {
      pipe = try FileDescriptor.pipe()
    } catch { throw error.failure("pipe") }
    // Who opens /dev/stdout opens the pipe by its owner and mode.
    try? pipe.write.setOwner(draft.spec.user.uid, draft.spec.user.gid)
    (draft.spec.standardOutput, draft.spec.standardError) = (pipe.write, pipe.write)
    let container = try RunningContainer(draft.spec, passesSignals: false)
    let isStopped = state.update { state in
      state.container = container
      return state.isStopped
    }
    defer { state.update { $0.container = nil } }
    if isStopped { throw Self.stopped }
    let pasta = try planner.connect(draft, container)
    defer { withExtendedLifetime(pasta) {} }
    if let fault = try container.start() { return (fault.status, fault.failure) }
    return (try container.wait(reading: pipe.read, sink), nil)
  }
}
