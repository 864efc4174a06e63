import Testing

/// The options of img-build that no Dockerfile of the table is about.
@Suite("img-build, its options", .needsRoot, .needs("busybox"))
struct ImgBuildOptionsTests {
  /// A directory with a context, and what a build needs in its environment.
  private func scratch(_ dockerfile: String = "FROM base\nCOPY a /a\nRUN cat /a > /b\n") throws -> Scratch {
    let scratch = try Scratch()
    try scratch.ok("mkdir app")
    try scratch.write("app/Dockerfile", dockerfile)
    try scratch.write("app/a", "a\n")
    return scratch
  }

  private func run(_ scratch: Scratch, _ script: String) throws -> Outcome {
    try scratch.run(
      """
      export IMG_LAYOUT=\(Runs.layout.get()) IMG_LAYERS=$PWD/layers XDG_CACHE_HOME=$PWD/cache
      set -e
      build() { img-build --network none --no-sync "$@"; }
      \(script)
      """)
  }

  @Test("a context comes as a tar by a pipe, the image goes by another; --file may name another Dockerfile")
  func pipes() throws {
    let outcome = try run(
      scratch(),
      """
      cp app/Dockerfile app/other; rm app/Dockerfile
      tar c -C app . | gzip | build -q -f other -t piped - | ctr-run --net none - cat /b
      printf 'FROM base\\nRUN echo alone > /c\\n' | build -q - | ctr-run --net none - cat /c
      build -q --file - app < app/other | ctr-run --net none - cat /b
      """)
    #expect(outcome.status == 0 && outcome.lines == ["a", "alone", "a"], "\(outcome)")
  }

  @Test("a stream is not written to a terminal")
  func terminal() throws {
    let outcome = try run(scratch(), "script -qec 'img-build --network none app' /dev/null || true")
    #expect(outcome.output.contains("use -o LAYOUT"), "\(outcome)")
  }

  @Test("--output names what it made, --tag names it, -q says nothing else, --iidfile has the ID")
  func names() throws {
    let outcome = try run(
      scratch(),
      """
      line=$(build -q -t one -t team/two:3 --iidfile id --output store app 2>&1)
      [ "$line" = "store:one:latest@${line##*@}" ]; ctr-run --net none "$line" cat /b
      img-ls --format '{{.Repository}}:{{.Tag}}' store; img-inspect store:one | grep -c "$(cat id)"
      build -q --tag n -o store:named app | cut -d@ -f1
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines == ["a", "one:latest", "team/two:3", "1", "store:named:latest"], "\(outcome)")
  }

  @Test("--label and --annotation are in the image; wrong ones are usage")
  func labels() throws {
    let outcome = try run(
      scratch(),
      """
      build -q --label l=1 --annotation org.example.a=2 -o store app > /dev/null
      img-inspect --json store | grep -c -e '"l": "1"'; img-inspect --raw store | grep -c '"org.example.a":"2"'
      build -q --annotation wrong -o store app || echo $?
      """)
    #expect(
      outcome.status == 0 && outcome.lines.prefix(2) == ["1", "1"] && outcome.lines.last == "2", "\(outcome)")
  }

  @Test("what --cache-to leaves in a layout, --cache-from finds on another machine: the same image")
  func exchange() throws {
    let outcome = try run(
      scratch(),
      """
      build -q --cache-to steps -o one app | cut -d@ -f2
      export XDG_CACHE_HOME=$PWD/other IMG_LAYERS=$PWD/others
      build --cache-from steps --cache-from nowhere -o two app 2> said | cut -d@ -f2
      grep -c 'Using cache' said; grep -c 'warning: --cache-from nowhere' said
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines.count == 4 && outcome.lines[0] == outcome.lines[1], "\(outcome)")
    #expect(outcome.lines[2...] == ["2", "1"], "\(outcome)")
  }

  @Test("the same by a registry", .needs("docker-registry"))
  func registry() throws {
    let repository = "\(try Registry.plain.get().host)/steps/\(UInt32.random(in: 0...UInt32.max))"
    let outcome = try run(
      scratch(),
      """
      build -q --cache-to \(repository) -o one app | cut -d@ -f2
      export XDG_CACHE_HOME=$PWD/other IMG_LAYERS=$PWD/others
      build --cache-from \(repository) -o two app 2> said | cut -d@ -f2
      grep -c 'Using cache' said
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      outcome.lines.count == 3 && outcome.lines[0] == outcome.lines[1] && outcome.lines[2] == "2",
      "\(outcome)")
  }

  @Test("--pull asks the registry, without it what is here will do", .needs("docker-registry"))
  func pull() throws {
    let registry = try Registry.plain.get()
    try registry.publish("busybox", as: "build/base")
    let scratch = try scratch("FROM \(registry.host)/build/base\nRUN true\n")
    let outcome = try run(
      scratch,
      """
      build -q -o store app > /dev/null
      sed -i 's|FROM .*|FROM 127.0.0.1:1/none/base|' app/Dockerfile
      img-tag cache/ociutils/build/images:\(registry.host)/build/base 127.0.0.1:1/none/base > /dev/null
      build -q -o store app > /dev/null && echo here
      build -q --pull -o store app || echo $?
      build -q --pull --insecure 127.0.0.1:1 -o store app || echo $?
      """)
    #expect(outcome.lines.first == "here" && outcome.lines.contains("5"), "\(outcome)")
  }

  @Test(
    "--no-cache makes all anew; a cache of one's own knows nothing of the other",
    arguments: ["--no-cache", "--cache-dir own"])
  func anew(option: String) throws {
    let outcome = try run(
      scratch(),
      """
      build -o store app > /dev/null 2>&1
      build -o store app 2>&1 | grep -c 'Using cache'
      build \(option) -o store app 2>&1 | grep -c 'Using cache' || true
      """)
    #expect(outcome.status == 0 && outcome.lines == ["2", "0"], "\(outcome)")
  }

  @Test("-v says why a step was not found")
  func reason() throws {
    let outcome = try run(
      scratch("FROM base\nCOPY . /src/\n"),
      "build -q -o store app > /dev/null; echo b > app/a; build --verbose -o store app 2>&1 | grep 'Not in the cache'"
    )
    #expect(outcome.output.contains("src/a changed"), "\(outcome)")
  }

  @Test("--squash makes one layer with the same files")
  func squash() throws {
    let outcome = try run(
      scratch(
        "FROM base\nRUN echo 1 > /x; mkdir /d; echo 2 > /d/y\nRUN rm /x; chmod 700 /d; ln /d/y /d/z\nRUN rm -r /data\n"
      ),
      """
      for option in --no-cache --squash; do
        build -q $option -o store$option app > /dev/null; img-mount --unpack store$option files$option
        (cd files$option; find . -mindepth 1 | sort | xargs stat -c '%n %F %a %h %s') > list$option
        img-inspect --raw store$option | grep -o 'tar+gzip' | wc -l
      done
      cmp list--no-cache list--squash; grep -c . list--squash
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(
      Int(outcome.lines[0]).flatMap { all in Int(outcome.lines[1]).map { all - $0 } } == 2, "\(outcome)")
  }

  @Test("--compress decides how new layers are stored", arguments: ["none", "gzip:9", "zstd"])
  func compress(kind: String) throws {
    let outcome = try run(
      scratch(),
      "build -q --compress \(kind) -o store app > /dev/null; img-inspect --raw store; ctr-run --net none store cat /b"
    )
    let type = ["none": "v1.tar\"", "gzip:9": "v1.tar+gzip\"", "zstd": "v1.tar+zstd\""][kind] ?? ""
    #expect(outcome.status == 0 && outcome.output.contains(type), "\(outcome)")
    #expect(try run(scratch(), "build --compress lzw -o store app || echo $?").lines.last == "2")
  }

  @Test("with SOURCE_DATE_EPOCH, two builds give the same digest; --platform says for what")
  func reproducible() throws {
    let outcome = try run(
      scratch("FROM base\nCOPY a /a\nRUN mkdir /d; echo x > /d/y\n"),
      """
      export SOURCE_DATE_EPOCH=1600000000
      for i in 1 2; do
        build -q --cache-dir c$i -o s$i --platform linux/amd64 app | cut -d@ -f2
        touch app/a; sleep 1.1
      done
      img-inspect --files s1 | grep -c 2020-09-13; build -q --platform nonsense -o s1 app || echo $?
      """)
    #expect(
      outcome.status == 0 && outcome.lines[0] == outcome.lines[1] && outcome.lines.last == "2", "\(outcome)")
  }

  @Test("--if-changed leaves the ID's file and the rule alone, else they are always written")
  func unchanged() throws {
    let outcome = try run(
      scratch(),
      """
      build="build -q -o store --iidfile id --depfile d --deptarget goal app"
      $build > /dev/null; grep -c '^goal:.*' d; grep -c 'app/a' d; touch -d 2000-01-01 id d
      $build --if-changed > /dev/null; find id d -not -newermt 2000-01-02 | wc -l
      $build > /dev/null; find id d -not -newermt 2000-01-02 | wc -l
      """)
    #expect(outcome.status == 0 && outcome.lines == ["1", "2", "2", "0"], "\(outcome)")
  }

  @Test("--progress json gives a JSON document a line")
  func progress() throws {
    let outcome = try run(
      scratch(),
      "build --progress json -o store app 2> lines > /dev/null; jq -r .event lines | sort | uniq -c")
    #expect(outcome.status == 0 && outcome.output.contains("3 step"), "\(outcome)")
  }

  @Test("--prune removes what is old or too much, --dry-run says what; never while a build goes on")
  func prune() throws {
    let outcome = try run(
      scratch(),
      """
      build -q -o store app > /dev/null; touch -d 2000-01-01 cache/ociutils/build/steps/*
      img-build --prune --dry-run | grep -c Unused; img-build --prune --older-than 1000000d | wc -l
      img-build --prune --max-size 1T | wc -l; img-build --prune -n | grep -c Unused
      img-build --prune | grep -c Deleted; ls cache/ociutils/build/steps | wc -l
      build -q -o again app > /dev/null; ctr-run --net none again cat /b; img-build --max-size 1 app || echo $?
      """)
    #expect(outcome.status == 0, "\(outcome)")
    #expect(outcome.lines.count == 8 && outcome.lines[5...] == ["0", "a", "2"], "\(outcome)")
    #expect(outcome.lines[1] == "0" && outcome.lines[2] == "0", "\(outcome)")
  }

  @Test("--check prints what could be better, and fails where that is asked for")
  func check() throws {
    let outcome = try run(
      scratch("FROM base AS One\nCMD echo\n"),
      """
      img-build --check app; sed -i '1i # check=error=true' app/Dockerfile
      img-build --check app > /dev/null || echo $?; build -q -o store app || echo $?; ls store 2>/dev/null | wc -l
      """)
    #expect(
      outcome.lines.first?.hasPrefix("app/Dockerfile:1: warning: StageNameCasing") == true, "\(outcome)")
    #expect(outcome.lines.filter { $0 == "1" }.count == 2 && outcome.lines.last == "0", "\(outcome)")
  }

  @Test("--allow lets RUN have all power, without it that is refused")
  func allow() throws {
    let outcome = try run(
      scratch("FROM base\nRUN --security=insecure mount -t tmpfs none /tmp && echo yes > /b\n"),
      """
      build -q -o store app || echo $?; build -q --allow security.insecure -o store app > /dev/null
      ctr-run --net none store cat /b; build -q --allow nonsense -o store app || echo $?
      """)
    #expect(outcome.status == 0 && outcome.lines == ["4", "yes", "2"], "\(outcome)")
  }

  @Test("--help and --version are there", arguments: ["--help", "-h ", "--version"])
  func help(option: String) throws { #expect(try run(scratch(), "img-build \(option)").status == 0) }
}
