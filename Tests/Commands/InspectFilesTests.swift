import Testing

/// img-inspect --files, and what is shown of what strangers wrote.
@Suite(.needs("jq", "python3"))
struct InspectFilesTests {
  /// Makes the layout `store` by a script in Python that has `store` and `images` (Fixtures/images.py).
  private func make(_ script: String, in scratch: Scratch) throws {
    try scratch.write(
      "make.py",
      """
      import io, sys, tarfile
      sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      sys.dont_write_bytecode = True
      import images
      store = images.Layout("store")
      def tar(*names, link=None, more=lambda entry: None):
          out = io.BytesIO()
          with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as archive:
              for name in names:
                  entry = tarfile.TarInfo(name)
                  entry.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.SYMTYPE if link else tarfile.REGTYPE
                  entry.linkname = link or ""
                  more(entry)
                  archive.addfile(entry)
          return out.getvalue()
      \(script)
      store.finish()
      """)
    try scratch.ok("/usr/bin/python3 make.py")
  }

  @Test("files are those that a container sees, each from its layer", .needsRoot, .needs("dockerd"))
  func container() throws {
    let scratch = try Scratch()
    let docker = try Engine.docker.load().replacing(" load", with: "")
    let (name, container) = ("inspect-files", "inspect-files-\(scratch.path.suffix(6).lowercased())")
    try scratch.ok(
      """
      skopeo --insecure-policy copy -q oci:\(Images.layout.get()):app:latest docker-archive:x.tar:docker.io/library/\(name):1
      \(docker) load < x.tar
      \(docker) run --name \(container) --network none \(name):1 sh -c '
        b=/bin/busybox; $b rm /opt/shared/a; $b rm -r /opt/app; $b mkdir /opt/app; echo new > /opt/app/new
        $b rm -r /tmp; echo file > /tmp; $b ln -s shared /opt/link; $b ln /opt/app/new /opt/hard'
      \(docker) commit \(container) \(name):2
      \(docker) save \(name):2 > two.img
      \(docker) export \(container) > export.tar; \(docker) rm \(container)
      """)
    // What docker itself puts into every container.
    let own = "^(\\.dockerenv|dev/.*|etc/|etc/hostname|etc/hosts|etc/resolv.conf|proc/|sys/|etc/mtab.*)$"
    let listed = try scratch.ok(
      "img-inspect --files two.img | cut -c 14- | awk '{print $1, $2, $3, $4, $5, $6, $7, $8, $9, $10}' | sed 's/ *$//'"
    )
    let expected = try scratch.ok(
      "tar -tv --numeric-owner -f export.tar | awk '{print $1, $2, $3, $4, $5, $6, $7, $8, $9, $10}' | sed 's/ *$//'"
    )
    func files(_ text: String) -> [String] {
      text.split(separator: "\n").map(String.init).filter {
        let name = $0.split(separator: " ")[5]
        return name.firstMatch(of: try! Regex(own)) == nil
      }.map { $0.hasPrefix("l") ? "l" + $0.dropFirst(10) : $0 }.sorted()
    }
    // Which of two hard links comes first is not the same; the mode of a symbolic link means nothing.
    func withoutHardLinks(_ files: [String]) -> [String] {
      files.filter { !$0.contains("opt/hard") && !$0.contains("opt/app/new") }
    }
    #expect(withoutHardLinks(files(listed)) == withoutHardLinks(files(expected)))
    #expect(listed.contains("opt/hard") && listed.contains("opt/app/new"))
    let top = try scratch.ok("img-inspect --json two.img | jq -r '.layers[-1].digest' | cut -c 8-19")
    #expect(
      try scratch.ok("img-inspect --files two.img | grep ^\(top) | awk '{print $7}' | sort").split(
        separator: "\n"
      )
      .contains("opt/link"))
    #expect(try !scratch.ok("img-inspect --files two.img").contains("opt/app/d"))
  }

  @Test("names that nobody should print are escaped, in lists and JSON", .tags(.hostile))
  func escaped() throws {
    let scratch = try Scratch()
    try make(
      #"""
      evil = tar("caf\udce9", "a\x1b[2Jb", "new\nline", "back\\slash", "\u202eltr", "ünï", "../../etc/passwd")
      big = tar("big", more=lambda entry: setattr(entry, "mtime", 2**62) or setattr(entry, "uid", 2**62))
      store.name(store.image([store.layer(evil), store.layer(big), store.layer(tar("l", link="\x1b]0;x\x07"))]), "evil")
      """#, in: scratch)
    let text = try scratch.run("img-inspect --files store")
    #expect(text.status == 0)
    for name in [
      #" caf\351"#, #" a\033[2Jb"#, #" new\nline"#, #" back\\slash"#, #" \342\200\256ltr"#, " ünï",
      " ../../etc/passwd", #" -> \033]0;x\007"#, " @4611686018427387904 ",
    ] {
      #expect(text.output.contains(name), "\(name)")
    }
    #expect(!text.bytes.contains(0x1b))
    let names = try scratch.ok("img-inspect --files --json store | jq -r '.[].path' | sort | head -c 4000")
    #expect(names.contains("a\u{1b}[2Jb"))
    #expect(
      try scratch.ok("img-inspect --files --json store | jq -r '.[] | select(.escapedPath).escapedPath'")
        == #"caf\351"#)
  }

  @Test("a summary is safe for a terminal, and so is JSON", .tags(.hostile))
  func safe() throws {
    let scratch = try Scratch()
    try make(
      #"""
      evil = "\x1b[2J\u009b31m\u202e\ninjected"
      config = {"Cmd": [evil], "Env": [evil], "Labels": {evil: evil}, "User": evil, "WorkingDir": evil, "Volumes": {evil: {}},
                "Healthcheck": {"Test": [evil]}, "StopSignal": evil, "Shell": [evil], "ExposedPorts": {evil: {}}}
      store.name(store.image([store.layer(tar("x"))], config), "evil\x1b[2J\u009b31m")
      """#, in: scratch)
    for option in [
      "", "--json", "--layers", "--format '{{json .}}'", "--format '{{.Config.User}} {{.RepoTags}}'",
    ] {
      let outcome = try scratch.run("img-inspect \(option) store")
      #expect(outcome.status == 0, "\(outcome)")
      let text = String(decoding: outcome.bytes, as: UTF8.self)
      #expect(
        !text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{9b}" || $0 == "\u{202e}" }, "\(option)")
      #expect(!text.contains("\ninjected"), "\(option)")
    }
    #expect(
      try scratch.ok("img-inspect --json store | jq -j .config.config.User | od -An -c | head -1")
        == scratch.ok("img-inspect --config store | jq -j .config.User | od -An -c | head -1"))
  }

  @Test(
    "layers that are no tars, or whose whiteouts mean nothing, are an error and no crash", .tags(.hostile))
  func broken() throws {
    for layer in [
      #"b"not a tar" * 100"#, #"tar("d/", "d/.wh..")"#, #"tar("a/" * 2100 + "x")"#, #"tar("x")[:512]"#,
      #"tar("x")[:300]"#,
    ] {
      let scratch = try Scratch()
      try make("store.name(store.image([store.layer(\(layer))]), 'x')", in: scratch)
      let outcome = try scratch.run("img-inspect --files store")
      // What is left of the last one is a whole member.
      #expect(outcome.status == (layer.hasSuffix("[:512]") ? 0 : 6), "\(layer): \(outcome)")
    }
  }

  @Test("a million names fit into some hundred megabytes", .tags(.slow), .needs("time"))
  func million() throws {
    let scratch = try Scratch()
    try make(
      #"""
      out = io.BytesIO()
      with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
          entry = tarfile.TarInfo("")
          for number in range(1000000):
              entry.name = f"usr/share/{number % 1000}/file-{number}"
              archive.addfile(entry)
      store.name(store.image([store.layer(out.getvalue())]), "large")
      """#, in: scratch)
    let outcome = try scratch.run("/usr/bin/time -f %M img-inspect --files store | wc -l")
    #expect(outcome.output == "1001002")
    #expect(try #require(Int(trimmed(outcome.errors))) < 300 << 10, "\(outcome)")
  }
}
