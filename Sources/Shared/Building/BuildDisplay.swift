import Build
import CommandLine
import Image
import System

/// What people see of a build: each stage's lines together, in the order of the Dockerfile, as if they had come one
/// after the other.
///
/// The first stage that has not ended is shown as it goes; what comes of the others waits, and where that becomes too
/// much, so do they: each waits for earlier ones only, so that all get on.
final class BuildDisplay: BuildObserver {
  private struct State {
    /// The stages that have not ended, in order.
    var stages: [Int]
    var waiting: [Int: [BuildEvent]] = [:]
    var sizes: [Int: Int] = [:]
    /// Whether what RUN wrote ended with a line.
    var endsLine = true
  }

  /// The bytes of output that wait for each stage.
  private static let limit = 1 << 20

  private let session: Session
  private let isJSON: Bool
  /// Where step images are.
  private let place: String
  private let state: Monitor<State>

  /// A display for `stages`, whose images are in the layout `place`.
  init(_ session: Session, stages: [Int], place: String) {
    self.session = session
    isJSON = session.progress.isJSON
    self.place = place
    state = Monitor(State(stages: stages))
  }

  func happened(_ event: BuildEvent, in stage: Int) {
    if session.diagnostics.isQuiet { return }
    state.wait { state -> Void? in
      if state.stages.first == stage {
        show(event, &state)
        if case .ended = event { advance(&state) }
        return ()
      }
      let size = event.size
      guard size == 0 || state.sizes[stage, default: 0] < Self.limit else { return nil }
      state.sizes[stage, default: 0] += size
      state.waiting[stage, default: []].append(event)
      return ()
    }
  }

  /// The stages after the first one have their turn, up to one that has not ended.
  private func advance(_ state: inout State) {
    state.stages.removeFirst()
    while let next = state.stages.first {
      let events = state.waiting.removeValue(forKey: next) ?? []
      state.sizes[next] = nil
      for event in events { show(event, &state) }
      guard case .ended? = events.last else { return }
      state.stages.removeFirst()
    }
  }

  private func show(_ event: BuildEvent, _ state: inout State) {
    if isJSON { return showJSON(event, state.stages.first ?? 0) }
    if case .output(let bytes) = event {
      session.progress.write(bytes)
      state.endsLine = bytes.last == UInt8(ascii: "\n")
      return
    }
    guard let line = line(event) else { return }
    if !state.endsLine { session.progress.write([0x0A]) }
    state.endsLine = true
    session.progress.print(line)
  }

  /// The line that the classic builder shows.
  private func line(_ event: BuildEvent) -> String? {
    switch event {
    case .step(let number, of: let count, let text): "Step \(number)/\(count) : \(text.oneLine)"
    case .triggers(1): "# Executing 1 build trigger"
    case .triggers(let count): "# Executing \(count) build triggers"
    case .cached: " ---> Using cache"
    case .missed(let reason):
      session.diagnostics.isVerbose ? " ---> Not in the cache: \(reason.oneLine)" : nil
    case .image(let id): " ---> \(place):\(id.hex.prefix(12))"
    case .notice(let text): text.oneLine
    case .output, .ended: nil
    }
  }

  private func showJSON(_ event: BuildEvent, _ stage: Int) {
    var object: JSON.Object = ["event": .string(event.name), "stage": .number("\(stage)")]
    switch event {
    case .step(let number, of: let count, let text):
      object["number"] = .number("\(number)")
      object["of"] = .number("\(count)")
      object["text"] = .string(text)
    case .triggers(let count): object["count"] = .number("\(count)")
    case .missed(let text), .notice(let text): object["text"] = .string(text)
    case .output(let bytes): object["text"] = .string(String(decoding: bytes, as: UTF8.self))
    case .image(let id):
      object["id"] = .string(id.description)
      object["image"] = .string("\(place):\(id.hex.prefix(12))")
    case .cached, .ended: break
    }
    session.progress.write(JSON.object(object).encoded() + [0x0A])
  }
}

extension BuildEvent {
  /// The bytes that it is counted as while it waits; what is but a line is not counted.
  fileprivate var size: Int {
    if case .output(let bytes) = self { bytes.count } else { 0 }
  }

  /// What JSON lines call it.
  fileprivate var name: String {
    switch self {
    case .step: "step"
    case .triggers: "triggers"
    case .cached: "cached"
    case .missed: "missed"
    case .output: "output"
    case .image: "image"
    case .notice: "notice"
    case .ended: "ended"
    }
  }
}
