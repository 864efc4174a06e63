import Image
import Testing

/// img-ls, img-tag and img-rm on real layouts.
@Suite(.needs("jq"))
struct HousekeepingTests {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    // With full names, as our own commands write them.
    try scratch.ok(
      """
      cp -r \(Images.layout.get()) store
      jq -c '(.manifests[].annotations) |= . + {"io.containerd.image.name":
        ("docker.io/library/" + .["org.opencontainers.image.ref.name"])}' store/index.json > i && mv i store/index.json
      """)
  }

  private func ids(_ names: String...) throws -> [String] {
    try names.map { try String(scratch.ok("img-ls --format '{{.ID}}' -f reference=\($0) store").prefix(12)) }
  }

  @Test("each image is one row, and JSON says the same")
  func list() throws {
    let lines = try scratch.run("img-ls store").lines
    #expect(lines.first == "REPOSITORY   TAG       IMAGE ID       CREATED       SIZE")
    let names = try scratch.ok(
      "jq -r '.manifests[].annotations[\"org.opencontainers.image.ref.name\"]' store/index.json"
    ).split(separator: "\n")
    #expect(lines.count == names.count + 1)
    let json = try scratch.ok("img-ls --json store | jq -r '.[].name'").split(separator: "\n")
    #expect(Set(json) == Set(names))
    let config = try scratch.ok(
      "jq -r .config.digest store/blobs/sha256/\(Images.digest("app").split(separator: ":")[1])")
    #expect(try scratch.ok("img-ls --no-trunc -f reference=app --format '{{.ID}}' store") == config)
  }

  @Test("the columns agree with docker image ls on the same images", .needsRoot, .needs("dockerd"))
  func docker() throws {
    let docker = try String(Engine.docker.load().dropLast("load".count))
    // Not labelled, which has no date: docker 20.10 then shows the year 1.
    for name in ["busybox", "app", "app2"] {
      try scratch.ok("img-tag -q store:\(name) localhost/housekeeping/\(name):1")
      try scratch.ok("img-save store:localhost/housekeeping/\(name):1 | \(docker) load")
    }
    let form = "{{.Repository}} {{.Tag}} {{.ID}} {{.CreatedSince}} {{.CreatedAt}}"
    let pattern = "--filter reference='localhost/housekeeping/*'"
    let sort = "| sort"
    let theirs = try scratch.ok("\(docker) image ls \(pattern) --format '\(form)' \(sort)")
    let ours = try scratch.ok("img-ls \(pattern) --format '\(form)' store \(sort)")
    #expect(ours == theirs)
    // The same widths and words; sizes are of other things.
    let cut = "| sed 's/ [^ ]*$//'"
    let table = try scratch.ok(
      "\(docker) image ls --filter reference='localhost/housekeeping/[ab]*' \(cut) | sort")
    #expect(
      try scratch.ok("img-ls --filter reference='localhost/housekeeping/[ab]*' store \(cut) | sort") == table)
    #expect(
      try scratch.ok("img-ls -q --no-trunc \(pattern) store | sort")
        == scratch.ok("\(docker) image ls -q --no-trunc \(pattern) | sort"))
  }

  @Test(
    "filters choose",
    arguments: [
      ("reference=app", "app:latest"), ("reference=app*", "app2:latest app:latest"),
      ("reference=*:late*", "*"), ("reference=a/*", ""), ("dangling=true", ""), ("dangling=false", "*"),
      ("label=none", ""), ("reference=nonesuch", ""), ("since=labelled", ""),
    ])
  func filters(filter: String, names: String) throws {
    let all = "img-ls --json store | jq -r '[.[].name] | sort | join(\" \")'"
    let chosen = try scratch.ok(
      "img-ls --json -f '\(filter)' store | jq -r '[.[].name] | sort | join(\" \")'")
    #expect(try chosen == (names == "*" ? scratch.ok(all) : names))
  }

  @Test("before and since compare dates, labels have values")
  func datesAndLabels() throws {
    try scratch.ok(
      """
      mkdir -p dated/blobs/sha256; echo '{"imageLayoutVersion":"1.0.0"}' > dated/oci-layout
      put() { sum=$(sha256sum < $1 | cut -c1-64); mv $1 dated/blobs/sha256/$sum; size=$(stat -c %s dated/blobs/sha256/$sum); }
      for year in 2001 2002 2003; do
        echo '{"architecture":"amd64","os":"linux","created":"'$year'-01-01T00:00:00Z","config":{"Labels":{"year":"'$year'"}},"rootfs":{"type":"layers","diff_ids":[]}}' > x
        put x
        echo '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:'$sum'","size":'$size'},"layers":[]}' > x
        put x
        echo '{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:'$sum'","size":'$size',"annotations":{"org.opencontainers.image.ref.name":"y:'$year'"}}'
      done | jq -s '{schemaVersion:2,manifests:.}' > dated/index.json
      """)
    func tags(_ filter: String) throws -> String {
      try scratch.ok("img-ls \(filter) --format '{{.Tag}}' dated").split(separator: "\n").joined(
        separator: " ")
    }
    #expect(try tags("") == "2003 2002 2001")
    #expect(try tags("-f before=y:2002") == "2001")
    #expect(try tags("-f since=y:2001") == "2003 2002")
    #expect(try tags("-f since=y:2001 -f before=y:2003") == "2002")
    #expect(try tags("-f label=year") == "2003 2002 2001")
    #expect(try tags("-f label=year=2002") == "2002")
    #expect(try scratch.run("img-ls -f before=nonesuch dated").status == 3)
    for wrong in ["x", "x=y", "dangling=maybe", "reference="] {
      #expect(try scratch.run("img-ls -f \(wrong) dated").status == 2)
    }
  }

  @Test("a missing default layout is an empty one, any other missing layout an error")
  func missing() throws {
    let empty = try scratch.run("img-ls", ["IMG_LAYOUT": "\(scratch.path)/none"])
    #expect(empty.status == 0)
    #expect(empty.lines == ["REPOSITORY   TAG       IMAGE ID   CREATED   SIZE"])
    let outcome = try scratch.run("img-ls none store")
    #expect(outcome.status == 3)
    expectOneLine(outcome, from: "img-ls", containing: "none: No such file")
    #expect(outcome.output.contains("busybox"))
  }

  @Test("archives and streams are listed as layouts are, and several places have headings")
  func places() throws {
    try scratch.ok("img-save -o app.img store:app")
    let table = try scratch.ok("img-ls -f reference=app store")
    #expect(try scratch.ok("img-ls app.img") == table)
    #expect(try scratch.ok("cat app.img | img-ls -") == table)
    #expect(
      try scratch.ok("img-ls -f reference=app store app.img")
        == "store:\n\(table)\n\napp.img:\n\(table)")
  }

  @Test("a broken image is one line, and the others are listed", arguments: ["rm", "truncate -s 10"])
  func broken(damage: String) throws {
    let blob = try Images.digest("app").split(separator: ":")[1]
    try scratch.ok("chmod u+w store/blobs/sha256/*; \(damage) store/blobs/sha256/\(blob)")
    let outcome = try scratch.run("img-ls store")
    #expect(outcome.status == 6)
    expectOneLine(outcome, from: "img-ls", containing: "store: app:latest: ")
    #expect(outcome.output.contains("\napp2 ") && !outcome.output.contains("\napp "))
  }

  @Test("the tree and the graph show each layer once, and who stands on it", .needs("dot", "file"))
  func shared() throws {
    let tree = try scratch.run("img-ls --tree -f 'reference=app*' store").lines
    #expect(tree.count == 4 + 6 + 2 + 2)
    #expect(tree[..<4].allSatisfy { !$0.contains("─") })
    #expect(tree.contains { $0.contains("└─ app:latest") })
    #expect(tree.contains { $0.contains("└─ app2:latest") })
    #expect(try scratch.ok("img-ls --tree -f reference=multi store").contains("linux/"))
    try scratch.ok(
      "img-ls --dot store > g.dot && dot -Tpng g.dot -o g.png && file g.png | grep -q 'PNG image'")
    #expect(try scratch.ok("img-ls --dot -f 'reference=app*' store | grep -c '^  layer[0-9]* \\['") == "12")
  }

  @Test("names of strangers are text, in tables and in graphs", .tags(.hostile), .needs("dot"))
  func hostileNames() throws {
    let name = #"\u001b[2J\"];evil[label=\"x\\\\\u2028"#
    try scratch.ok(
      """
      jq '.manifests[0].annotations = {"org.opencontainers.image.ref.name": "\(name)"}' store/index.json > i
      mv i store/index.json
      """)
    let rows = try scratch.run("img-ls --json store | jq length").output
    for form in ["", "--tree", "--dot", "--format '{{.Tag}}'", "--format json", "-f reference='*'"] {
      let outcome = try scratch.run("img-ls \(form) store")
      #expect(outcome.status == 0)
      #expect(!outcome.output.contains("\u{1B}") && !outcome.output.contains("\u{2028}"))
    }
    #expect(try scratch.ok("img-ls --format x store | wc -l") == rows)
    #expect(try scratch.ok("img-ls --dot store | dot -Tplain | grep -c '^node evil' || :") == "0")
  }

  @Test("a name is added, promoted by ID, and never moved without a word")
  func tag() throws {
    let digest = try Images.digest("app")
    let line = try scratch.ok("img-tag store:app team/app:1 localhost:5000/x")
    #expect(line == "store:team/app:1@\(digest)\nstore:localhost:5000/x:latest@\(digest)")
    let id = try ids("app2")[0]
    let moved = try scratch.run("img-tag store:\(id) team/app:1")
    #expect(moved.status == 0)
    #expect(
      moved.errors == "img-tag: team/app:1: was \(digest), now \(try Images.digest("app2"))\n")
    #expect(try scratch.run("img-tag store:\(id) team/app:1").errors.isEmpty)
    try scratch.ok("img-tag -q store:busybox x:1 && img-tag -q store:app x:1")
    try scratch.ok("img-save store:x:1 | img-ls -q - | grep -qx \(try ids("app")[0])")
    try scratch.expectWhole("store", "docker.io/team/app:1", "docker.io/library/x:1")
  }

  @Test(
    "what can't be tagged is refused, and nothing changes",
    arguments: [
      ("- x", 2, "img-load"), ("file x", 2, "img-load"), ("store:app X", 2, "lowercase"),
      ("store:app ok store:b:1", 2, ""),
      ("store:app x@sha256:\(String(repeating: "a", count: 64))", 2, "no digest"),
      ("store:nonesuch x", 3, "no image nonesuch"), ("none:app x", 3, "No such file"),
      ("store x", 2, "name one"),
    ] as [(String, Int32, String)])
  func untaggable(arguments: String, status: Int32, words: String) throws {
    try scratch.ok("img-save -o file store:busybox")
    let before = try scratch.snapshot("store")
    let outcome = try scratch.run("img-tag \(arguments) < /dev/null")
    #expect(outcome.status == status, "\(outcome)")
    expectOneLine(outcome, from: "img-tag", containing: words)
    #expect(try scratch.snapshot("store") == before)
  }

  @Test("a name goes; with the last one go the blobs that nobody else needs, and -n tells just that before")
  func remove() throws {
    try scratch.ok("img-tag -q store:app2 second")
    #expect(try scratch.ok("img-rm store:app2") == "Untagged: app2:latest")
    let foretold = try scratch.ok("img-rm -n store:second")
    let before = try scratch.snapshot("store")
    #expect(try scratch.ok("img-rm -n store:second") == foretold)
    #expect(try scratch.snapshot("store") == before)
    let lines = try scratch.run("img-rm store:second").lines
    #expect(lines.joined(separator: "\n") == foretold)
    // Manifest, configuration and the two layers that app has not.
    #expect(lines.count == 5)
    #expect(lines[0] == "Untagged: second:latest")
    #expect(lines[1] == "Deleted: \(try Images.digest("app2"))")
    try scratch.expectWhole("store")
    #expect(try scratch.ok("img-rm -q --gc store").isEmpty)
  }

  @Test("an image with several names goes by its ID only if forced, as docker has it")
  func severalNames() throws {
    try scratch.ok("img-tag -q store:app again")
    let id = try ids("again")[0]
    let refused = try scratch.run("img-rm store:\(id)")
    #expect(refused.status == 1)
    expectOneLine(refused, from: "img-rm", containing: "must be forced")
    #expect(
      try scratch.run("img-rm -f store:\(id)").lines.prefix(2) == [
        "Untagged: app:latest", "Untagged: again:latest",
      ])
    #expect(try scratch.run("img-rm store:\(id)").status == 3)
    try scratch.expectWhole("store")
  }

  @Test("nameless referrers of an image go with it, named ones stay")
  func referrers() throws {
    let app = try Images.digest("app")
    func referrer(_ title: String, _ annotations: String) throws {
      try scratch.ok(
        """
        printf '{}' > empty; cp empty store/blobs/sha256/$(sha256sum < empty | cut -c1-64)
        empty='{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:'$(sha256sum < empty | cut -c1-64)'","size":2}'
        jq -nc --argjson e "$empty" '{schemaVersion:2,mediaType:"application/vnd.oci.image.manifest.v1+json",
          artifactType:"a/\(title)",config:$e,layers:[],
          subject:{mediaType:"application/vnd.oci.image.manifest.v1+json",digest:"\(app)",size:1}}' > m
        sum=$(sha256sum < m | cut -c1-64); cp m store/blobs/sha256/$sum
        jq -c '.manifests += [{mediaType:"application/vnd.oci.image.manifest.v1+json",
          digest:"sha256:'$sum'",size:'$(stat -c %s m)' \(annotations)}]' store/index.json > i && mv i store/index.json
        """)
    }
    try referrer("nameless", "")
    try referrer("named", #","annotations":{"org.opencontainers.image.ref.name":"signature"}"#)
    let count = "jq '.manifests | length' store/index.json"
    let before = try #require(Int(try scratch.ok(count)))
    try scratch.ok("img-rm store:app")
    #expect(try Int(scratch.ok(count)) == before - 2)
    #expect(try scratch.ok("img-ls --json store | jq -r '.[].name'").contains("signature"))
  }

  @Test("a broken image keeps every blob, and removing it is the way out")
  func gcRefuses() throws {
    let blob = try Images.digest("app").split(separator: ":")[1]
    try scratch.ok("truncate -s 10 store/blobs/sha256/\(blob)")
    let count = "ls store/blobs/sha256 | wc -l"
    let before = try scratch.ok(count)
    let gc = try scratch.run("img-rm --gc store")
    #expect(gc.status == 6)
    expectOneLine(gc, from: "img-rm", containing: "store: app:latest: ")
    let other = try scratch.run("img-rm store:busybox")
    #expect(other.status == 6)
    #expect(other.output == "Untagged: busybox:latest")
    #expect(try scratch.ok(count) == before)
    #expect(try scratch.run("img-rm store:app").status == 0)
    try scratch.expectWhole("store")
  }
}
