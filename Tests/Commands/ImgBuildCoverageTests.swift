import Testing

/// The table of Dockerfiles has everything that the language has, well used and misused.
struct ImgBuildCoverageTests {
  /// The instructions (Dockerfile reference).
  static let instructions = [
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
    "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
  ]

  /// The options of instructions.
  static let flags = [
    "FROM": ["platform"], "RUN": ["mount", "network", "security"],
    "COPY": ["from", "chown", "chmod", "link", "parents", "exclude"],
    "ADD": ["chown", "chmod", "link", "exclude", "checksum", "keep-git-dir", "unpack"],
    "HEALTHCHECK": ["interval", "timeout", "start-period", "start-interval", "retries"],
  ]

  /// The fields of RUN --mount by its type; each misused in one case at least, whatever its type.
  static let fields = [
    "bind": ["target", "dst", "destination", "source", "src", "from", "ro", "readonly", "rw", "readwrite"],
    "cache": ["id", "target", "ro", "sharing", "from", "source", "mode", "uid", "gid"],
    "tmpfs": ["target", "size"],
    "secret": ["id", "target", "dst", "required", "mode", "uid", "gid", "env"],
    "ssh": ["id", "target", "required", "mode", "uid", "gid"],
  ]

  /// The options of the command that decide what is built.
  static let options = [
    "--build-arg", "--target", "--secret", "--ssh", "--build-context", "--platform", "--label", "--network",
    "-f",
  ]

  /// The lines of Dockerfiles, continued ones joined.
  private func lines(building: Bool) -> [Substring] {
    BuildCase.all.filter { $0.builds == building }.flatMap { each in
      ((each.before ?? "") + "\n" + each.dockerfile).replacing("\\\n", with: " ").split(separator: "\n")
    }
  }

  private func flagWords(building: Bool) -> [Substring] {
    BuildCase.all.filter { $0.builds == building }.flatMap { $0.flags.split(separator: " ") }
  }

  @Test("every instruction and each of its options is used", arguments: instructions, [true, false])
  func used(instruction: String, building: Bool) {
    let lines = lines(building: building).filter {
      $0.uppercased().split(whereSeparator: \.isWhitespace).first.map(String.init) == instruction
    }
    #expect(!lines.isEmpty)
    for flag in Self.flags[instruction] ?? [] {
      #expect(lines.contains { $0.contains(" --\(flag)") }, "--\(flag)")
    }
  }

  @Test("every field of RUN --mount is used", arguments: fields)
  func mounts(type: String, names: [String]) {
    let mounts = lines(building: true).flatMap { $0.split(separator: " ") }.filter {
      $0.hasPrefix("--mount=") && ($0.contains("type=\(type)") || type == "bind" && !$0.contains("type="))
    }
    for name in names {
      let isThere = mounts.contains { mount in
        mount.dropFirst(8).split(separator: ",").contains { $0 == name || $0.hasPrefix(name + "=") }
      }
      #expect(isThere, "type=\(type),\(name)")
    }
    #expect(lines(building: false).contains { $0.contains("type=\(type)") })
  }

  @Test("every option that decides what is built is used", arguments: options, [true, false])
  func given(option: String, building: Bool) {
    #expect(flagWords(building: building).contains { $0 == option })
  }

  @Test("every directive is used", arguments: ["escape", "syntax", "check"])
  func directives(name: String) {
    let isThere = lines(building: true).contains { $0.hasPrefix("# \(name)=") }
    #expect(isThere)
  }

  @Test(
    "every operator of an expansion is used",
    arguments: [":-", ":+", "-", "+", ":?", "?", "#", "##", "%", "%%", "/", "//"])
  func operators(name: String) {
    let isThere = lines(building: true).contains { line in
      line.split(separator: "${").dropFirst().contains { expansion in
        let rest = expansion.drop { $0.isLetter || $0.isNumber || $0 == "_" }
        return rest.hasPrefix(name)
          && !":-+?#%/".contains(rest.dropFirst(name.count).first ?? "x")
          || name.hasPrefix(":") && rest.hasPrefix(name)
      }
    }
    #expect(isThere)
  }

  @Test("every option of --help is in a test")
  func help() throws {
    let help = try Scratch().ok("img-build --help-hidden")
    let known = try Scratch().ok("cd \(Machine.root)/Tests/Commands && cat ImgBuild*.swift BuildCase*.swift")
    for line in help.split(separator: "OPTIONS:")[1].split(separator: "\n") where line.hasPrefix("  -") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "," }).filter { $0.hasPrefix("-") }
      #expect(words.contains { known.contains("\($0) ") || known.contains("\($0)\"") }, "\(line)")
    }
  }
}
