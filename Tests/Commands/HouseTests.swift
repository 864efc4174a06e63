import Testing

/// What holds the house together: who links what, who imports whom, and what the documents say.
struct HouseTests {
  @Test(
    "released commands carry the Swift run-time inside, and no full Foundation", .needs("readelf", "ldd"),
    arguments: House.commands)
  func linkage(command: House.Command) throws {
    if command.isStatic { return }
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

  @Test(
    "ctr-run looks for nothing when it starts, and can neither fetch, open archives nor decompress",
    .needs("readelf", "nm"))
  func wholly() throws {
    let scratch = try Scratch()
    for command in House.commands where command.isStatic {
      let program = "\(Machine.binaries)/\(command.name)"
      #expect(try scratch.run("readelf -d \(program) | grep -c NEEDED").output == "0")
      #expect(try scratch.run("readelf -l \(program) | grep -c INTERP").output == "0")
      let symbols = try scratch.ok("nm \(program)")
      for unwanted in [
        "curl_easy_init", "archive_read_new", "inflateInit2_", "ZSTD_decompressStream", "lzma_code",
      ] {
        #expect(!symbols.contains(" \(unwanted)"), "\(command): \(unwanted)")
      }
      #expect(symbols.contains(" seccomp_init"), "the symbols were not there to be looked at")
    }
    #expect(House.commands.filter(\.isStatic).map(\.name) == ["ctr-run"])
  }

  @Test("no source imports full Foundation")
  func foundation() throws {
    let outcome = try Scratch().run(
      "grep -rnE '^ *(@.* )?import Foundation( |$)' \(Machine.root)/Sources \(Machine.root)/Tests")
    #expect(outcome.status == 1, "\(outcome)")
  }

  @Test("no target imports one above it, and C libraries are imported by their owners only")
  func direction() throws {
    let order = House.toolkit
    let owners = [
      "CCurl": ["Registry"], "CArchive": ["Archive"], "CISAL": ["Archive"], "CZlib": ["Archive"],
      "CZstd": ["Archive"], "CLZMA": ["Archive"], "CBzip2": ["Archive"], "CCrypto": ["Verification"],
      "CSeccomp": ["Container"],
      // The kernel's, of which a container's first process is made, too.
      "CLinux": ["System", "Container"],
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
      if let owners = owners[pair[1]] { #expect(owners.contains(pair[0]), "\(line)") }
      // ctr-run and img-build have so many options that they lie beside what they are composed to.
      if pair[1] == "ArgumentParser" {
        #expect(["CommandLine", "Running", "Building"].contains(pair[0]), "\(line)")
      }
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
