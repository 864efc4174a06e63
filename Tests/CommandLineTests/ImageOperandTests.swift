import Image
import System
import Testing

@testable import CommandLine

@Suite struct ImageOperandTests {
  private static let hex = String(repeating: "0123456789abcdef", count: 4)
  private static let digest = Digest(.sha256, hex: hex)!
  private static var long: Digest { Digest(.sha512, hex: hex + hex)! }

  @Test(
    "each form of an operand",
    arguments: [
      ("-", ImageOperand(.standardInput)),
      ("-:busybox", ImageOperand(.standardInput, .name("busybox"))),
      ("-@\(digest)", ImageOperand(.standardInput, .digest(digest))),
      ("-:busybox@\(digest)", ImageOperand(.standardInput, .nameAtDigest("busybox", digest))),
      ("store", ImageOperand(.path("store"))),
      ("./-", ImageOperand(.path("./-"))),
      ("-x", ImageOperand(.path("-x"))),
      ("store:busybox", ImageOperand(.path("store"), .name("busybox"))),
      (
        "store:localhost:5000/team/app:1.2",
        ImageOperand(.path("store"), .name("localhost:5000/team/app:1.2"))
      ),
      ("store@\(digest)", ImageOperand(.path("store"), .digest(digest))),
      ("store@\(long)", ImageOperand(.path("store"), .digest(long))),
      ("store:a:1@\(digest)", ImageOperand(.path("store"), .nameAtDigest("a:1", digest))),
      ("store:@\(digest)", ImageOperand(.path("store"), .digest(digest))),
      ("store:0123456", ImageOperand(.path("store"), .name("0123456"))),
      (":", ImageOperand(.defaultLayout)),
      (":busybox", ImageOperand(.defaultLayout, .name("busybox"))),
      (":busybox@\(digest)", ImageOperand(.defaultLayout, .nameAtDigest("busybox", digest))),
      ("@\(digest)", ImageOperand(.defaultLayout, .digest(digest))),
      // Names of other tools may hold what a digest begins with.
      ("store:a@b", ImageOperand(.path("store"), .name("a@b"))),
      ("store:a@b@\(digest)", ImageOperand(.path("store"), .nameAtDigest("a@b", digest))),
      (
        "store:a@\(digest)@\(digest)",
        ImageOperand(.path("store"), .nameAtDigest("a@\(digest)", digest))
      ),
    ])
  func forms(text: String, operand: ImageOperand) throws {
    #expect(try ImageOperand(parsing: text, exists: { _ in false }) == operand)
  }

  @Test(
    "what exists as a whole is a path, but for the dash",
    arguments: ["a:b", "a@b", "/images/app:1.2.tar", ":", ":x", "-:x", "plain", "a:b@c"])
  func existing(text: String) throws {
    #expect(try ImageOperand(parsing: text, exists: { $0 == text }) == ImageOperand(.path(text)))
    #expect(try ImageOperand(parsing: "-", exists: { _ in true }) == ImageOperand(.standardInput))
  }

  @Test("only the whole operand is looked for")
  func wholeOnly() throws {
    var asked: [String] = []
    _ = try ImageOperand(parsing: "a:b") { path in
      asked.append(path)
      return false
    }
    #expect(asked == ["a:b"])
  }

  @Test("the real file system is asked by default")
  func real() throws {
    #expect(try ImageOperand(parsing: "/dev/null") == ImageOperand(.path("/dev/null")))
    #expect(try ImageOperand(parsing: "/dev/nul:l") == ImageOperand(.path("/dev/nul"), .name("l")))
  }

  @Test(
    "what is none of the forms is a usage error",
    arguments: [
      "", "store:", "-:", "store@", "store@busybox", "store@sha256:12", "-@sha1:\(hex)", "store:a@sha256:12",
      "store@sha256:\(hex.uppercased())", "store:a@sha256:", "@", "store@sha256:\(hex)0",
    ])
  func wrong(text: String) {
    let failure = #expect(throws: Failure.self) { try ImageOperand(parsing: text, exists: { _ in false }) }
    #expect(failure?.kind == .usage)
    #expect(failure?.subject.contains(text) == true)
  }

  @Test("no operand traps, whatever it holds")
  func fuzz() {
    var random = SystemRandomNumberGenerator()
    let alphabet: [Character] = [":", "@", "-", "/", "a", "0", "\n", "\0", "é", "s"]
    for _ in 0..<20_000 {
      let text = String((0..<Int.random(in: 0..<12, using: &random)).map { _ in alphabet.randomElement()! })
      _ = try? ImageOperand(parsing: text, exists: { _ in false })
      _ = try? OutputTarget(parsing: text)
    }
  }

  @Test(
    "what is printed is read back as the same image",
    arguments: [
      ("store", "busybox:latest"), ("a/b c", "localhost:5000/team/app:1.2"), ("-", "x:1"), ("-x", "x:1"),
      ("./store", nil), ("/é", "a@b"), ("store", "a@\(digest)"), ("-", nil),
    ] as [(String, String?)])
  func roundTrip(layout: String, name: String?) throws {
    let line = ImageOperand.line(layout: layout, name: name, digest: Self.digest)
    #expect(!line.hasPrefix("-"))
    #expect(!line.contains("\n"))
    let operand = try ImageOperand(parsing: line, exists: { _ in false })
    let path = layout.hasPrefix("-") ? "./" + layout : layout
    let selector = name.map { ImageSelector.nameAtDigest($0, Self.digest) } ?? .digest(Self.digest)
    #expect(operand == ImageOperand(.path(path), selector))
  }

  @Test("a name that is no line is left out of the line", arguments: ["a\nb", "\u{1B}[31m", ""])
  func hostileName(name: String) {
    #expect(ImageOperand.line(layout: "l", name: name, digest: Self.digest) == "l@\(Self.digest)")
  }
}

@Suite struct OutputTargetTests {
  private static let home = Environment(["HOME": "/h"], isRoot: false)

  @Test(
    "each form of a target",
    arguments: [
      ("store", "store", nil), ("a/b", "a/b", nil), ("store:app:1", "store", "docker.io/library/app:1"),
      ("store:localhost:5000/app", "store", "localhost:5000/app:latest"),
      (":", "/h/.local/share/ociutils/images", nil),
      (":app", "/h/.local/share/ociutils/images", "docker.io/library/app:latest"),
    ] as [(String, String, String?)])
  func forms(text: String, layout: String, name: String?) throws {
    let target = try OutputTarget(parsing: text)
    #expect(try target.layout(in: Self.home) == layout)
    #expect(target.name?.fullName == name)
  }

  @Test(
    "what is none of the forms is a usage error",
    arguments: [
      "", "-", "-:app", "store:", "a@b", "a\nb", "store:App", "store:a b", "a@b:app",
      "store:app@sha256:" + String(repeating: "0", count: 64),
    ])
  func wrong(text: String) {
    let failure = #expect(throws: Failure.self) { try OutputTarget(parsing: text) }
    #expect(failure?.kind == .usage)
  }
}
