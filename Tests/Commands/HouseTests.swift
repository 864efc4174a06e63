import Testing

/// What holds the house together: who links what, who imports whom, and what the documents say.
struct HouseTests {
  static let commands = ["img-pull", "img-save"]

  @Test(
    "released commands carry the Swift run-time inside, and no full Foundation", .needs("readelf", "ldd"),
    arguments: commands)
  func linkage(command: String) throws {
    let libraries = try Scratch().ok("ldd \(Machine.binaries)/\(command)")
    for unwanted in ["libFoundation", "libswift", "libdispatch"] {
      #expect(!libraries.contains(unwanted), "\(libraries)")
    }
    #expect(!libraries.contains("not found"), "\(libraries)")
    let wanted = try Scratch().ok("readelf -d \(Machine.binaries)/\(command) | grep NEEDED")
    #expect(
      wanted.contains("libcurl") == (command == "img-pull"),
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
    // From the top: a target imports only what stands further down.
    let order = [
      "ImageCommand", "CommandLine", "Registry", "Transfer", "Layout", "Layer", "Archive", "Verification",
      "Image",
      "System",
    ]
    let owners = [
      "CCurl": "Registry", "CArchive": "Archive", "CISAL": "Archive", "CZlib": "Archive", "CZstd": "Archive",
      "CCrypto": "Verification", "CLinux": "System", "ArgumentParser": "CommandLine",
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

  @Test("only the commands and CommandLine read the environment, print or exit")
  func effects() throws {
    let found = try Scratch().run(
      #"cd \#(Machine.root)/Sources/Shared; grep -rnE '\b(print|getenv|exit|fputs|readLine)\(' --include=*.swift . | grep -vE '^\./(CommandLine|ImageCommand)/|//'"#
    )
    #expect(found.output == "", "\(found)")
  }
}
