import Glibc
import Image
import Layout
import System
import TestSupport
import Testing

/// Layouts as other tools write them.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ForeignLayoutTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// An image of one small layer, in a layout of our own.
  private func sample() throws -> String {
    let path = scratch.path("sample")
    try #require(try Command.run(Command.probe, path, "sample:1").status == 0)
    return path
  }

  private func run(_ words: String...) throws {
    let outcome = try Command(words).wait()
    try #require(outcome.status == 0, "\(words.joined(separator: " ")): \(outcome.text)")
  }

  /// Everything in it can be read, and an image added beside what is there.
  private func check(_ path: String, entries: Int = 1, blobs: Int) throws {
    let check = try LayoutCheck(path)
    #expect(check.blobs.count == blobs)
    let before = try LayoutDirectory.open(path).index().manifests
    #expect(before.count == entries)
    try #require(try Command.run(Command.probe, path, "another:1").status == 0)
    let after = try LayoutDirectory.open(path).index().manifests
    #expect(Array(after.prefix(entries)) == before && after.count == entries + 1)
    _ = try LayoutCheck(path)
  }

  @Test(
    "skopeo's layouts are read, and ours by skopeo", .enabled(if: Command.available("skopeo"), "no skopeo"))
  func skopeo() throws {
    let path = scratch.path("skopeo")
    try run("skopeo", "copy", "--insecure-policy", "oci:\(try sample()):sample:1", "oci:\(path):v1")
    try check(path, blobs: 3)
    try run("skopeo", "inspect", "oci:\(path):another:1")
  }

  @Test("umoci's layouts are read, and ours by umoci", .enabled(if: Command.available("umoci"), "no umoci"))
  func umoci() throws {
    let path = scratch.path("umoci")
    try run("umoci", "init", "--layout", path)
    #expect(try LayoutDirectory.open(path).index().manifests.isEmpty)
    try run("umoci", "new", "--image", "\(path):v1")
    try check(path, blobs: 2)
    try run("umoci", "tag", "--image", "\(path):another:1", "third")
    _ = try LayoutCheck(path)
  }

  @Test(
    "buildah's layouts are read, with one image and with a list",
    .enabled(if: Command.available("buildah"), "no buildah"))
  func buildah() throws {
    let storage = [
      "buildah", "--root", scratch.path("root"), "--runroot", scratch.path("run"), "--storage-driver", "vfs",
    ]
    func buildah(_ words: String...) throws -> String {
      let outcome = try Command(storage + words).wait()
      try #require(outcome.status == 0, "\(words): \(outcome.text)")
      return String(outcome.lines.last ?? "")
    }
    let container = try buildah("from", "scratch")
    try write(scratch.path("file"), "hello")
    _ = try buildah("copy", container, scratch.path("file"), "/file")
    _ = try buildah("commit", container, "localhost/tiny")
    let path = scratch.path("buildah")
    _ = try buildah("push", "localhost/tiny", "oci:\(path):v1")
    try check(path, blobs: 3)

    _ = try buildah("manifest", "create", "list", "localhost/tiny")
    let list = scratch.path("list")
    _ = try buildah("manifest", "push", "--all", "list", "oci:\(list):v1")
    try check(list, blobs: 4)
    #expect(try LayoutCheck(list).mediaTypes.contains(.imageIndex))
  }
}
