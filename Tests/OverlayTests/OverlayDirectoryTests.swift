import Glibc
import System
import TestSupport
import Testing

@testable import Overlay

@Suite struct OverlayDirectoryTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func layers(_ names: [String]) throws -> OverlayDirectory {
    try OverlayDirectory(roots: names.map { try scratch.open($0) }, dialect: .trusted)
  }

  @Test("random layers merge as the kernel merges them", arguments: 0..<60)
  func random(_ seed: UInt64) throws {
    guard requireRoot() else { return }
    var random = RandomLayers(seed: seed)
    let names = ["1", "2", "3", "4"]
    for name in names { try random.fill(scratch.make(name)) }
    let mounted = try scratch.mountOverlay("mounted", lower: names, "ro,redirect_dir=follow,metacopy=on")
    #expect(try tree(layers(names)) == tree(mounted))
  }

  @Test("what overlayfs leaves of commands reads as overlayfs shows it")
  func commands() throws {
    guard requireRoot() else { return }
    try scratch.shell(
      """
      mkdir -p 1/d/e/f 1/g 2/d/e 2/h; echo low > 1/d/e/f/file; echo two > 2/d/e/two; echo x > 2/h/x; echo y > 1/g/y
      """)
    let options = "redirect_dir=on,metacopy=on"
    _ = try scratch.make("upper")
    let mounted = try scratch.mountOverlay("mounted", lower: ["2", "1"], upper: "upper", options)
    try scratch.shell(
      """
      cd mounted; mv d/e moved; mv moved/f moved/ff; chmod 600 moved/ff/file; mv moved/ff/file deep; rm -r h; mkdir h
      mv g/y g/z; chown 7:8 g/z
      """)
    let view = try tree(layers(["upper", "2", "1"]))
    #expect(view == (try tree(mounted)))
    #expect(view["/deep"]?.contains("108, 111, 119, 10") == true)
  }

  @Test("a root that is opaque ends the merge")
  func opaqueRoot() throws {
    guard requireRoot() else { return }
    try scratch.shell("mkdir 1 2; touch 1/a 2/b; setfattr -n trusted.overlay.opaque -v y 2")
    #expect(try layers(["2", "1"]).names() == [FileName("b")])
  }

  @Test("in the user dialect its own marks count, and redirects don't")
  func userDialect() throws {
    try scratch.shell(
      """
      mkdir -p 1/a 1/b 2/a 2/c; touch 1/a/old 2/a/new 1/b/x
      setfattr -n user.overlay.opaque -v y 2/a; setfattr -n user.overlay.redirect -v b 2/c
      """)
    let view = try OverlayDirectory(roots: ["2", "1"].map { try scratch.open($0) }, dialect: .user)
    #expect(try tree(view).keys.sorted() == ["/a", "/a/new", "/b", "/b/x", "/c"])
  }

  @Test(
    "a redirect that overlayfs would not write is an error", arguments: ["..", "/", "/a/../b", "a/b", "/."])
  func badRedirect(_ redirect: String) throws {
    guard requireRoot() else { return }
    try scratch.shell("mkdir -p 1/a 2/c; setfattr -n trusted.overlay.redirect -v '\(redirect)' 2/c")
    let view = try layers(["2", "1"])
    #expect(throws: Errno(EINVAL)) { try view.directory(FileName("c")) }
  }

  @Test("a symbolic link is no directory") func link() throws {
    try scratch.shell("mkdir -p 1/a; ln -s /etc 1/b; ln -s a 1/c")
    let view = try layers(["1"])
    #expect(try view.directory(FileName("b")) == nil)
    #expect(try view.directory(FileName("c")) == nil)
    #expect(try view.directory(FileName("a")) != nil)
    #expect(try view.directory(FileName("none")) == nil)
  }
}
