import Glibc
import System
import Testing

@testable import CommandLine

@Suite struct EnvironmentTests {
  @Test(
    "the default layout is $IMG_LAYOUT, else in the place for data",
    arguments: [
      (["IMG_LAYOUT": "store", "HOME": "/h"], false, "store"),
      (["IMG_LAYOUT": "store"], true, "store"),
      (["HOME": "/root", "XDG_DATA_HOME": "/d"], true, "/var/lib/ociutils/images"),
      (["HOME": "/h"], false, "/h/.local/share/ociutils/images"),
      (["HOME": "/h", "XDG_DATA_HOME": "/d"], false, "/d/ociutils/images"),
      (["HOME": "/h", "XDG_DATA_HOME": ""], false, "/h/.local/share/ociutils/images"),
      (["HOME": "/h", "XDG_DATA_HOME": "relative"], false, "/h/.local/share/ociutils/images"),
      (["HOME": "/h", "IMG_LAYOUT": ""], false, "/h/.local/share/ociutils/images"),
    ] as [([String: String], Bool, String)])
  func layout(variables: [String: String], isRoot: Bool, path: String) throws {
    #expect(try Environment(variables, isRoot: isRoot).defaultLayout() == path)
  }

  @Test("the layer store does not follow $IMG_LAYOUT")
  func layers() throws {
    let variables = ["IMG_LAYOUT": "store", "HOME": "/h"]
    #expect(try Environment(variables, isRoot: false).layerStore() == "/h/.local/share/ociutils/layers")
    #expect(try Environment(variables, isRoot: true).layerStore() == "/var/lib/ociutils/layers")
    #expect(try Environment(["IMG_LAYERS": "/l"], isRoot: true).layerStore() == "/l")
  }

  @Test(
    "a default layout that no operand could name is refused",
    arguments: [
      (["IMG_LAYOUT": "a:b"], FailureKind.usage), (["IMG_LAYOUT": "a@b"], .usage),
      (["IMG_LAYOUT": "a\nb"], .usage), (["XDG_DATA_HOME": "/a:b"], .usage),
      (["IMG_LAYOUT": "caf\u{FFFD}"], .usage), ([:], .failed), (["HOME": ""], .failed),
    ] as [([String: String], FailureKind)])
  func refused(variables: [String: String], kind: FailureKind) {
    let failure = #expect(throws: Failure.self) {
      try Environment(variables, isRoot: false).defaultLayout()
    }
    #expect(failure?.kind == kind)
  }

  @Test(
    "SOURCE_DATE_EPOCH is a whole number of seconds",
    arguments: [("0", 0), ("1700000000", 1_700_000_000), ("253402300799", 253_402_300_799)]
      as [(String, Int64)])
  func date(text: String, seconds: Int64) throws {
    #expect(try Environment(["SOURCE_DATE_EPOCH": text], isRoot: true).sourceDate() == seconds)
  }

  @Test(
    "SOURCE_DATE_EPOCH that is anything else is an error",
    arguments: ["", "-1", "+1", " 1", "1.5", "0x10", "1e3", "253402300800", "99999999999999999999", "١"])
  func noDate(text: String) {
    let failure = #expect(throws: Failure.self) {
      try Environment(["SOURCE_DATE_EPOCH": text], isRoot: true).sourceDate()
    }
    #expect(failure?.kind == .usage)
  }

  @Test("without SOURCE_DATE_EPOCH there is no date, without TMPDIR there is /tmp")
  func missing() throws {
    let empty = Environment([:], isRoot: false)
    #expect(try empty.sourceDate() == nil)
    #expect(try empty.temporaryDirectory() == "/tmp")
    #expect(try Environment(["TMPDIR": "/t"], isRoot: false).temporaryDirectory() == "/t")
  }

  @Test(
    "NO_COLOR and a dumb terminal get plain text",
    arguments: [
      (["TERM": "xterm"], false), (["TERM": "dumb"], true), ([:], true),
      (["TERM": "xterm", "NO_COLOR": ""], false),
      (["TERM": "xterm", "NO_COLOR": "0"], true),
    ] as [([String: String], Bool)])
  func plain(variables: [String: String], plain: Bool) {
    #expect(Environment(variables, isRoot: false).wantsPlainText == plain)
  }

  @Test("the snapshot has what the process has")
  func current() {
    setenv("OCIUTILS_TEST", "a=b=c", 1)
    #expect(Environment.current()["OCIUTILS_TEST"] == "a=b=c")
    #expect(Environment.current().isRoot == (geteuid() == 0))
  }
}
