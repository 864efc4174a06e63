import Glibc
import Overlay
import System
import TestSupport
import Testing

@testable import Layer

@Suite struct LayerDifferenceTests {
  static let lower = """
    mkdir -p d/sub/deep e gone/x opaque; echo one > d/one; echo two > d/sub/two; echo three > d/sub/deep/three
    echo hard > e/h1; ln e/h1 e/h2; ln -s d link; echo x > gone/x/f; echo o > opaque/old; echo big > m; mkfifo p
    setfattr -n user.old -v v d/one; touch -d '2010-01-01 UTC' $(find . -mindepth 1 -not -type l)
    """

  /// Commands, by what they show.
  static let changes: [(String, String)] = [
    ("nothing", "true"),
    ("rm", "rm d/one; rm -r gone; rm link p"),
    ("mkdir", "mkdir -p new/a/b; mkdir d/x; chmod 2750 new; chown 7:8 d/x"),
    ("a directory anew", "rm -r opaque; mkdir opaque; echo n > opaque/new; rm -r d; mkdir d; mkdir d/sub"),
    ("a renamed directory", "mv d/sub moved; echo more >> moved/two; rm moved/deep/three"),
    ("a directory renamed twice, below another", "mv d/sub e/s; mv e n; mv n/s/deep n/dd; touch n/dd/y"),
    ("a directory renamed over an old name", "rm -r e; mv d e; mkdir d; mv e/sub d/sub"),
    ("hard links", "ln d/one again; echo h > z; ln z a; ln z d/zz; ln e/h1 e/h3; ln -s q l1; ln l1 l2"),
    ("chmod", "chmod 4711 m; chmod 700 d; chmod 751 ."),
    ("chown", "chown -R 70000:3000000 d; chown -h 12:13 link; chown 99 m"),
    ("metacopy and mv", "chmod 600 d/sub/two; mv d/sub/two here; chown 9 m; mv m mm; ln mm mmm"),
    (
      "attributes",
      "setfattr -n user.new -v $'v\\nw' d/one; setfattr -x user.old d/one; setfattr -n trusted.t -v 1 d; "
        + "setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 m"
    ),
    (
      "nodes",
      "mknod c c 4000 100000; mknod b b 8 1; mkfifo f; rm p; mknod p c 1 3; rm -r gone; mknod gone b 1 2"
    ),
    ("sizes", "truncate -s 3M hole; printf end >> hole; truncate -s 2 d/one; : > m"),
    (
      "times",
      "touch -d '1960-01-01 00:00:00.25 UTC' d/one; touch -d '2500-05-05 01:02:03.000000001 UTC' m; touch -h link"
    ),
    ("a file for a directory", "rm -r d; echo f > d; rm m; mkdir m; touch m/in; rm link; mkdir link"),
    (
      "names",
      "touch $'\\xff\\xfe' $'a\\nb' ' ' $'\\u00e4' -- -x; n=$(printf 'n%.0s' $(seq 200)); mkdir -p $n/$n; touch $n/$n/$n; "
        + "ln -s $n/$n/$n far; ln $n/$n/$n near; mkdir $n/$n/$'\\xff'"
    ),
  ]

  @Test("applied to what is below, a difference gives the merged tree", arguments: changes)
  func roundTrip(_ what: String, _ commands: String) throws {
    guard requireRoot() else { return }
    let overlay = try ChangedOverlay(Self.lower, commands)
    let tar = try overlay.difference()
    #expect(try overlay.difference() == tar)
    try overlay.unpack(tar)
    try overlay.mount("mounted2", "ro,lowerdir=\(overlay.path)/unpacked:\(overlay.path)/lower")
    #expect(try overlay.seen("mounted2") == overlay.seen("mounted"), "\(what)")
    // What came of unpacking is unpacked again.
    let again = try overlay.difference("again.tar", of: "unpacked")
    try overlay.shell("mkdir unpacked3")
    try overlay.unpack(again, into: "unpacked3")
    try overlay.mount("mounted3", "ro,lowerdir=\(overlay.path)/unpacked3:\(overlay.path)/lower")
    #expect(try overlay.seen("mounted3") == overlay.seen("mounted"), "\(what), again")
  }

  @Test("other readers take every difference without a word", arguments: changes)
  func readers(_ what: String, _ commands: String) throws {
    guard requireRoot() else { return }
    let overlay = try ChangedOverlay(Self.lower, commands)
    let count = try entries(overlay.difference()).count
    let readers = [
      "LC_ALL=C.UTF-8 tar --quoting-style=escape -tf layer.tar", "LC_ALL=C.UTF-8 bsdtar -tf layer.tar",
      "python3 -c 'import tarfile; [print(repr(m.name)) for m in tarfile.open(\"layer.tar\")]'",
    ]
    for reader in readers {
      let listed = try overlay.shell("\(reader) 2>&1").split(separator: "\n")
      #expect(listed.count == count, "\(what): \(reader): \(listed)")
    }
  }

  @Test("the members and their order are these") func members() throws {
    guard requireRoot() else { return }
    let overlay = try ChangedOverlay(
      "mkdir -p a b/c; touch a/x b/c/y f",
      "rm f a/x; touch a/B a/z a/sub; rm -r b; mkdir b; touch b/n; ln a/z a.link")
    let names = try entries(overlay.difference()).map { String(decoding: $0.path, as: UTF8.self) }
    #expect(
      names == ["a/", "a/B", "a/sub", "a/.wh.x", "a/z", "a.link", "b/", "b/.wh..wh..opq", "b/n", ".wh.f"])
  }

  @Test("newer times become SOURCE_DATE_EPOCH, older ones stay") func clamped() throws {
    guard requireRoot() else { return }
    let overlay = try ChangedOverlay("true", "touch -d @500.5 old; touch -d @1000.5 same; touch -d @2000 new")
    let entries = try entries(overlay.difference(clampedTo: 1000))
    #expect(entries.map(\.modified) == [1000, 500, 1000])
    #expect(entries.map(\.nanoseconds) == [0, 500_000_000, 0])
  }

  @Test("a name that a layer would take for a whiteout is refused") func whiteoutName() throws {
    guard requireRoot() else { return }
    let overlay = try ChangedOverlay("true", "mkdir d; touch d/.wh.x")
    do {
      try overlay.difference()
      Issue.record("written")
    } catch { #expect((error as? Failure)?.subject == "upper/d/.wh.x") }
  }

  @Test("what was renamed is refused where what is below is not known") func unknownBelow() throws {
    guard requireRoot() else { return }
    let overlay = try ChangedOverlay("mkdir d; echo x > f", "mv d e; chmod 600 f")
    #expect(throws: Failure.self) {
      try LayerDifference.write(overlay.open("upper"), dialect: .trusted, on: nil, name: "upper") { _ in }
    }
  }

  @Test("a Go reader takes it", arguments: changes) func podman(_ what: String, _ commands: String) throws {
    guard requireRoot(), system("command -v podman > /dev/null") == 0 else { return }
    let overlay = try ChangedOverlay(Self.lower, commands)
    try overlay.difference()
    try overlay.shell(
      """
      mkdir root run; podman --root root --runroot run --storage-driver vfs import -q layer.tar 2>&1
      podman --root root --runroot run --storage-driver vfs rmi -af
      """)
  }

  @Test("sockets are left out") func socket() throws {
    guard requireRoot() else { return }
    let overlay = try ChangedOverlay("true", "python3 -c 'import socket; socket.socket(1).bind(\"s\")'")
    #expect(try entries(overlay.difference()).isEmpty)
  }
}
