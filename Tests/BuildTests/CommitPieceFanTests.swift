import Glibc
import System
import Testing

@testable import Build

/// Reads all of a fan for one reader, slowly where asked.
private func drain(_ fan: PieceFan, _ reader: Int, pause: UInt32 = 0) throws(Failure) -> [UInt8] {
  var bytes: [UInt8] = []
  while let piece = try fan.next(reader) {
    bytes += piece
    usleep(pause)
  }
  return bytes
}

@Suite struct CommitPieceFanTests {
  @Test(
    "every reader gets all bytes in order, the slow as the quick", arguments: [1, 777, 300_000, 5_000_000])
  func all(_ length: Int) throws {
    let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 5) }
    let fan = PieceFan(readers: 2)
    let results = Monitor<[[UInt8]]>([])
    var threads: [Thread] = []
    for reader in 0..<2 {
      threads.append(
        try Thread {
          let all = try? drain(fan, reader, pause: reader == 1 ? 1000 : 0)
          results.update { $0.append(all ?? []) }
        })
    }
    let count = length == 1 ? 10_000 : bytes.count
    for start in stride(from: 0, to: count, by: length) {
      try bytes[start..<min(count, start + length)].withUnsafeBytes { try fan.write($0) }
    }
    try fan.end()
    for thread in threads { thread.join() }
    #expect(results.update { $0 } == [Array(bytes[..<count]), Array(bytes[..<count])])
  }

  @Test("nothing at all is a stream, too")
  func empty() throws {
    let fan = PieceFan(readers: 1)
    try fan.end()
    #expect(try fan.next(0) == nil)
  }

  @Test("the writer waits for a reader that takes nothing, until somebody fails")
  func failure() throws {
    let fan = PieceFan(readers: 2)
    let thread = try Thread {
      usleep(50_000)
      fan.fail(Failure(.failed, "disk", "full"))
      fan.fail(Failure(.failed, "", "later"))
    }
    let bytes = [UInt8](repeating: 0, count: 1 << 20)
    let failure = #expect(throws: Failure.self) {
      for _ in 0..<100 { try bytes.withUnsafeBytes { try fan.write($0) } }
    }
    thread.join()
    #expect(failure?.subject == "disk")
    #expect(throws: Failure.self) { try fan.next(0) }
  }
}
