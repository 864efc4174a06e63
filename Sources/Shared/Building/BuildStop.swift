import Build
import CommandLine
import Glibc
import System

/// What a signal has to stop and remove before it ends a build.
final class BuildStop: Sendable {
  private struct State {
    var build: BuildExecution?
    var scratch: ScratchDirectory?
    var isDone = false
  }

  private let state = Monitor(State())

  /// Has `build` stopped.
  func stop(_ build: BuildExecution) { state.update { $0.build = build } }

  /// Has `scratch` removed.
  func remove(_ scratch: ScratchDirectory) { state.update { $0.scratch = scratch } }

  /// Notes that there is nothing to wait for any more.
  fileprivate func end() { state.update { $0.isDone = true } }

  fileprivate func perform() {
    let (build, scratch) = state.update { ($0.build, $0.scratch) }
    if let build {
      build.stop()
      // What was built so far stays; whatever takes longer is removed by the next build.
      for _ in 0..<80 where !state.update({ $0.isDone }) { usleep(10_000) }
    }
    scratch?.remove()
  }
}

extension BuildRun {
  /// Runs `body`, which a signal may end.
  func stoppable(_ body: (BuildStop) throws(Failure) -> Void) throws(Failure) {
    let stop = BuildStop()
    try Interruption.during(cleaning: { stop.perform() }) { () throws(Failure) in
      defer { stop.end() }
      try body(stop)
    }
  }
}
