import Testing

/// One bit anywhere in what is read makes every command that reads it fail with status 6.
@Suite(.tags(.hostile), .needs("skopeo", "jq"))
struct CorruptionTests {
  private func busybox(in scratch: Scratch) throws {
    try scratch.ok(
      """
      skopeo --insecure-policy copy -q --preserve-digests oci:\(Images.layout.get()):busybox:latest oci:store:busybox:latest
      img-save store > busy.img
      """)
  }

  /// Runs a script per place, all in one shell: its answers, a line for each place.
  private func each(_ places: [Int], in scratch: Scratch, _ script: String) throws -> [(
    place: Int, answer: String
  )] {
    let answers = try scratch.ok(
      "for at in \(places.map(String.init).joined(separator: " ")); do \(script); done", timeout: 300)
    return Array(zip(places, answers.split(separator: "\n").map(String.init)))
  }

  /// Changes the lowest bit of the byte at $at of FILE.
  private func flip(_ file: String) -> String {
    """
    byte=$(od -An -tu1 -j $at -N 1 \(file) | tr -d ' ')
    printf "\\\\$(printf %03o $((byte ^ 1)))" | dd of=\(file) bs=1 seek=$at conv=notrunc status=none
    """
  }

  @Test("a changed byte of any blob in a stream, on a pipe or in a file")
  func stream() throws {
    let scratch = try Scratch()
    try busybox(in: scratch)
    let places = try scratch.offsets("blob", "busy.img")
    #expect(places.count >= 24)
    let answers = try each(
      places, in: scratch,
      """
      cp busy.img bad.img; \(flip("bad.img"))
      cat bad.img | img-save 2>errors >out.img; piped=$?
      img-save < out.img >/dev/null 2>&1; next=$?
      tar -tf out.img >/dev/null 2>&1; tar=$((! $?))
      img-save bad.img 2>/dev/null >out.img; file=$?
      echo $piped $next $file $(wc -l < errors) tar-ok:$tar
      """)
    #expect(answers.count == places.count)
    for (place, answer) in answers { #expect(answer == "6 6 6 1 tar-ok:0", "byte \(place)") }
  }

  @Test("a changed byte of any blob in a layout")
  func layout() throws {
    let scratch = try Scratch()
    try busybox(in: scratch)
    let answers = try scratch.ok(
      """
      for blob in $(cd store/blobs/sha256; ls); do size=$(stat -c %s store/blobs/sha256/$blob)
        for at in 0 1 $((size / 2)) $((size - 1)); do
          rm -rf bad; cp -r store bad; \(flip("bad/blobs/sha256/$blob"))
          img-save bad 2>errors | img-save >/dev/null 2>&1; echo ${PIPESTATUS[*]} $(wc -l < errors)
        done
      done
      """)
    #expect(answers.split(separator: "\n").count == 12)
    for answer in answers.split(separator: "\n") { #expect(answer == "6 6 1") }
  }

  @Test("a blob of another size, a symbolic link, a FIFO or a directory in place of a blob")
  func otherKinds() throws {
    let scratch = try Scratch()
    try busybox(in: scratch)
    let spoil = [
      "truncate -s -1 $b", "truncate -s +1 $b", "mv $b moved; ln -s $PWD/moved $b", "rm $b; mkfifo $b",
      "rm $b; mkdir $b",
      "rm $b; ln -s /dev/zero $b",
    ]
    for change in spoil {
      let outcome = try scratch.run(
        "rm -rf bad moved; cp -r store bad; b=$(find bad/blobs -size +100k); \(change); img-save bad > /dev/null",
        timeout: 20)
      #expect(outcome.status == 6 || outcome.status == 3, "\(outcome)")
      expectOneLine(outcome, from: "img-save")
    }
    for file in ["index.json", "oci-layout"] {
      for change in [
        "rm bad/\(file); mkfifo bad/\(file)", "rm bad/\(file); ln -s /dev/zero bad/\(file)",
        "echo '{' > bad/\(file)", "truncate -s 0 bad/\(file)",
      ] {
        let outcome = try scratch.run(
          "rm -rf bad; cp -r store bad; \(change); img-save bad > /dev/null", timeout: 20)
        #expect(outcome.status == 6 || outcome.status == 3, "\(outcome)")
        expectOneLine(outcome, from: "img-save")
      }
    }
  }

  @Test("a stream cut at any member's boundary or inside")
  func truncated() throws {
    let scratch = try Scratch()
    try busybox(in: scratch)
    let places = try scratch.offsets("cut", "busy.img")
    #expect(places.count > 20)
    let answers = try each(
      places, in: scratch,
      """
      head -c $at busy.img | img-save 2>errors >/dev/null; piped=${PIPESTATUS[1]}
      head -c $at busy.img > cut.img; img-save cut.img >/dev/null 2>&1; echo $piped $? $(wc -l < errors)
      """)
    #expect(answers.count == places.count)
    for (place, answer) in answers { #expect(answer == "6 6 1", "cut after \(place) bytes") }
  }

  @Test(
    "a cut compressed stream", .needs("zstd", "xz", "bzip2"), arguments: ["gzip", "zstd", "xz -0", "bzip2"])
  func truncatedCompressed(tool: String) throws {
    let scratch = try Scratch()
    try busybox(in: scratch)
    let answers = try scratch.ok(
      """
      \(tool) -c < busy.img > packed; size=$(stat -c %s packed)
      for at in 1 10 1000 $((size / 2)) $((size - 9)) $((size - 1)); do
        head -c $at packed | img-save >/dev/null 2>&1; echo ${PIPESTATUS[1]}
      done
      """)
    #expect(answers.split(separator: "\n") == Array(repeating: "6", count: 6))
  }

  @Test("a changed header either says the same or is refused")
  func headers() throws {
    let scratch = try Scratch()
    try busybox(in: scratch)
    let places = try scratch.offsets("header", "busy.img")
    let answers = try each(
      places, in: scratch,
      "cp busy.img bad.img; \(flip("bad.img")); img-save < bad.img >/dev/null 2>&1; echo $?")
    for (place, answer) in answers { #expect(answer == "6", "byte \(place)") }
  }

  @Test("members outside of the grammar are refused, or ignored where they name nothing that is needed")
  func members() throws {
    let scratch = try Scratch()
    try busybox(in: scratch)
    try scratch.ok("mkdir x; tar -xf busy.img -C x; touch outside")
    let blob = "$(cd x; find blobs -size +100k)"
    let bad = [
      "a symbolic link in place of a blob":
        "cd x; b=\(blob.split(separator: "cd x; ").joined()); mv $b /$PWD/../moved; ln -s $PWD/../moved $b; tar -cf ../bad.img *",
      "a hard link to a later file":
        "tar -cf bad.img -C x --transform 's,^blobs/,../blobs/,' oci-layout index.json blobs",
      "absolute names":
        "tar -cf bad.img -P --transform 's,^blobs/,/blobs/,' -C x oci-layout index.json blobs",
      "a blob twice, the second one other":
        "cp -r x y; b=\(blob); echo no > y/$b; tar -cf bad.img -C x .; tar -rf bad.img -C y $b",
      "two index.json":
        "tar -cf bad.img -C x .; echo '{\"schemaVersion\":2,\"manifests\":[]}' > x/index.json; tar -rf bad.img -C x index.json",
    ]
    for (what, script) in bad {
      let outcome = try scratch.run(
        "rm -rf x y moved bad.img; mkdir x; tar -xf busy.img -C x; (\(script)) || exit 99; for way in 'bad.img' '-'; do img-save $way < bad.img > out.img; echo $?; done"
      )
      let codes = outcome.lines
      #expect(codes.allSatisfy { $0 == "6" || $0 == "3" }, "\(what): \(outcome)")
      #expect(
        !codes.isEmpty && outcome.errors.split(separator: "\n").count == codes.count, "\(what): \(outcome)")
    }
  }

  @Test(
    "what is no archive at all is status 6",
    arguments: [
      "echo hello", "head -c 100000 /dev/urandom", "head -c 100000 /dev/zero", "echo hello | gzip",
      "tar -c -C /etc hostname",
    ])
  func noArchive(script: String) throws {
    let scratch = try Scratch()
    for way in ["img-save > /dev/null", "cat > x; img-save x > /dev/null"] {
      let outcome = try scratch.run("\(script) | { \(way); }")
      #expect(outcome.status == 6 || outcome.status == 3, "\(outcome)")
      expectOneLine(outcome, from: "img-save")
    }
  }
}
