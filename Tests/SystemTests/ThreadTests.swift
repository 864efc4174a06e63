import Testing

@testable import System

@Suite struct ThreadTests {
  @Test("updates from many threads are never lost")
  func exclusion() throws {
    let count = Monitor(0)
    let threads = try (0..<4).map { _ in
      try Thread { for _ in 0..<1000 { count.update { $0 += 1 } } }
    }
    for thread in threads { thread.join() }
    #expect(count.update { $0 } == 4000)
  }

  @Test("who waits is woken by each change, also by that of another who waited")
  func waiting() throws {
    let turn = Monitor(0)
    let threads = try (0..<4).map { own in
      try Thread {
        for round in 0..<100 { turn.wait { $0 == round * 4 + own ? $0 += 1 : nil } }
      }
    }
    for thread in threads { thread.join() }
    #expect(turn.update { $0 } == 400)
  }

  @Test("an error leaves the monitor usable")
  func errors() {
    let monitor = Monitor(1)
    #expect(throws: Errno.self) { try monitor.update { _ throws(Errno) in throw Errno(5) } }
    #expect(throws: Errno.self) { try monitor.wait { _ throws(Errno) -> Int? in throw Errno(5) } }
    #expect(monitor.update { $0 } == 1)
  }

  @Test("a thread lets go of what its closure held")
  func release() throws {
    final class Token: Sendable {}
    weak var token: Token?
    do {
      let held = Token()
      token = held
      try Thread { _ = held }.join()
    }
    #expect(token == nil)
  }
}
