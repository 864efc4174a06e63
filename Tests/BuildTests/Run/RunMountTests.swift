import Container
import Dockerfile
import Glibc
import System
import TestSupport
import Testing

@testable import Build

/// `--mount` of RUN, and what can't be done by it.
@Suite(.enabled(if: requireRoot())) struct RunMountTests {
  let bench: RunBench
  init() throws {
    bench = try RunBench { surroundings in
      surroundings.secret = { id in id == "none" ? nil : Array("hidden-\(id)".utf8) }
    }
  }

  @Test("the context is shown read-only; what is written to one that is rw is gone")
  func bindOfContext() throws {
    try bench.context("dir/file", "content")
    let bind = RunMount(.bind, "/src")
    let result = try bench.run("cat /src/dir/file; touch /src/new", [bind])
    #expect(result.status == 1 && result.text.hasPrefix("content") && result.text.contains("Read-only"))
    for (source, path) in [("", "/src/dir/file"), ("dir", "/src/file"), ("dir/file", "/src")] {
      let writable = RunMount(.bind, "/src") { ($0.isReadOnly, $0.source) = (false, source) }
      let changed = try bench.run("echo new > \(path) && cat \(path)", [writable])
      #expect(changed.text == "new\n" && changed.changes == [], "\(source): \(changed)")
    }
    #expect(try text(bench.scratch.path("context/dir/file")) == "content")
    #expect(bench.remains == [])
  }

  @Test("what is ignored of the context is not seen", arguments: [true, false])
  func hidden(readOnly: Bool) throws {
    try bench.context("keep", "1")
    try bench.context("d/keep", "1")
    try bench.context("d/secret", "1")
    try bench.context("git/x", "1")
    let bind = RunMount(.bind, "/src") { $0.isReadOnly = readOnly }
    let step = try bench.step("find /src | sort", [bind])
    #expect(
      try bench.finish(step, hidden: ["d/secret", "git", "gone/x"]).text
        == "/src\n/src/d\n/src/d/keep\n/src/keep\n")
  }

  @Test(
    "a source never leads out of what it is of",
    arguments: ["../../../../../../etc/hostname-of-test", "/link/x", "link/x", "./../a/../../.."])
  func sources(source: String) throws {
    try bench.context("a/b", "1")
    symlink("../../../../../../../..", bench.scratch.path("context/link"))
    let bind = RunMount(.bind, "/src") { $0.source = source }
    if source.hasSuffix("..") {
      #expect(try bench.run("ls /src", [bind]).text == "a\nlink\n")
    } else {
      let failure = #expect(throws: Failure.self) { try bench.run("true", [bind]) }
      #expect(
        failure?.kind == .notFound && failure?.problem.contains("not found in the build context") == true,
        "\(failure!)")
    }
  }

  @Test("files of a stage are found as it would find them, links within it followed")
  func bindOfStage() throws {
    for (source, words) in [
      ("/home/link/passwd", "root:"), ("etc", "passwd"), ("/../../etc/passwd", "root:"),
    ] {
      for readOnly in [true, false] {
        let bind = RunMount(.bind, "/x") { ($0.from, $0.source, $0.isReadOnly) = ("base", source, readOnly) }
        let result = try bench.run(
          "if [ -d /x ]; then ls /x; else cat /x; fi; echo z >> /x 2>/dev/null", [bind])
        #expect(result.text.contains(words) && result.changes == [], "\(source): \(result)")
      }
    }
    let missing = RunMount(.bind, "/x") { ($0.from, $0.source) = ("base", "/home/link/nothing") }
    #expect(throws: Failure.self) { try bench.run("true", [missing]) }
  }

  @Test("targets that are links lead to places in the image, never out of it")
  func targets() throws {
    try bench.context("file", "1")
    let layer = try RunBench.layer("b", in: bench.store) { path in
      symlink("/../../../../../../tmp/out-\(getpid())", "\(path)/evil")
      symlink("/proc/self/cwd", "\(path)/magic")
      symlink("loop", "\(path)/loop")
    }
    var stage = bench.stage
    stage.layers.append(layer)
    let result = try bench.run("ls /tmp", [RunMount(.bind, "/evil/deep")], stage)
    #expect(result.text == "out-\(getpid())\n" && result.changes == [])
    #expect(access("/tmp/out-\(getpid())", F_OK) != 0)
    for target in ["/magic/x", "/loop/x", "/proc/sys", "/bin/busybox/x"] {
      #expect(throws: Failure.self, "\(target)") { try bench.run("true", [RunMount(.bind, target)], stage) }
    }
    for target in ["", "/", "/..", "/tmp/../.."] {
      let failure = #expect(throws: Failure.self) { try bench.run("true", [RunMount(.tmpfs, target)], stage) }
      #expect(failure?.kind == .usage)
    }
    #expect(bench.remains == [])
  }

  @Test("a cache keeps what is put into it, and begins as it is asked for")
  func caches() throws {
    let cache = RunMount(.cache, "/var/cache/x") {
      ($0.id, $0.mode, $0.uid, $0.gid) = ("../../etc", 0o750, 7, 8)
    }
    #expect(
      try bench.run("stat -c '%a %u %g' /var/cache/x; echo 1 > /var/cache/x/f", [cache]).text == "750 7 8\n")
    let again = try bench.run("cat /var/cache/x/f; echo 2 > /var/cache/x/f", [cache])
    #expect(again.text == "1\n" && again.changes == [])
    let read = RunMount(.cache, "/c") { ($0.id, $0.isReadOnly) = ("../../etc", true) }
    #expect(try bench.run("cat /c/f; touch /c/g 2>/dev/null", [read]).text == "2\n")
    let filled = RunMount(.cache, "/c") { ($0.id, $0.from, $0.source) = ("y", "base", "/home/link") }
    #expect(try bench.run("ls /c", [filled]).text == "group\npasswd\n")
  }

  @Test("memory is empty, as large as asked for, and forgotten")
  func memory() throws {
    let mount = RunMount(.tmpfs, "/etc") { $0.size = 1 << 20 }
    let result = try bench.run("ls /etc; df -k /etc | grep -c 1024; echo x > /etc/x", [mount])
    #expect(result.text == "1\n" && result.changes == [])
  }

  @Test("a secret is a file for those it is for, and nowhere afterwards")
  func secrets() throws {
    var stage = bench.stage
    let plain = RunMount(.secret, "") { $0.id = "a" }
    let owned = RunMount(.secret, "/etc/s/b") { ($0.id, $0.uid, $0.gid, $0.mode) = ("b", 1000, 1001, 0o440) }
    let script =
      "cat /run/secrets/a; stat -c '%a %u %g' /run/secrets/a /etc/s/b; echo x 2>/dev/null > /etc/s/b"
    let result = try bench.run(script, [plain, owned], stage)
    #expect(result.text == "hidden-a400 0 0\n440 1000 1001\n" && result.status == 1 && result.changes == [])
    stage.user = "app"
    #expect(
      try bench.run("cat /etc/s/b /run/secrets/a 2>/dev/null", [plain, owned], stage).text == "hidden-b")
    let variable = RunMount(.secret, "") { ($0.id, $0.env) = ("c", "TOKEN") }
    #expect(try bench.run("echo $TOKEN; ls /run 2>/dev/null", [variable]).text == "hidden-c\n")
    #expect(try bench.scratch.shell("grep -r hidden- store filters | wc -l") == "0\n")
  }

  @Test("a secret that is not there is only missed where it is required; none is in an error")
  func missingSecrets() throws {
    #expect(
      try bench.run("ls /run/secrets 2>&1 | wc -l", [RunMount(.secret, "") { $0.id = "none" }]).status == 0)
    let failure = #expect(throws: Failure.self) {
      try bench.run("true", [RunMount(.secret, "") { ($0.id, $0.isRequired) = ("none", true) }])
    }
    #expect(failure?.kind == .notFound && failure?.problem.contains("none") == true)
    let other = try RunBench { $0.secret = { _ in Array("hidden\u{0}".utf8) } }
    for mount in [
      RunMount(.secret, "") { ($0.id, $0.env) = ("a", "X") }, RunMount(.secret, "/proc/x") { $0.id = "a" },
    ] {
      let failure = #expect(throws: Failure.self) { try other.run("true", [mount]) }
      #expect("\(failure!)".contains("hidden") == false)
    }
  }
}
