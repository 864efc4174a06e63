import Testing

/// The man pages say what the commands do.
struct ManualTests {
  static let commands = House.commands.map(\.name)
  static let pages = commands.map { "\($0).1" } + ["ociutils.7"]

  private func page(_ name: String) throws -> String {
    String(decoding: try readFile("\(Machine.root)/man/\(name)"), as: UTF8.self)
  }

  /// The lines of a section.
  private func section(_ title: String, of page: String) -> [Substring] {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: ".Sh \(title)") else { return [] }
    return Array(lines[(start + 1)...].prefix { !$0.hasPrefix(".Sh ") })
  }

  @Test("every page is clean mdoc", .needs("mandoc"), arguments: pages)
  func lint(page: String) throws {
    let outcome = try Scratch().run("mandoc -T lint -W warning \(Machine.root)/man/\(page)")
    #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome)")
  }

  @Test("every page has its sections, examples among them", arguments: pages)
  func sections(name: String) throws {
    let page = try page(name)
    var sections = ["NAME", "DESCRIPTION", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]
    if name.hasSuffix(".1") { sections += ["SYNOPSIS", "OPTIONS"] }
    for title in sections { #expect(!section(title, of: page).isEmpty, "\(title)") }
  }

  @Test("the page and --help name the same options", arguments: commands)
  func options(command: String) throws {
    // What is too much for one screen is shown by --help-hidden alone.
    let help = try Scratch().ok("\(command) --help-hidden")
    let options = help.split(separator: "OPTIONS:")[1].split(separator: "\n")
      .filter { $0.hasPrefix("  -") }
      .flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "," }).filter { $0.hasPrefix("-") } }
    let items = try section("OPTIONS", of: page("\(command).1")).filter { $0.hasPrefix(".It Fl ") }
    let documented = items.flatMap { line in
      let words = line.split(separator: " ")
      return zip(words, words.dropFirst()).filter { $0.0 == "Fl" }.map { "-\($0.1)" }
    }
    #expect(Set(options.map(String.init)) == Set(documented))
    #expect(Set(documented).count == documented.count)
  }

  @Test("--help is one screen, --version one line", arguments: commands)
  func screen(command: String) throws {
    let help = try Scratch().ok("\(command) --help").split(separator: "\n", omittingEmptySubsequences: false)
    // A line for each option; who has many needs a higher screen.
    let options = help.count { $0.hasPrefix("  -") }
    #expect(help.count <= max(24, options + 12))
    #expect(help.allSatisfy { $0.count <= 80 })
    #expect(try Scratch().ok("\(command) --version").hasPrefix("\(command) (ociutils) "))
  }

  @Test(
    "the examples run as they stand, one after the other", .needs("skopeo", "docker-registry"),
    arguments: pages)
  func examples(name: String) throws {
    let registry = try Registry.plain.get()
    let repository = "manual/\(name.split(separator: ".")[0])"
    try registry.publish("busybox", as: "\(repository)/busybox")
    let scratch = try Scratch()
    let lines = section("EXAMPLES", of: try page(name))
    let examples = lines.split(separator: ".Bd -literal -offset indent").dropFirst()
      .map { $0.prefix { $0 != ".Ed" }.joined(separator: "\n") }
    #expect(!examples.isEmpty)
    for example in examples {
      let outcome = try scratch.run(example, ["REGISTRY": "\(registry.host)/\(repository)"])
      #expect(outcome.status == 0, "\(outcome)")
    }
  }
}
