import Glibc
import System
import TestSupport
import Testing

@testable import LayerStore

@Suite struct RemovalTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func directory(_ name: String) throws -> FileDescriptor {
    try FileDescriptor.open(scratch.path, O_RDONLY | O_DIRECTORY).privateSubdirectory(name)
  }

  @Test("a tree of 3,000 levels, each with files, is measured and removed with few descriptors")
  func deep() throws {
    let root = try directory("d")
    var place = root
    for level in 0..<3_000 {
      try place.makeNode(FileName("f"), mode: S_IFREG | 0o600)
      // Names that the removal itself gives.
      place = try place.privateSubdirectory(level % 2 == 0 ? ".removed-\(level)" : "d")
    }
    _ = try root.diskUsage()
    try root.removeContents()
    #expect(try root.names() == [])
  }

  @Test("directories that their owner may not change are removed by an ordinary user")
  func unprivileged() throws {
    try #require(geteuid() == 0, "only root can become somebody else")
    chmod(scratch.path, 0o777)
    let store = scratch.path("s")
    func asUser(_ words: String...) throws -> Command.Outcome {
      let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
      return try Command(user + [Command.probe] + words).wait()
    }
    #expect(try asUser("unpack", store, "ab", "locked").text == "made a\nmade b\n")
    let outcome = try asUser("collect", store)
    #expect(outcome.status == 0 && outcome.lines.count == 2, "\(outcome.text)")
    #expect(try Scratch.names("\(store)/trusted") == [".new"])
    #expect(try Scratch.names("\(store)/trusted/.new") == [])
  }

  @Test("sizes count a file of two names once")
  func size() throws {
    let root = try directory("d")
    let before = try root.diskUsage()
    try write(scratch.path("d/file"), [UInt8](repeating: 1, count: 100_000))
    let one = try root.diskUsage()
    #expect(one >= before + 100_000 && one < before + 200_000)
    try root.link(FileName("file"), as: FileName("other"), in: root.privateSubdirectory("sub"))
    #expect(try root.diskUsage() < one + 100_000)
  }
}
