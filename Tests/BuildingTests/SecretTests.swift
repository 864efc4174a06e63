import CommandLine
import System
import TestSupport
import Testing

@testable import Building

struct SecretTests {
  private func secrets(_ texts: [String], _ variables: [String: String] = [:]) throws -> BuildSecrets {
    let options = try SourceOptions.parse(texts.flatMap { ["--secret", $0] })
    return try BuildSecrets(options, Environment(variables, isRoot: true))
  }

  @Test("a secret is a file or a variable")
  func sources() throws {
    let scratch = try Scratch()
    let file = try scratch.write("s", "from file")
    let known = try secrets(
      ["id=a,src=\(file)", "id=b,env=B", "type=file,id=c,source=\(file)", "id=D"],
      ["B": "from b", "D": "from d"])
    #expect(try known.secret("a") == Array("from file".utf8))
    #expect(try known.secret("c") == Array("from file".utf8))
    #expect(try known.secret("b") == Array("from b".utf8))
    #expect(try known.secret("D") == Array("from d".utf8))
    #expect(try known.secret("other") == nil)
    try Scratch.remove(scratch.path)
    #expect(throws: Failure.self) { try known.secret("a") }
  }

  @Test(
    "what is no secret is refused without saying more than was said",
    arguments: ["", "id=", "src=x", "id=a,what=b", "id", "id=a,type=x"])
  func wrong(text: String) { #expect(throws: Failure.self) { try secrets([text]) } }
}
