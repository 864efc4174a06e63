import Testing

/// Many commands in one layout, killed; disks that are full; memory.
@Suite("img-load, under pressure", .serialized, .needs("jq"))
struct LoadConcurrencyTests {
  private static let check = "/usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/check.py"

  @Test(
    "eight loads, pulls, tags and removals at once, each killed at random, lose nothing that was named",
    .tags(.slow))
  func killed() throws {
    let scratch = try Scratch()
    let host = try HostileRegistry.shared.get().host
    let layout = try Images.layout.get()
    let outcome = try scratch.run(
      """
      for i in app app2 busybox debian; do img-save \(layout):$i:latest > $i.tar 2>/dev/null || cp app.tar $i.tar; done
      img-load -q -o store:keep/app:1 < app.tar; img-load -q -o store:keep/app2:1 < app2.tar
      strike() { timeout -s KILL 0.0$((RANDOM % 90 + 10)) "$@" >/dev/null 2>>errors; [ $? -ne 0 ] || echo "$*" >> done; }
      for round in 1 2 3 4 5 6 7 8; do
        strike img-load -i app.tar -o store:a$round:1 & strike img-load -i debian.tar -o store:b$round:1 &
        (cat busybox.tar | strike img-load -o store:c$round:1) & strike img-load --compress zstd -i app2.tar -o store:d$round:1 &
        strike img-pull -o store \(host)/good/r$round/small & strike img-tag store:keep/app:1 e$round:1 &
        strike img-rm store:a$((round - 1)):1 & strike img-rm --gc store & wait
        \(Self.check) store docker.io/keep/app:1 docker.io/keep/app2:1 || exit 91
      done
      # What said that it was done is named, unless it was removed later.
      for name in $(sed -n 's/.*-o store:\\([b-d].*:1\\)$/\\1/p' done); do \(Self.check) store docker.io/library/$name || exit 92; done
      for name in keep/app:1 keep/app2:1; do img-save store:$name > /dev/null || exit 93; done
      img-rm --gc store >/dev/null || exit 94; \(Self.check) store docker.io/keep/app:1 || exit 95
      wc -l < done; ! grep -av ': .*removed\\|no image\\|\\(not\\|being\\) ' errors | grep -ai 'fatal\\|crash\\|trap'
      """, timeout: 200)
    #expect(outcome.status == 0, "\(outcome)")
    #expect((outcome.lines.last.flatMap { Int($0) } ?? 0) > 8, "not all were killed: \(outcome)")
  }

  @Test(
    "a file system that fills up: one line, status 1, nothing new under a name, the room is free again",
    .needsRoot)
  func noSpace() throws {
    let scratch = try Scratch()
    try scratch.write(
      "script",
      """
      img-save \(try Images.layout.get()):app:latest > app.tar; img-save \(try Images.layout.get()):small:latest > small.tar
      skopeo --insecure-policy copy -q oci:\(try Images.layout.get()):app:latest docker-archive:d.tar:new:1
      mkdir small; mount -t tmpfs -o size=2m none small; img-load -q -i small.tar -o small/store:small:1 >/dev/null || exit 90
      for way in "-i app.tar" "-i d.tar" "-i - " "--compress zstd:1 -i d.tar"; do
        cat app.tar | img-load -o small/store $way; [ $? = 1 ] || exit 91
        \(Self.check) small/store docker.io/library/small:1 || exit 92
        [ -z "$(find small/store/.partial -type f)" ] || exit 93; [ "$(jq '.manifests | length' small/store/index.json)" = 1 ] || exit 94
        img-rm --gc small/store > /dev/null 2>&1 || exit 95
      done
      mount -t tmpfs -o size=1m none tmp; cat d.tar | img-load > /dev/null; [ $? = 1 ] || exit 96; [ "$(ls -A tmp)" = "" ] || exit 97
      img-load < app.tar > /dev/full; [ $? = 1 ] || exit 98
      """)
    let outcome = try scratch.run("unshare -m bash script")
    #expect(outcome.status == 0, "\(outcome)")
    let lines = outcome.errors.split(separator: "\n")
    #expect(
      lines.count == 6 && lines.allSatisfy { $0.hasPrefix("img-load: ") && $0.contains("No space left") },
      "\(outcome)")
  }

  @Test("a layout that can't be written: one line, and it stays as it was", .needsRoot)
  func readOnly() throws {
    let scratch = try Scratch()
    try scratch.write(
      "script",
      """
      img-save \(try Images.layout.get()):small:latest | img-load -q -o store > /dev/null
      img-save \(try Images.layout.get()):app:latest > app.tar
      mount --bind store store && mount -o remount,bind,ro store
      img-load -o store < app.tar; echo $?; img-load -o /proc/x < app.tar; echo $?; img-load -o app.tar < app.tar; echo $?
      """)
    let outcome = try scratch.run("unshare -m bash script")
    #expect(outcome.errors.split(separator: "\n").count == 3, "\(outcome)")
    #expect(
      outcome.lines.count == 3 && outcome.lines.allSatisfy { ["1", "3", "4"].contains($0) }, "\(outcome)")
    try scratch.expectWhole("store")
  }

  @Test(
    "memory stays below 64 MiB for 2 GiB, as one layer and as 200, from a file and from a pipe", .tags(.slow),
    arguments: [1, 200], ["plain", "gzip"])
  func memory(layers: Int, kind: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      "/usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/large.py a.tar 2048 \(layers) \(kind)")
    for way in [
      "-i a.tar -o store", "-o store < <(cat a.tar)", "-i a.tar > /dev/null",
      "--compress zstd:1 -i a.tar -o store",
    ] {
      let outcome = try scratch.run(
        """
        rm -rf store; img-load -q \(way) > out & pid=$!; most=0
        while read -r anonymous < <(awk '/^RssAnon/ { print $2 }' /proc/$pid/status 2>/dev/null); do
          [ $anonymous -le $most ] || most=$anonymous; sleep 0.03
        done; wait $pid || exit 9; rm -rf store; echo $most
        """, timeout: 120)
      let most = outcome.lines.last.flatMap { Int($0) } ?? .max
      #expect(outcome.status == 0 && most > 1000 && most < 64 << 10, "\(outcome)")
    }
  }
}
