import Glibc
import Image
import LayerStore
import Overlay
import System
import TestSupport
import Testing
import Transfer

@testable import Build

@Suite struct CommitUpperTests {
  /// A base with a few directories.
  static func base(_ room: CommitScratch) throws -> StoredLayer {
    try room.write { (tar) throws(Failure) in
      for name in ["etc", "tmp", "run", "var", "srv"] { try tar.directory(name) }
      try tar.file("etc/hosts", [])
      try tar.file("etc/passwd", Array("root\n".utf8))
      try tar.file("srv/a", Array("a\n".utf8))
      try tar.symlink("var/run", to: "/run")
    }.tree
  }

  @Test("an upper directory becomes the tree, as unpacking its tar would make it")
  func adopted() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch(.plain)
    let base = try Self.base(room)
    let (layer, tree) = try room.run(
      on: [base],
      """
      echo more >> etc/passwd; rm srv/a; mkdir new; echo x > new/x; ln new/x new/y; chown 7:8 new/x
      rm -r srv; mkdir srv; echo b > srv/b; mkfifo new/pipe; python3 -c 'import socket;socket.socket(socket.AF_UNIX).bind("new/s")'
      setfattr -n user.a -v b new/y; chmod 4755 new/x
      """)
    #expect(tree.place == "trusted/sha256-\(layer.id.diffID.digest.hex)")
    let listing = try room.listing(tree.path)
    #expect(listing.contains("new/pipe p") && !listing.contains("new/s ") && !listing.contains("srv/a"))
    #expect(try Scratch.names("\(room.store.path)/mounts") == [])
    // Unpacked elsewhere, it is the same.
    let other = try CommitScratch(.plain)
    let blob = room.scratch.path("images/blobs/sha256/\(layer.blob.digest.hex)")
    let unpacked = try other.unpacked(blob)
    #expect(try other.listing(unpacked) == listing)
  }

  @Test("a command that changes nothing gives a layer of nothing")
  func nothing() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch()
    let base = try Self.base(room)
    let (layer, tree) = try room.run(on: [base], "cat etc/passwd > /dev/null")
    // 1,024 zeros.
    #expect(
      layer.id.diffID.description
        == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef")
    #expect(try Scratch.names(tree.path) == [])
    let again = try room.run(on: [base, tree], "true")
    #expect(again.tree.path == tree.path)
    let more = try room.run(on: [base, tree, again.tree], "echo x > tmp/x")
    #expect(try Scratch.names("\(more.tree.path)/tmp") == ["x"])
  }

  @Test("times after SOURCE_DATE_EPOCH are clamped in the tree, as in the tar")
  func clamped() throws {
    guard requireRoot() else { return }
    let room = try CommitScratch(latest: 1_600_000_000)
    let base = try Self.base(room)
    let (layer, tree) = try room.run(
      on: [base], "mkdir d; echo x > d/x; touch -d @5 d/old; ln -s x d/l; rm srv/a; touch -d @6 tmp")
    let times = try room.scratch.shell("cd \(tree.path); find d tmp srv ! -type c -printf '%p %T@\\n' | sort")
    #expect(
      times
        == """
        d 1600000000.0000000000
        d/l 1600000000.0000000000
        d/old 5.0000000000
        d/x 1600000000.0000000000
        srv 1600000000.0000000000
        tmp 6.0000000000

        """)
    let again = try CommitScratch(latest: 1_600_000_000)
    let other = try again.run(
      on: [Self.base(again)],
      "mkdir d; echo x > d/x; touch -d @5 d/old; ln -s x d/l; rm srv/a; touch -d @6 tmp")
    #expect(other.layer.blob == layer.blob)
  }
}
