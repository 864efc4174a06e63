import System
import Testing

@testable import Dockerfile

@Suite("Patterns against a slower matcher, and hostile ones")
struct IgnoreSpeedTests {
  /// Whether `path` matches `pattern`, of `.dockerignore`, by trying everything.
  private func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>, isFirst: Bool = true) -> Bool
  {
    let slash = UInt8(ascii: "/")
    guard let byte = pattern.first else { return path.isEmpty }
    var rest = pattern.dropFirst()
    switch byte {
    case UInt8(ascii: "*") where rest.first == byte:
      rest = rest.dropFirst()
      let hasSlash = rest.first == slash
      if hasSlash { rest = rest.dropFirst() }
      if rest.isEmpty { return true }
      if isFirst, !hasSlash, !rest.contains(where: { "*?[]\\".utf8.contains($0) }) {
        return path.suffix(rest.count) == rest
      }
      let starts = [path.startIndex] + path.indices.filter { path[$0] == slash }.map { $0 + 1 }
      return starts.contains { matches(rest, path[$0...], isFirst: false) }
    case UInt8(ascii: "*"):
      let end = path.firstIndex(of: slash) ?? path.endIndex
      return (path.startIndex...end).contains { matches(rest, path[$0...], isFirst: false) }
    case UInt8(ascii: "?"):
      return path.first.map { $0 != slash } ?? false && matches(rest, path.dropFirst(), isFirst: false)
    case UInt8(ascii: "["):
      let end = rest.firstIndex(of: UInt8(ascii: "]"))!
      let isNegated = rest.first == UInt8(ascii: "^")
      let members = rest[(rest.startIndex + (isNegated ? 1 : 0))..<end]
      return path.first.map { members.contains($0) != isNegated } ?? false
        && matches(rest[(end + 1)...], path.dropFirst(), isFirst: false)
    default:
      return path.first == byte && matches(rest, path.dropFirst(), isFirst: false)
    }
  }

  @Test("100,000 random patterns and paths agree with trying everything")
  func random() throws {
    var generator = Numbers(seed: 7)
    let elements = ["a", "b", "/", "*", "**", "**/", "?", "[ab]", "[^a]", "/"].map { Array($0.utf8) }
    let letters = Array("aab/".utf8)
    for _ in 0..<5000 {
      let text = (0..<Int.random(in: 1...6, using: &generator))
        .flatMap { _ in elements.randomElement(using: &generator)! }
      let pattern = try PathPattern(text, syntax: .ignore)
      for _ in 0..<20 {
        let path = (0..<Int.random(in: 0...7, using: &generator))
          .map { _ in letters.randomElement(using: &generator)! }
        let expected = matches(text[...], path[...])
        let names = "\(String(decoding: text, as: UTF8.self)) \(String(decoding: path, as: UTF8.self))"
        #expect(pattern.matches(path) == expected, "\(names)")
        guard expected else { continue }
        for index in path.indices where path[index] == UInt8(ascii: "/") && index + 1 < path.count {
          #expect(pattern.mayMatch(below: Array(path[..<index])), "\(names)")
        }
      }
    }
  }

  @Test(
    "no pattern takes long against long names",
    arguments: [
      String(repeating: "*a", count: 40) + "b", String(repeating: "**/a", count: 40) + "b",
      String(repeating: "*", count: 60000) + "b", String(repeating: "**", count: 30000) + "b",
      String(repeating: "**/", count: 20000) + "*b", String(repeating: "*?", count: 30000),
      String(repeating: "a*", count: 500) + "[^a]", String(repeating: "**/*", count: 300) + "b",
      String(repeating: "**/?*", count: 300) + "b", "[" + String(repeating: "bc-d", count: 15000) + "]*",
    ])
  func hostile(_ pattern: String) throws {
    let rules = try IgnoreRules(parsing: Array(pattern.utf8))
    let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
    let directories = (0..<500).flatMap { _ in Array("a/".utf8) } + Array("c".utf8)
    let clock = ContinuousClock()
    let time = clock.measure {
      let state = rules.decision(for: letters, parent: rules.start)
      _ = rules.mayReinclude(below: letters, state)
      _ = rules.decision(for: directories, parent: rules.start)
    }
    #expect(time < .seconds(20), "\(time)")
  }

  @Test("twenty thousand paths of a deep directory are decided in no time")
  func many() throws {
    let text = (0..<50).map { "**/name\($0)/*.o\n!keep\($0)/**/x\n" }.joined()
    let rules = try IgnoreRules(parsing: Array(text.utf8))
    let directory = Array("some/directory/that/is/deep".utf8)
    let parent = rules.decision(for: directory, parent: rules.start)
    let time = ContinuousClock().measure {
      for number in 0..<20_000 {
        _ = rules.decision(for: directory + Array("/file\(number).c".utf8), parent: parent)
      }
    }
    #expect(time < .seconds(20), "\(time)")
  }
}

/// The same numbers each time.
struct Numbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    return bits ^ bits >> 31
  }
}
