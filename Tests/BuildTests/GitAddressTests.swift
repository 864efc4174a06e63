import Glibc
import System
import TestSupport
import Testing

@testable import Build

@Suite("git addresses")
struct GitAddressTests {
  @Test(
    "what is one",
    arguments: [
      ("https://host/x.git", true), ("http://host/x.git#main:sub", true),
      ("HTTPS://host/x.git?branch=a", true),
      ("git://host/x", true), ("ssh://git@host/x", true), ("git@host:x/y", true), ("git@host:x.git#v1", true),
      ("https://host/x", false), ("https://host/x.git/y", false), ("https://host/x?a=.git", false),
      ("file:///x.git", false), ("ext::sh -c id", false), ("/x.git", false), ("x.git", false),
      ("-u@host:x", false),
      ("a@-oProxyCommand=id:x", false), ("a/b@host:x", false), ("@host:x", false), ("git@host:", false),
      ("", false),
    ])
  func isOne(text: String, is one: Bool) { #expect(GitAddress.isOne(text) == one) }

  @Test(
    "what it says",
    arguments: [
      ("https://h/x.git", "https://h/x.git", nil, nil), ("https://h/x.git#", "https://h/x.git", nil, nil),
      ("https://h/x.git#v1", "https://h/x.git", "v1", nil),
      ("https://h/x.git#v1:a/b", "https://h/x.git", "v1", "a/b"),
      ("https://h/x.git#:a", "https://h/x.git", nil, "a"), ("git@h:x#f/b:a", "git@h:x", "f/b", "a"),
      ("https://h/x.git?branch=b&subdir=s%2Ft", "https://h/x.git", "refs/heads/b", "s/t"),
      ("https://h/x.git?tag=v1", "https://h/x.git", "refs/tags/v1", nil),
      ("git://h/x?ref=refs/pull/1/head", "git://h/x", "refs/pull/1/head", nil),
    ] as [(String, String, String?, String?)])
  func parsed(text: String, remote: String, reference: String?, subdirectory: String?) throws {
    let address = try GitAddress(parsing: text)
    #expect(address.remote == remote)
    #expect(address.reference == reference)
    #expect(address.subdirectory == subdirectory)
  }

  @Test(
    "what is refused",
    arguments: [
      "https://h/x.git#--upload-pack=id", "https://h/x.git?branch=a&tag=b", "https://h/x.git?bogus=1",
      "https://h/x.git#a..b", "https://h/x.git#a:b?c=d\u{1b}", "ssh://-oProxyCommand=id/x", "git://git@-x/y",
      "https://h/x.git?ref=-u", "https://h/x.git?checksum=abc", "https://h/x.git?keep-git-dir=maybe",
      "git://h/x y",
      "https://h/x.git?ref=a%0ab", "https://h/x.git?ref=%zz", "https://h/x.git?tag=a#b", "ssh:///x",
      "git://h/x#a^{}",
    ])
  func refused(text: String) {
    #expect(throws: Failure.self) { try GitAddress(parsing: text) }
  }

  @Test("passwords are not shown")
  func shown() throws {
    #expect(try GitAddress(parsing: "https://me:secret@h/x.git#v1").shown == "https://h/x.git")
    let error = failure { _ = try GitAddress(parsing: "https://me:secret@h/x.git#-x") }
    #expect(error?.contains("secret") == false)
  }
}

/// A repository that `git daemon` serves.
private final class Served {
  let scratch: Scratch
  private let daemon: Command
  let address: String

  init(_ script: String) throws {
    scratch = try Scratch()
    try scratch.shell(
      """
      mkdir work; cd work; export HOME=/nowhere GIT_CONFIG_NOSYSTEM=1
      export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
      git init -q -b main .
      \(script)
      cd ..; mkdir served; git clone -q --bare work served/x.git
      """)
    let port = Int.random(in: 20_000..<32_000)
    daemon = try Command([
      "git", "daemon", "--listen=127.0.0.1", "--port=\(port)", "--export-all",
      "--base-path=\(scratch.path("served"))",
    ])
    address = "git://127.0.0.1:\(port)/x.git"
    for _ in 0..<200 {
      if try Command(["git", "ls-remote", "-q", address]).wait().status == 0 { return }
      usleep(50_000)
    }
    throw Failure(.failed, address, "does not answer")
  }

  deinit { daemon.stop() }

  /// The names of the files that come of an address.
  func files(_ rest: String, keeps: Bool = false) throws -> [String] {
    let place = try ScratchDirectory(in: scratch.path)
    let environment = ["PATH": "/usr/bin:/bin", "GIT_DIR": "/nowhere"]
    let path = try GitAddress(parsing: address + rest).checkOut(
      below: place.path, keepsGitDirectory: keeps, environment: environment)
    let found = try Command(["find", path + "/.", "-mindepth", "1", "-printf", "%P\\n"]).wait()
    return found.lines.map(String.init).filter { !$0.hasPrefix(".git/") }.sorted()
  }
}

@Suite("git repositories")
struct GitCheckoutTests {
  private static let script = """
    mkdir sub; echo 1 > one; echo s > sub/deep; ln -s sub inside; ln -s ../../.. up; ln -s /etc abs; ln -s .git dot
    git add .; git commit -qm 1; git tag -a -m v1 v1; git checkout -qb side; echo 2 > two; git add .; git commit -qm 2
    git checkout -q main
    """

  @Test("branches, tags, commits and directories")
  func references() throws {
    let served = try Served(Self.script)
    let all = ["abs", "dot", "inside", "one", "sub", "sub/deep", "up"]
    #expect(try served.files("") == all)
    #expect(try served.files("#v1") == all)
    #expect(try served.files("?branch=side") == (all + ["two"]).sorted())
    #expect(try served.files("#side:sub") == ["deep"])
    #expect(try served.files("#:inside") == ["deep"], "a link within it is followed")
    #expect(try served.files("", keeps: true) == ([".git"] + all))
    try served.scratch.shell(
      "cd work; git rev-parse side~1 | tr -d '\\n' > ../commit; git rev-parse HEAD > /dev/null")
    let commit = try served.scratch.text("commit")
    #expect(try served.files("#\(commit)") == all)
    #expect(try served.files("?checksum=\(commit)") == all)
    let error = #expect(throws: Failure.self) { try served.files("?branch=side&checksum=\(commit)") }
    #expect(error?.kind == .invalid)
    #expect(
      failure { _ = try served.files("#none") }?.hasSuffix("the repository does not contain ref none") == true
    )
  }

  @Test(
    "a directory outside of the repository is refused, whichever way it is named",
    arguments: [
      "up", "abs", "..", "../..", "sub/../..", "dot", ".git", "none", "one",
    ])
  func outside(directory: String) throws {
    let served = try Served(Self.script)
    #expect(throws: Failure.self) { try served.files("#main:\(directory)") }
  }

  @Test(
    "submodules come over the network only, and run nothing",
    arguments: [
      "/etc", "file:///etc", "ext::sh -c touch% /tmp/ociutils-submodule", "-u./x",
    ])
  func submodules(address: String) throws {
    let served = try Served(
      """
      echo 1 > one; git add .; git commit -qm 1
      printf '[submodule "m"]\\n\\tpath = m\\n\\turl = \(address)\\n\\tupdate = none\\n' > .gitmodules
      sed -i /update/d .gitmodules
      git add .gitmodules; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),m; git commit -qm 2
      """)
    #expect(throws: Failure.self) { try served.files("") }
    #expect(access("/tmp/ociutils-submodule", F_OK) != 0)
    #expect(try served.files("?submodules=false") == [".gitmodules", "m", "one"])
  }

  @Test("submodules are fetched, those of submodules too, wherever they are relative to")
  func nested() throws {
    let served = try Served(
      """
      echo 1 > one; git add .; git commit -qm 1
      printf '[submodule "m"]\\n\\tpath = m\\n\\turl = ../x.git\\n' > .gitmodules
      git add .gitmodules; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),m; git commit -qm 2
      """)
    #expect(try served.files("") == [".gitmodules", "m", "m/.git", "m/one", "one"])
  }
}
