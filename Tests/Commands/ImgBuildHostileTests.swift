import Testing

extension Scratch {
  /// The script that builds the Dockerfile `dockerfile` with the context `c`, images of Fixtures/runs.py at hand.
  func building(_ dockerfile: String, _ options: String = "", in context: String = "c") throws -> String {
    try ok("mkdir -p c")
    try write("c/Dockerfile", dockerfile)
    return try builder("-o out \(options) \(context)")
  }

  /// The script that calls img-build with `options`; layers are not compressed, so that all can be searched.
  func builder(_ options: String) throws -> String {
    """
    IMG_LAYERS=$PWD/layers IMG_LAYOUT=\(try Runs.layout.get()) \
      img-build -q --no-sync --compress none --network none \(options)
    """
  }

  /// A context with links out of it, and what lies around it.
  func makeCanaries() throws {
    try ok(
      """
      mkdir -p c/sub outside named; echo CANARY | tee canary outside/canary > /dev/null
      ln -s ../canary c/l; ln -s $PWD/canary c/al; ln -s ../outside c/dl; ln -s $PWD c/adl; ln -s .. c/sub/up
      ln -s /proc/self/root c/magic; ln -s /proc/self/cwd/../canary c/cwd; echo inside > c/inside
      ln -s ../../canary c/sub/deep; ln -s ../../outside named/dl; ln -s $PWD/canary named/l
      find canary outside -printf '%p %i %n %m %u %s %T@ %C@\n' > before
      """)
  }

  /// Fails the test unless it ended by itself, well or with one line.
  func expectDecent(_ outcome: Outcome, location: SourceLocation = #_sourceLocation) {
    #expect(
      [0, 1, 3, 4, 6].contains(outcome.status) && !outcome.timedOut, "\(outcome)", sourceLocation: location)
    if outcome.status != 0 { expectOneLine(outcome, from: "img-build", location: location) }
  }
}

/// img-build and those who mean it ill: Dockerfiles, contexts, base images.
@Suite("img-build, bad input", .needsRoot, .needs("unshare", "jq", "python3"), .tags(.hostile))
struct ImgBuildHostileTests {
  private static let ways = [
    "COPY l /", "COPY al /", "COPY dl /x", "COPY dl/ /x/", "COPY dl/canary /", "COPY adl/canary /",
    "COPY ../canary /",
    "COPY ../../../../../../../HERE/canary /", "COPY HERE/canary /", "COPY magic/HERE/canary /", "COPY cwd /",
    "COPY sub/up/../canary /", "COPY sub/up/l /", "COPY sub/deep /", "COPY l* d* /x/", "COPY */canary /x/",
    "COPY ../can* /", "COPY --parents ./sub/../../canary /", "COPY --parents sub/up/./../canary /",
    "COPY --link l /", "ADD l /", "ADD ../canary /", "ADD dl/canary /x", "ADD file://HERE/canary /",
    "COPY --from=n l /", "COPY --from=n dl/canary /", "COPY --from=n ../canary /",
    "COPY --from=base ../../HERE/canary /",
    "COPY --from=base /proc/self/root/HERE/canary /", "COPY --chown=../canary inside /",
    "RUN --mount=type=bind,source=l,target=/m cat /m",
    "RUN --mount=type=bind,source=dl,target=/m cat /m/canary",
    "RUN --mount=type=bind,source=..,target=/m cat /m/canary",
    "RUN --mount=type=bind,source=../..,target=/m,rw cat /m/canary",
    "RUN --mount=type=bind,target=/m cat /m/l",
    "RUN --mount=type=bind,target=/m,rw cat /m/dl/canary; echo x > /m/dl/canary",
    "RUN --mount=type=bind,source=magic,target=/m cat /m/HERE/canary",
    "RUN --mount=type=bind,target=/m cat /m/magic/HERE/canary",
    "RUN --mount=type=bind,source=HERE,target=/m cat /m/canary",
    "RUN --mount=type=bind,from=n,source=dl,target=/m cat /m/canary",
    "RUN --mount=type=cache,id=../../../../../canary,target=/m cat /m",
    "RUN --mount=type=cache,target=/../../../HERE cat HERE/canary",
    "RUN --mount=type=cache,from=n,source=dl,target=/m cat /m/canary",
    "RUN --mount=type=secret,id=HERE/canary cat /run/secrets/canary",
    "RUN ln -s HERE /r; cat /r/canary", "RUN ln -s HERE/outside /r\nCOPY inside /r/canary",
    "RUN ln -s HERE /r\nWORKDIR /r/outside/x",
    "RUN ln -s /proc/self/cwd/HERE/outside /r\nCOPY inside /r/canary",
    "RUN ln -s HERE/canary /r\nCOPY inside /r",
    "RUN ln -s /proc/1/root /r\nCOPY inside /r/HERE/canary",
    "RUN ln -s HERE/canary /x\nCOPY --chmod=777 --chown=7:7 inside /x",
    "RUN rm /etc/passwd; ln -s HERE/canary /etc/passwd\nUSER bob\nRUN id", "ADD inside /../../HERE/canary",
    "WORKDIR /../../../HERE/x",
    "USER ../canary\nRUN id", "SHELL [\"HERE/canary\"]\nRUN x",
    "RUN ln -s HERE /b\nFROM base\nCOPY --from=0 /b/canary /x",
    "RUN ln -s HERE/outside /tmp/o\nRUN --mount=type=tmpfs,target=/tmp/o touch /tmp/o/x",
    "RUN ln -s HERE/outside /tmp/o\nRUN --mount=type=bind,target=/tmp/o,rw touch /tmp/o/x",
  ]

  @Test("no Dockerfile reads or writes what is around the context", arguments: ways)
  func contained(way: String) throws {
    let scratch = try Scratch()
    try scratch.makeCanaries()
    let outcome = try scratch.run(
      scratch.building(
        "FROM base\n\(way.replacing("HERE", with: scratch.path))\n", "--build-context n=named"),
      timeout: 20)
    scratch.expectDecent(outcome)
    let found = try scratch.run(
      """
      find canary outside -printf '%p %i %n %m %u %s %T@ %C@\\n' | diff before -
      grep -rl CANARY out layers home tmp 2>/dev/null; ls -A tmp
      """)
    #expect(found.output.isEmpty, "\(outcome)\n\(found)")
  }

  @Test(
    "what .dockerignore says does not bring in what is outside, and no such file is waited for",
    arguments: [
      "printf '!../canary\\n!../*\\n!/**\\n../..\\n!HERE/canary\\n' > c/.dockerignore",
      "ln -s /dev/zero c/.dockerignore",
      "mkfifo c/.dockerignore", "mkdir c/.dockerignore", "mknod c/.dockerignore c 1 5",
      "mkfifo c/Dockerfile.dockerignore",
      "truncate -s 1T c/.dockerignore", "head -c 100000 /dev/urandom > c/.dockerignore",
      "yes '[' | head -100000 > c/.dockerignore || true",
      "yes '!**/*a*b*c*d*e*f*g*h*' | head -20000 > c/.dockerignore || true",
      "ln -s .dockerignore c/.dockerignore",
    ])
  func ignoring(make: String) throws {
    let scratch = try Scratch()
    try scratch.makeCanaries()
    try scratch.ok(make.replacing("HERE", with: scratch.path))
    let outcome = try scratch.run(scratch.building("FROM scratch\nCOPY . /\n"), timeout: 10)
    scratch.expectDecent(outcome)
    #expect(try scratch.run("grep -rl CANARY out layers home 2>/dev/null").output.isEmpty)
  }

  @Test(
    "a Dockerfile that is no file is one line, at once",
    arguments: [
      "mkfifo c/Dockerfile", "mkdir c/Dockerfile", "ln -s /dev/zero c/Dockerfile", "mknod c/Dockerfile c 1 5",
      "ln -s Dockerfile c/Dockerfile", "ln -s /dev/tty c/Dockerfile", "truncate -s 1T c/Dockerfile",
      ": > c/Dockerfile",
      "head -c 100000 /dev/urandom > c/Dockerfile", "head -c 15000000 /dev/zero > c/Dockerfile",
      "yes '\\' | head -200000 > c/Dockerfile || true", "ln -s none c/Dockerfile",
      "/usr/bin/python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('c/Dockerfile')\"",
      "ln -s /proc/self/mem c/Dockerfile", "ln -s /proc/kmsg c/Dockerfile",
    ])
  func specialDockerfile(make: String) throws {
    let scratch = try Scratch()
    try scratch.ok("mkdir c; \(make)")
    let outcome = try scratch.run("\(scratch.builder("-o out c"))", timeout: 10)
    #expect((1...6).contains(outcome.status) && !outcome.timedOut, "\(outcome)")
    expectOneLine(outcome, from: "img-build")
    for file in ["/dev/zero", "/dev/null", "c", "c/none", "/proc/self/mem"] {
      let outcome = try scratch.run("\(scratch.builder("-f \(file) -o out c"))", timeout: 10)
      #expect((1...6).contains(outcome.status) && !outcome.timedOut, "\(outcome)")
      expectOneLine(outcome, from: "img-build")
    }
    #expect(try scratch.run("ls out 2>/dev/null").output.isEmpty)
  }

  @Test("-f may be a pipe")
  func pipedDockerfile() throws {
    let scratch = try Scratch()
    try scratch.ok(
      "mkdir c; echo x > c/x; \(scratch.builder("-f <(printf 'FROM scratch\\nCOPY x /\\n') -o out c"))")
  }

  private static let members: [String] = [
    #"file("../canary")"#, #"file(HERE + "/canary")"#, #"file("a/../../canary")"#, #"hard("../canary", "h")"#,
    #"hard("h", "../canary"), file("h")"#, #"hard("h", HERE + "/canary"), file("h")"#,
    #"link("x", HERE + "/outside"), file("x/canary")"#,
    #"link("x", "../../../../.." + HERE + "/outside"), file("x/canary")"#,
    #"link("x", HERE + "/canary"), file("x")"#, #"link("x", HERE + "/canary"), hard("y", "x"), file("y")"#,
    #"link("l", HERE + "/canary")"#, #"link("l", "/proc/self/root" + HERE)"#,
    #"folder(".."), folder("../outside", 0o777)"#,
    #"link("Dockerfile", HERE + "/canary")"#, #"link("Dockerfile", "/dev/zero")"#,
    #"entry(tarfile.FIFOTYPE, "Dockerfile")"#,
    #"entry(tarfile.CHRTYPE, "Dockerfile", device=(1, 5))"#, #"link(".dockerignore", "/dev/zero")"#,
    #"entry(tarfile.FIFOTYPE, ".dockerignore")"#,
    #"entry(tarfile.FIFOTYPE, "p"), entry(tarfile.CHRTYPE, "z", device=(1, 5))"#,
    #"entry(tarfile.BLKTYPE, "b", device=(254, 0))"#, #"entry(tarfile.CHRTYPE, "w", device=(0, 0))"#,
    #"gone("Dockerfile")"#,
    #"gone("x"), opaque("d")"#, #"file("n" * 255)"#, #"file("n" * 300)"#,
    #"file("/".join(["d" * 100] * 60))"#,
    #"file("s", mode=0o6777)"#, #"folder(".", 0o000)"#,
    #"file("c", xattrs={"security.capability": capability(1)})"#,
  ]

  @Test("no tar on standard input reaches what is around it, and nothing of it stays", arguments: members)
  func archives(members: String) throws {
    let scratch = try Scratch()
    try scratch.makeCanaries()
    try scratch.write(
      "make.py",
      """
      import sys
      sys.path.insert(0, "\(Machine.root)/Tests/Commands/Fixtures")
      from layers import *
      HERE = "\(scratch.path)"
      sys.stdout.buffer.write(layer(file("Dockerfile", b"FROM base\\nCOPY . /c/\\nCOPY l* /d/\\n"), file("lx", b"1"), \(members)))
      """)
    let outcome = try scratch.run(
      "/usr/bin/python3 -B make.py > tar; gzip < tar > tar.gz; \(scratch.builder("-o out - < tar.gz"))",
      timeout: 20)
    scratch.expectDecent(outcome)
    let found = try scratch.run(
      """
      find canary outside -printf '%p %i %n %m %u %s %T@ %C@\\n' | diff before -
      grep -rl CANARY out layers home tmp 2>/dev/null; ls -A tmp
      """)
    #expect(found.output.isEmpty, "\(outcome)\n\(found)")
  }

  @Test(
    "a context that is cut off, or damaged, is one line and nothing else",
    arguments: [
      "head -c 700 t", "head -c 1024 t", "head -c 1500 t", "(cat t.gz; echo garbage)", "head -c 150 t.gz",
      "printf '\\x1f\\x8bgarbage'", "head -c 600 /dev/zero", "head -c 20000 /dev/zero",
      "head -c 5000 /dev/urandom",
      "printf '\\x28\\xb5\\x2f\\xfdxxx'", "printf '\\xfd7zXZ\\0xxxxx'", ":",
      "(head -c 600 t; head -c 9000 /dev/urandom)",
      "(head -c 20 t.gz; tail -c +25 t.gz)",
    ])
  func cutOff(input: String) throws {
    let scratch = try Scratch()
    try scratch.ok(
      "mkdir c; printf 'FROM scratch\\nCOPY . /\\n' > c/Dockerfile; head -c 2000 /dev/urandom > c/x; tar cf t -C c Dockerfile x; gzip < t > t.gz"
    )
    let outcome = try scratch.run("\(input) | \(scratch.builder("-o out -"))", timeout: 10)
    #expect((1...6).contains(outcome.status) && !outcome.timedOut, "\(outcome)")
    expectOneLine(outcome, from: "img-build")
    #expect(try scratch.run("ls -A tmp; ls out 2>/dev/null").output.isEmpty)
  }

  @Test("sockets, FIFOs and devices of a context don't hang; names of any bytes and depth stay")
  func specialFiles() throws {
    let scratch = try Scratch()
    try scratch.ok(
      """
      mkdir -p c/a; cd c/a; mkfifo fifo; mknod null c 1 3; mknod disk b 254 0
      /usr/bin/python3 -c "
      import socket, os
      socket.socket(socket.AF_UNIX).bind('socket')
      open(b'\\xff\\xfe\\x80', 'w').write('bytes')
      open('new\\nline', 'w'); open('\\x1b[31m', 'w'); open('n' * 255, 'w')
      deep = 'd' * 200
      for n in range(15): os.mkdir(deep); os.chdir(deep)
      open('x', 'w')
      for n in range(200): os.mkdir('e'); os.chdir('e')
      "
      """)
    let outcome = try scratch.run(
      scratch.building(
        "FROM base\nCOPY . /c/\nRUN --mount=type=bind,target=/m ls /m >/dev/null\n", "--depfile dep"),
      timeout: 20)
    scratch.expectDecent(outcome)
    #expect(outcome.status == 0, "\(outcome)")
  }

  @Test("100,000 files take little memory", .tags(.slow))
  func manyFiles() throws {
    let scratch = try Scratch()
    try scratch.ok(
      """
      /usr/bin/python3 -c "
      import os
      for d in range(200):
          os.makedirs('c/%d' % d)
          for n in range(500): os.close(os.open('c/%d/%d' % (d, n), os.O_CREAT | os.O_WRONLY))
      "
      """)
    let script = try scratch.building("FROM scratch\nCOPY . /\n")
    let first = try scratch.run(
      "\(script.replacing("img-build", with: "command time -f %M -o size img-build"))", timeout: 60)
    #expect(first.status == 0, "\(first)")
    let size = try scratch.ok("cat size")
    #expect(Int(size) ?? .max < 96 << 10, "\(size) KiB")
  }
}
