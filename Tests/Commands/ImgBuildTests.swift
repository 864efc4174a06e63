import Testing

/// img-build makes of Dockerfiles what docker makes of them.
@Suite(.needsRoot, .needs("busybox", "git", "skopeo"))
struct ImgBuildTests {
  /// What is to come of the cases, and who else does so: Fixtures/builds.txt.
  private static let recorded = Result<[String: (builders: [String], result: String)], any Error> {
    let text = String(decoding: try readFile("\(Scratch.fixtures)/builds.txt"), as: UTF8.self)
    var recorded: [String: (builders: [String], result: String)] = [:]
    var name = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("== "), let colon = line.lastIndex(of: ":") {
        name = String(line[line.index(line.startIndex, offsetBy: 3)..<colon])
        recorded[name] = (line[line.index(after: colon)...].split(separator: " ").map(String.init), "")
      } else {
        recorded[name]?.result += line + "\n"
      }
    }
    return recorded
  }

  private func expected(_ each: BuildCase) throws -> String {
    guard each.builds else { return "fails" }
    return trimmed(try each.result ?? #require(Self.recorded.get()[each.name]).result)
  }

  private func result(_ each: BuildCase, by builder: BuildOracle) throws -> (result: String, said: String) {
    let file = try "\(builder.results())/\(each.name)"
    return try (
      trimmed(String(decoding: readFile(file), as: UTF8.self)),
      trimmed(String(decoding: readFile(file + ".log"), as: UTF8.self))
    )
  }

  @Test("a case of the table", arguments: BuildCase.all)
  func table(each: BuildCase) throws {
    let (result, said) = try result(each, by: .imgBuild)
    #expect(result == (try expected(each)), "\(said)")
    guard case .fails(let line, let words) = each.expectation else { return }
    let error = said.split(separator: "\n").last { $0.hasPrefix("img-build: ") } ?? ""
    if let line { #expect(error.contains("Dockerfile:\(line): "), "\(said)") }
    #expect(error.contains(words), "\(said)")
  }

  @Test(
    "the table says what docker's two builders do", .needs("dockerd", "docker"), .tags(.slow),
    arguments: [BuildOracle.buildkit, .classic])
  func docker(builder: BuildOracle) throws {
    for each in BuildCase.all where each.asks {
      let (result, said) = try result(each, by: builder)
      let agrees = try #require(Self.recorded.get()[each.name]).builders.contains(builder.rawValue)
      #expect((result == (try expected(each))) == agrees, "\(each.title): \(result)\n\(said)")
    }
  }

  @Test("every case is recorded, and says why where BuildKit does otherwise")
  func reasons() throws {
    let recorded = try Self.recorded.get()
    #expect(Set(recorded.keys) == Set(BuildCase.all.map(\.name)))
    #expect(Set(BuildCase.all.map(\.name)).count == BuildCase.all.count)
    #expect(BuildCase.all.count >= 150)
    for each in BuildCase.all {
      let agrees = recorded[each.name]?.builders.contains("buildkit") == true
      #expect(agrees == (each.differs == nil), "\(each.title)")
    }
  }

  @Test("writes down what the builders do", .enabled(if: Machine.variable("RECORD") == "1"), .tags(.slow))
  func record() throws {
    let scratch = try Scratch()
    try scratch.write("cases", BuildCase.document)
    try scratch.ok("mkdir results")
    for builder in [BuildOracle.buildkit, .classic, .buildah] {
      try scratch.ok("cp -r \(builder.results()) results/\(builder.rawValue)")
    }
    try scratch.ok(
      "/usr/bin/python3 -B \(Scratch.fixtures)/builds-record.py cases results \(Scratch.fixtures)/builds.txt")
  }
}
