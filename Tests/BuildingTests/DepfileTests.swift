import TestSupport
import Testing

@testable import Building

struct DepfileTests {
  @Test("the rule has each file once, the target never, and an empty rule for each")
  func rule() {
    #expect(
      Depfile.text(target: "app.iid", files: ["a", "b c", "a", "app.iid"])
        == "app.iid: \\\n  a \\\n  b\\ c\n\na:\n\nb\\ c:\n")
  }

  @Test(
    "make understands every name",
    arguments: ["plain", "two words", "a#b", "c$d", "e\\f", "g\\ h", "i\\\\ j", "ü"])
  func make(name: String) throws {
    let scratch = try Scratch()
    try scratch.write(name, "x")
    try scratch.write("d", Depfile.text(target: "out", files: [name]))
    try scratch.write("Makefile", "out:\n\ttouch out\ninclude d\n")
    let script = "cd '\(scratch.path)' && make -s && make -q && touch -d tomorrow -- '\(name)' && ! make -q"
    #expect(try Command(["/bin/sh", "-c", script]).wait().status == 0)
  }
}
