import Dockerfile
import System
import Testing

@Suite("Dockerfiles made to hurt", .serialized)
struct HostileTests {
  /// The time `body` takes; debug builds are slow, and others run beside it.
  private func isQuick(_ body: () throws -> Void) rethrows -> Bool {
    let clock = ContinuousClock()
    return try clock.measure(body) < .seconds(20)
  }

  @Test("200,000 continuation lines are one instruction, soon")
  func continuations() throws {
    let text = "FROM a\nRUN x" + String(repeating: " \\\n  y", count: 200_000)
    let quick = try isQuick {
      let run = try #require(try parsed(text).stages.first?.instructions.first)
      #expect(run.origin.lines == 2...200_002)
    }
    #expect(quick)
  }

  @Test("40 arguments that each double the one before end with an error")
  func doubling() throws {
    var values = ["a0": "0123456789"]
    let quick = try isQuick {
      let failure = try #require(throws: Failure.self) {
        for number in 1...40 {
          var expansion = Expansion { values[$0] }
          values["a\(number)"] = try expansion.word("${a\(number - 1)}${a\(number - 1)}")
        }
      }
      #expect(failure.problem.contains("grows beyond"))
      #expect(values.count < 25)
    }
    #expect(quick)
  }

  @Test(
    "patterns, defaults and depth are bounded",
    arguments: [
      String(repeating: "${x##*}", count: 20_000), String(repeating: "${x/*b/}", count: 2),
      String(repeating: "${n:+$x}", count: 20_000), "${x//?/$x}",
      String(repeating: "${n:-", count: 100_000), String(repeating: "${n/", count: 100_000),
    ])
  func bounded(word: String) {
    let value = String(repeating: "a", count: 1 << 20)
    let quick = isQuick {
      var expansion = Expansion { $0 == "x" ? value : nil }
      #expect(throws: Failure.self) { try expansion.word(word) }
    }
    #expect(quick)
  }

  @Test("all ports of all ports end with an error")
  func ports() throws {
    let text = "EXPOSE" + String(repeating: " 0-65535", count: 7000)
    let instruction = try #require(try instructions(text).first)
    let quick = isQuick {
      var expansion = Expansion { _ in nil }
      #expect(throws: Failure.self) { try instruction.expanded(by: &expansion) }
    }
    #expect(quick)
  }

  @Test(
    "long words, nesting and many here-documents do no harm",
    arguments: [
      "RUN [" + String(repeating: "[", count: 60_000), String(repeating: "ONBUILD ", count: 8000),
      String(repeating: "X", count: 60_000), "RUN --" + String(repeating: "m", count: 60_000) + " x",
      "RUN" + String(repeating: " <<A", count: 15_000) + "\n" + String(repeating: "A\n", count: 14_999),
      "RUN " + String(repeating: "${a:-", count: 12_000) + "<<A",
      "ENV " + String(repeating: "\"", count: 60_001),
    ])
  func odd(text: String) {
    let quick = isQuick { _ = try? instructions(text) }
    #expect(quick)
  }
}
