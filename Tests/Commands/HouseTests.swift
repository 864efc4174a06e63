import Testing

/// What holds the house together: who links what, who imports whom, and what the documents say.
struct HouseTests {
  @Test(
    "released commands carry the Swift run-time inside, and no full Foundation", .needs("readelf", "ldd"),
    arguments: House.commands)
  func linkage(command: House.Command) throws {
    let libraries = try Scratch().ok("ldd \(Machine.binaries)/\(command.name)")
    for unwanted in ["libFoundation", "libswift", "libdispatch"] {
      #expect(!libraries.contains(unwanted), "\(libraries)")
    }
    #expect(!libraries.contains("not found"), "\(libraries)")
    let wanted = try Scratch().ok("readelf -d \(Machine.binaries)/\(command.name) | grep NEEDED")
    #expect(
      wanted.contains("libcurl") == command.speaksToRegistries,
      "only who speaks to registries links curl: \(wanted)")
  }

  @Test("no source imports full Foundation")
  func foundation() throws {
    let outcome = try Scratch().run(
      "grep -rnE '^ *(@.* )?import Foundation( |$)' \(Machine.root)/Sources \(Machine.root)/Tests")
    #expect(outcome.status == 1, "\(outcome)")
  }

  @Test("no target imports one above it, and C libraries are imported by one target each")
  func direction() throws {
    let order = House.toolkit
    let owners = [
      "CCurl": "Registry", "CArchive": "Archive", "CISAL": "Archive", "CZlib": "Archive", "CZstd": "Archive",
      "CLZMA": "Archive", "CBzip2": "Archive", "CCrypto": "Verification", "CLinux": "System",
      "ArgumentParser": "CommandLine",
    ]
    let lines = try Scratch().ok(
      #"cd \#(Machine.root)/Sources/Shared; grep -rhoHE '^(@[a-z_]+ |package |public |internal )*import [A-Za-z]+' --include=*.swift . | sed -E 's,^\./([A-Za-z]+)/[^:]*:.*import ,\1 ,' | sort -u"#
    )
    for line in lines.split(separator: "\n") {
      let pair = line.split(separator: " ").map(String.init)
      guard pair.count == 2, let importer = order.firstIndex(of: pair[0]) else {
        Issue.record("\(line): a target that this test does not know")
        continue
      }
      if let imported = order.firstIndex(of: pair[1]) { #expect(imported > importer, "\(line)") }
      if let owner = owners[pair[1]] { #expect(owner == pair[0], "\(line)") }
    }
    #expect(lines.split(separator: "\n").count > 15)
  }

  @Test("every folder of Sources is a command, with a man page, or the toolkit; every target has its folder")
  func folders() throws {
    let scratch = try Scratch()
    let commands = Set(House.commands.map(\.name))
    let sources = Set(try scratch.run("ls \(Machine.root)/Sources").lines)
    #expect(sources == commands.union(["Shared"]))
    let toolkit = try scratch.run(
      "ls -d \(Machine.root)/Sources/Shared/[ABD-Z]* \(Machine.root)/Sources/Shared/C[a-z]*")
    #expect(Set(toolkit.lines.map { String($0.split(separator: "/").last ?? "") }) == Set(House.toolkit))
    let pages = try scratch.run("cd \(Machine.root)/man; ls *.1").lines
    #expect(Set(pages) == Set(commands.map { "\($0).1" }))
  }

  @Test("a command is at most 150 lines", arguments: House.commands)
  func size(command: House.Command) throws {
    let lines = try Scratch().ok("cat \(Machine.root)/Sources/\(command.name)/*.swift | wc -l")
    #expect(Int(lines.filter(\.isNumber)) ?? .max <= 150)
  }

  @Test("no target has the name of a type, by which Swift could not tell them apart")
  func names() throws {
    let found = try Scratch().run(
      #"grep -rnE '^([a-z]+ )*(struct|class|enum|protocol|typealias) (\#(House.toolkit.joined(separator: "|")))\b' \#(Machine.root)/Sources"#
    )
    #expect(found.output == "", "\(found)")
  }

  @Test("only CommandLine and what stands above it read the environment, print or exit")
  func effects() throws {
    let above = House.toolkit.prefix { $0 != "CommandLine" } + ["CommandLine"]
    let found = try Scratch().run(
      #"cd \#(Machine.root)/Sources/Shared; grep -rnE '\b(print|getenv|exit|fputs|readLine)\(' --include=*.swift . | grep -vE '^\./(\#(above.joined(separator: "|")))/|//'"#
    )
    #expect(found.output == "", "\(found)")
  }
}
