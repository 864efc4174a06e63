import Container
import Dockerfile
import Glibc
import System
import TestSupport
import Testing

@testable import Build

/// RUN steps, as root, in real containers.
@Suite(.enabled(if: requireRoot())) struct RunStepTests {
  let bench: RunBench
  init() throws { bench = try RunBench() }

  @Test(
    "the status is the command's, and what it says is passed on in order",
    arguments: [
      ("exit 0", 0, ""), ("echo a; echo b >&2; echo c; exit 3", 3, "a\nb\nc\n"), ("kill -9 $$", 0, ""),
      ("no-such-command", 127, "/bin/sh: no-such-command: not found\n"), ("cat; echo end", 0, "end\n"),
    ])
  func statuses(text: String, status: CInt, output: String) throws {
    let result = try bench.run(text)
    #expect(result.status == status && result.fault == nil)
    #expect(result.text.replacing("/bin/sh: line 0:", with: "/bin/sh:") == output)
    #expect(bench.remains == [])
  }

  @Test("a shell that is not there is told of")
  func noShell() throws {
    var stage = bench.stage
    stage.shell = ["/bin/bash", "-c"]
    let result = try bench.run("true", [], stage)
    #expect(result.status == 127 && result.fault?.subject == "/bin/bash")
  }

  @Test("nothing of the runner is among the changes, whatever was mounted and missing")
  func noLeftOvers() throws {
    try bench.context("file", "x")
    let bench = try RunBench { $0.secret = { _ in [1] } }
    try bench.context("file", "x")
    let mounts = [
      RunMount(.cache, "/var/cache/apt/x"), RunMount(.tmpfs, "/etc/tmp"),
      RunMount(.secret, "") { $0.id = "s" },
      RunMount(.bind, "/etc/one/file") { $0.source = "file" }, RunMount(.bind, "/src"),
      RunMount(.bind, "relative/dir") { $0.isReadOnly = false },
    ]
    let result = try bench.run("ls -d /etc/resolv.conf /etc/hosts /proc/self /sys/kernel /dev/null", mounts)
    #expect(result.status == 0, "\(result.text)")
    #expect(result.changes == [], "\(result.changes)")
    #expect(bench.remains == [])
  }

  @Test("what the command makes is there, with directories as the image has them")
  func changes() throws {
    let result = try bench.run(
      "echo x > /home/x; rm /etc/group; stat -c '%a %U' /home; stat -c %a /var 2>&1; mkdir /var")
    #expect(result.changes == ["etc", "etc/group", "home", "home/x", "var"])
    #expect(result.text.hasPrefix("711 root\nstat:"))
  }

  @Test("it has Docker's capabilities, may gain privileges, is root, and finds no terminal and no input")
  func power() throws {
    let result = try bench.run(
      "grep -E '^(CapBnd|CapEff|CapInh|NoNewPrivs|Seccomp):' /proc/self/status; id -u; wc -c < /dev/stdin")
    #expect(
      result.text.replacing("\t", with: " ")
        == "CapInh: 0000000000000000\nCapEff: 00000000a80425fb\nCapBnd: 00000000a80425fb\nNoNewPrivs: 0\nSeccomp: 2\n0\n0\n"
    )
    #expect(try bench.run("mknod /tmp/n c 1 3 && chown 12:34 /tmp/n && cat /tmp/n").status == 1)
  }

  @Test("the environment is the image's, then arguments, and no name of this machine")
  func environment() throws {
    var stage = bench.stage
    stage.environment = ["B=image", "EMPTY=", "PATH=/bin"]
    stage.arguments = [("A", "argument"), ("B", "argument"), ("EMPTY", "no")]
    let result = try bench.run("env | sort; hostname", [], stage)
    #expect(result.text == "A=argument\nB=image\nEMPTY=\nHOME=/root\nPATH=/bin\nPWD=/\nSHLVL=1\nbuild\n")
    #expect(
      try bench.run("echo $PATH").text == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n")
    #expect(try bench.run("cat /etc/hosts /etc/resolv.conf").text.contains("outside") == false)
  }

  @Test("a user by name has its groups and home, may use /dev/stdout, and no root's power")
  func user() throws {
    var stage = bench.stage
    stage.user = "app"
    stage.workingDirectory = "/tmp"
    let result = try bench.run(
      "id; echo $HOME; pwd; echo a > /dev/stdout; echo b > /dev/stderr; grep CapEff /proc/self/status", [],
      stage)
    #expect(
      result.text.replacing("\t", with: " ")
        == "uid=1000(app) gid=1001 groups=1001,2000(extra)\n/home/app\n/tmp\na\nb\nCapEff: 0000000000000000\n",
      "\(result)")
    stage.user = "nobody"
    #expect(throws: Failure.self) { try bench.run("true", [], stage) }
    #expect(bench.remains == [])
  }

  @Test("a script with #! and a here-document for a command work")
  func heredocs() throws {
    let step = try bench.step("<<EOF") {
      $0.heredocs = [Heredoc(name: "EOF", content: "#!/bin/cat\nhello\n")]
    }
    let result = try bench.finish(step)
    #expect(result.text == "#!/bin/cat\nhello\n" && result.changes == [])
    let second = try bench.step("cat <<A > /a") { $0.heredocs = [Heredoc(name: "A", content: "$((1+1))\n")] }
    #expect(try bench.finish(second).changes == ["a"])
  }

  @Test("no network is no network, and what needs to be allowed is not had without")
  func network() throws {
    #expect(try bench.run("ip -o link | wc -l").text == "1\n")
    for option in ["--security", "--network"] {
      let strict = try RunBench { $0.allowsHostNetwork = false }
      let failure = #expect(throws: Failure.self) {
        _ = try strict.step("true", [], nil) {
          if option == "--security" { $0.security = "insecure" } else { $0.network = "host" }
        }
      }
      #expect(failure?.kind == .denied && failure?.subject.hasPrefix(option) == true)
    }
    let open = try RunBench { $0.allowsInsecure = true }
    let step = try open.step("grep CapEff /proc/self/status") { $0.security = "insecure" }
    #expect(try open.finish(step).text.contains("a80425fb") == false)
  }

  @Test("background processes are gone, and what they changed does not change any more")
  func background() throws {
    let step = try bench.step(
      "(while :; do echo x >> /f; done) & sleep 0.2; (sleep 1000; echo y > /y) & exit 0")
    let (base, scratch) = (bench.base, bench.scratch)
    let outcome = try step.run(
      sources: { _ in withExtendedLifetime(scratch) { .layers(base) } }, sink: { _ in })
    let size = try FileDescriptor.open("\(outcome.upper.path)/f", O_RDONLY).status().size
    usleep(100_000)
    #expect(try FileDescriptor.open("\(outcome.upper.path)/f", O_RDONLY).status().size == size && size > 0)
    try outcome.place.remove()
  }

  @Test(
    "it stops within a second, whatever it does",
    arguments: [
      "sleep 1000", "yes", "while :; do sleep 1000 & done", "trap '' TERM INT HUP; while :; do :; done",
      "f() { f | f & }; f; sleep 1000",
    ])
  func stops(text: String) throws {
    let step = try bench.step(text)
    let stopped = Monitor<timespec?>(nil)
    let thread = try Thread {
      usleep(500_000)
      stopped.update { time in
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        time = now
      }
      step.stop()
    }
    #expect(throws: Failure.self) { try bench.finish(step) }
    thread.join()
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &end)
    let start = try #require(stopped.update { $0 })
    let took = Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    #expect(took < 1, "\(took)")
    #expect(bench.remains == [])
  }

  @Test("what was stopped before does not begin")
  func stoppedBefore() throws {
    let step = try bench.step("echo x")
    step.stop()
    #expect(throws: Failure.self) { try bench.finish(step) }
    #expect(bench.remains == [])
  }

  @Test("many at once, of several threads, each with its own files")
  func many() throws {
    let problems = Monitor<[String]>([])
    let bench = bench
    let threads = try (0..<6).map { number in
      try Thread {
        for round in 0..<4 {
          do {
            let result = try bench.run("echo \(number) > /f-\(number)-\(round); cat /f*; exit \(round)")
            if result.text != "\(number)\n" || result.changes != ["f-\(number)-\(round)"]
              || result.status != CInt(round)
            {
              problems.update { $0.append("\(result)") }
            }
          } catch { problems.update { $0.append("\(error)") } }
        }
      }
    }
    threads.forEach { $0.join() }
    #expect(problems.update { $0 } == [])
    #expect(bench.remains == [])
  }
}
