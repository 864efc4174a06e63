import Image
import System
import Testing

@testable import CommandLine

@Suite struct FieldTemplateTests {
  static let document: JSON = [
    "ID": .string("abc"), "Size": .number("1.50"), "None": .null, "Evil": .string("a\u{1B}[2J\nb"),
    "Tags": .array([.string("x")]),
    "Config": ["User": .string("root"), "Labels": ["a": .string("b")]],
  ]

  @Test(
    "fields, their JSON and the text between them",
    arguments: [
      ("", ""), ("plain", "plain"), ("{{.ID}}", "abc"), ("{{ .ID }}", "abc"),
      ("<{{.ID}}|{{.ID}}>", "<abc|abc>"),
      (#"{{.ID}}\t{{.Size}}\n"#, "abc\t1.50\n"), ("{{json .ID}}", #""abc""#), ("{{.Config.User}}", "root"),
      ("{{.Config}}", #"{"User":"root","Labels":{"a":"b"}}"#), ("{{.Tags}}", #"["x"]"#), ("{{.None}}", ""),
      ("{{json .None}}", "null"), ("{{.Evil}}", #"a\u{1b}[2J\u{a}b"#), ("{ {{.ID}} }", "{ abc }"),
      ("{{json .Config.Labels}}", #"{"a":"b"}"#),
    ])
  func rendered(template: String, text: String) throws {
    #expect(try FieldTemplate(parsing: template).rendered(Self.document) == text)
  }

  @Test("the template json is the whole document on one line")
  func json() throws {
    let text = try FieldTemplate(parsing: "json").rendered(Self.document)
    #expect(try JSON(parsing: Array(text.utf8)) == Self.document)
    #expect(text == (try FieldTemplate(parsing: "{{json .}}").rendered(Self.document)))
  }

  @Test(
    "what is no path is refused",
    arguments: [
      "{{", "{{.ID", "{{}}", "{{ }}", "{{ID}}", "{{.ID.}}", "{{..}}", "{{range .Tags}}x{{end}}",
      "{{if .ID}}x{{end}}", "{{json}}", "{{json .ID .Size}}", "{{.ID | json}}", "{{-.ID}}", "{{index .A 1}}",
    ])
  func refused(template: String) {
    let failure = #expect(throws: Failure.self) { try FieldTemplate(parsing: template) }
    #expect(failure?.kind == .usage)
    #expect(failure?.subject == "--format")
  }

  @Test(
    "a field that is not there is named, with those that are",
    arguments: [
      ("{{.Id}}", "no field .Id; there is .ID, .Size, .None, .Evil, .Tags, .Config"),
      ("{{.Config.Cmd}}", "no field .Config.Cmd; there is .Config.User, .Config.Labels"),
      ("{{.ID.X}}", "no field .ID.X"),
    ])
  func missing(template: String, problem: String) throws {
    let template = try FieldTemplate(parsing: template)
    let failure = #expect(throws: Failure.self) { try template.rendered(Self.document) }
    #expect(failure?.problem == problem)
  }
}
