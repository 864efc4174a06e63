import System
import Testing

@testable import Dockerfile

@Suite(".dockerignore")
struct IgnoreRulesTests {
  /// The names of all files and, with a slash, directories.
  private static let all: Set<String> = {
    var names = Set(IgnoreCase.files)
    for file in IgnoreCase.files { names.formUnion(parents(file)) }
    return names
  }()

  private static func parents(_ name: String) -> [String] {
    let ends = name.indices.filter { name[$0] == "/" && name.index(after: $0) < name.endIndex }
    return ends.map { String(name[...$0]) }
  }

  private static func named(_ list: String) -> Set<String> {
    let names = list.isEmpty ? [] : list.split(separator: ", ").map(String.init)
    return all.filter { one in names.contains { one == $0 || $0.hasSuffix("/") && one.hasPrefix($0) } }
  }

  /// What is left of everything, walked as a context is.
  private func kept(by rules: IgnoreRules) -> Set<String> {
    var kept: Set<String> = []
    func walk(_ directory: String, _ state: IgnoreRules.State) {
      for name in Self.all where name.hasPrefix(directory) && name != directory {
        let rest = name.dropFirst(directory.count)
        guard rest.firstIndex(of: "/") ?? rest.indices.last! == rest.indices.last! else { continue }
        let path = Array((name.hasSuffix("/") ? name.dropLast() : name[...]).utf8)
        let found = rules.decision(for: path, parent: state)
        #expect(found.isExcluded == rules.excludes(path), "\(name)")
        if !found.isExcluded { kept.formUnion([name] + Self.parents(name)) }
        guard name.hasSuffix("/") else { continue }
        if !found.isExcluded || rules.mayReinclude(below: path, found) { walk(name, found) }
      }
    }
    walk("", rules.start)
    return kept
  }

  @Test("it leaves out what docker leaves out", arguments: IgnoreCase.docker + IgnoreCase.exceptions)
  func leavesOut(_ test: IgnoreCase) throws {
    let expected: Set<String>
    switch test.outcome {
    case .refused:
      #expect(throws: Failure.self) { _ = try IgnoreRules(parsing: Array(test.rules.utf8)) }
      return
    case .without(let list): expected = Self.all.subtracting(Self.named(list))
    case .only(let list):
      let names = Self.named(list)
      expected = names.union(names.flatMap(Self.parents))
    }
    let kept = kept(by: try IgnoreRules(parsing: Array(test.rules.utf8)))
    #expect(kept == expected, "\(kept.symmetricDifference(expected).sorted())")
  }

  @Test("a line that is no pattern is named by its number")
  func errors() {
    let failure = #expect(throws: Failure.self) {
      _ = try IgnoreRules(parsing: Array("# one\n\na[\n".utf8), name: "context/.dockerignore")
    }
    #expect(failure?.kind == .invalid)
    #expect(failure?.subject == "context/.dockerignore")
    #expect(failure?.problem.hasPrefix("line 3: a[: ") == true, "\(failure?.problem ?? "")")
  }

  @Test("a line can have 65,535 bytes, and no more")
  func longLines() throws {
    #expect(
      try IgnoreRules(parsing: [UInt8](repeating: 0x61, count: 65535)).excludes(Array("a".utf8)) == false)
    #expect(throws: Failure.self) { _ = try IgnoreRules(parsing: [UInt8](repeating: 0x61, count: 65536)) }
  }

  @Test("no file, an empty one and comments leave out nothing")
  func nothing() throws {
    #expect(IgnoreRules().isEmpty)
    #expect(try IgnoreRules(parsing: []).isEmpty)
    #expect(try IgnoreRules(parsing: Array("# a\n\r\n \t\n/\n".utf8)).excludes(Array("a".utf8)) == false)
    #expect(try !IgnoreRules(parsing: Array("*".utf8)).excludes([]))
  }

  @Test("bytes that are no text are matched as bytes")
  func bytes() throws {
    let rules = try IgnoreRules(parsing: [0xff, 0x0a, 0x61, 0x2f, 0x3f])
    #expect(rules.excludes([0xff]))
    #expect(!rules.excludes([0xfe]))
    #expect(rules.excludes([0x61, 0x2f, 0xfe]))
  }

  @Test(
    "paths need not be clean",
    arguments: [
      ("/d/a", true), ("./d//a", true), ("d/e/../a", true), ("d/a/b", true), ("d/b", false), ("", false),
    ])
  func unclean(_ path: String, _ isExcluded: Bool) throws {
    #expect(try IgnoreRules(patterns: ["d/a"]).excludes(Array(path.utf8)) == isExcluded)
  }

  @Test("an excluded directory is only looked into for exceptions that can be below it")
  func pruning() throws {
    func looks(_ rules: String, _ path: String) throws -> Bool {
      let rules = try IgnoreRules(parsing: Array(rules.utf8))
      let state = rules.decision(for: Array(path.utf8), parent: rules.start)
      #expect(state.isExcluded)
      return rules.mayReinclude(below: Array(path.utf8), state)
    }
    #expect(try !looks("*", "node_modules"))
    #expect(try !looks("*\n!src", "node_modules"))
    #expect(try looks("*\n!src/lib", "src"))
    #expect(try !looks("*\n!src/lib", "srclib"))
    #expect(try looks("*\n!**/x", "any"))
    // What comes later than the exception wins in any case.
    #expect(try !looks("!a/b\n*", "a"))
  }

  @Test("--exclude takes the same patterns, exceptions as well")
  func excludeOption() throws {
    let rules = try IgnoreRules(patterns: ["*.md", "!readme.md"])
    #expect(rules.hasExceptions)
    #expect(rules.excludes(Array("notes.md".utf8)))
    #expect(!rules.excludes(Array("readme.md".utf8)))
    #expect(throws: Failure.self) { _ = try IgnoreRules(patterns: ["a", "[b"]) }
  }
}
