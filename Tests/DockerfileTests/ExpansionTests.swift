import Dockerfile
import System
import Testing

@Suite("Variables, put in")
struct ExpansionTests {
  static let values = [
    "x": "foobar", "e": "", "p": "*o", "s": "a b", "f": "/a/b.tar.gz", "l": "a\nb", "é": "1", "q": "'\"",
    "ports": "80 90-91/udp",
  ]

  /// A word, and what it becomes; nil: an error.
  static let table: [(String, String?)] = [
    ("a", "a"), ("$x", "foobar"), ("${x}y", "foobary"), ("$xy", ""), ("$x.y", "foobar.y"), ("$", "$"),
    ("a$.b", "a$.b"), ("$1x", "x"), ("$$", ""), ("$é-", "1-"), ("\\$x", "$x"), ("\\\\$x", "\\foobar"),
    ("'$x'", "$x"), ("\"$x\"", "foobar"), ("\"\\$x\\a\"", "$x\\a"), ("a\\", "a"), ("'a\\'", "a\\"),
    ("\"it's\"", "it's"), ("it\\'s", "it's"), ("it's", nil), ("\"a", nil), ("$q", "'\""), ("$s", "a b"),
    ("${n:-w}", "w"), ("${n-w}", "w"), ("${e:-w}", "w"), ("${e-w}", ""), ("${x:-w}", "foobar"),
    ("${n:+w}", ""), ("${e:+w}", ""), ("${e+w}", "w"), ("${x:+w}", "w"), ("${n:-${e:-${x}}}", "foobar"),
    ("${n:-'a}b'}", "a}b"), ("${n:-\"$x }\"}", "foobar }"), ("${n:-a\\}b}", "a}b"),
    ("${n:?}", nil), ("${n?}", nil), ("${e:?}", nil), ("${e?}", ""), ("${x:?no}", "foobar"),
    ("${x#f}", "oobar"), ("${x#*o}", "obar"), ("${x##*o}", "bar"), ("${x#$p}", "obar"), ("${x#z}", "foobar"),
    ("${x#???}", "bar"), ("${x%r}", "fooba"), ("${x%o*}", "fo"), ("${x%%o*}", "f"), ("${f##*/}", "b.tar.gz"),
    ("${f%.*}", "/a/b.tar"), ("${f%%.*}", "/a/b"), ("${n#x}", ""), ("${l#*b}", "a\nb"),
    ("${x#\\*}", "foobar"),
    ("${x#\\a}", nil), ("${x:#f}", nil), ("${x/o/0}", "f0obar"), ("${x//o/0}", "f00bar"),
    ("${x/o*a/-}", "f-r"), ("${f//\\//:}", ":a:b.tar.gz"), ("${x//z/0}", "foobar"), ("${x/o/}", "fobar"),
    ("${e///-}", "-"), ("${x//ab}", nil), ("${x/o", nil), ("${x//?/$e-}", "------"),
    ("${}", nil), ("${{x}}", nil), ("${:x}", nil), ("${x", nil), ("${x:", nil), ("${x:-", nil),
    ("${x=1}", nil),
    ("${x:=1}", nil), ("${.}", nil), ("${x!}", nil),
  ]

  @Test("a word becomes what BuildKit makes of it", arguments: table)
  func word(text: String, expected: String?) {
    var expansion = Expansion { Self.values[$0] }
    #expect((try? expansion.word(text)) == expected)
  }

  @Test("white space separates words, also that of values, but not in quotation marks")
  func words() throws {
    var expansion = Expansion { Self.values[$0] }
    #expect(try expansion.words(" 1$s c ") == ["1a", "b", "c"])
    #expect(try expansion.words("\"1$s\" ''") == ["1a b"])
    #expect(try expansion.words("x${n:-y}z") == ["xyz"])
  }

  @Test("a backquote escapes where it is the escape character, a backslash then does not")
  func escape() throws {
    var expansion = Expansion(escape: "`") { Self.values[$0] }
    #expect(try expansion.word("c:\\`$x\\$x") == "c:\\$x\\foobar")
  }

  @Test("a document keeps quotation marks")
  func document() throws {
    var expansion = Expansion { Self.values[$0] }
    #expect(try expansion.document("'$x' \"${n:-1}\" it's \\$x\n") == "'foobar' \"1\" it's $x\n")
  }

  @Test("what was asked for is kept, with and without a value")
  func record() throws {
    var expansion = Expansion { Self.values[$0] }
    _ = try expansion.word("$x ${n:-$e} '$l'")
    #expect(expansion.used == ["x", "e"])
    #expect(expansion.undefined == ["n"])
  }

  @Test("the fields that the reference names are expanded, and no others")
  func fields() throws {
    func expanded(_ text: String) throws -> Instruction.Kind {
      var expansion = Expansion { Self.values[$0] }
      return try #require(try instructions(text).first).expanded(by: &expansion).kind
    }
    #expect(try expanded("ENV $x=1 b=\"$x y\"") == .env([.init("foobar", "1"), .init("b", "foobar y")]))
    #expect(try expanded("LABEL a=$x") == .label([.init("a", "foobar")]))
    #expect(try expanded("ARG $x=$x") == .arg([.init("$x", "foobar")]))
    #expect(try expanded("WORKDIR /$x") == .workdir("/foobar"))
    #expect(try expanded("USER ${n:-u}") == .user("u"))
    #expect(try expanded("STOPSIGNAL $x") == .stopSignal("foobar"))
    #expect(try expanded("VOLUME /$x $x") == .volume(["/foobar", "foobar"]))
    #expect(try expanded("EXPOSE $ports") == .expose(["80/tcp", "90/udp", "91/udp"]))
    for text in ["CMD $x", "ENTRYPOINT [\"$x\"]", "ONBUILD RUN $x", "RUN echo $x", "MAINTAINER $x"] {
      #expect(try expanded(text) == kind(text))
    }
    guard
      case .copy(let copy) = try expanded(
        "COPY --chown=$x --chmod=${n:-644} --exclude=$x <<A <<'B' $x /$x\n$x\nA\n$x\nB"),
      case .run(let run) = try expanded("RUN --mount=type=cache,target=/$x,id=$s y")
    else { throw Failure(.failed, "", "others") }
    #expect(copy.chown == "foobar" && copy.chmod == "644" && copy.excludes == ["$x"])
    #expect(copy.destination == "/foobar")
    #expect(
      copy.sources == [
        .heredoc(.init(name: "A", content: "foobar\n")),
        .heredoc(.init(name: "B", content: "$x\n", isExpanded: false)), .path("foobar"),
      ])
    #expect(run.mounts == ["type=cache,target=/foobar,id=a b"])
  }

  @Test(
    "ports that are none are errors",
    arguments: ["x", "65536", "-1", "2-1", "80/foo", "/tcp", "80-x", "1:2:3", "1-2:3-5", "x:80:80"])
  func ports(text: String) throws {
    var expansion = Expansion { _ in nil }
    let instruction = try #require(try instructions("EXPOSE \(text)").first)
    #expect(throws: Failure.self) { try instruction.expanded(by: &expansion) }
  }

  @Test("FROM is expanded, and must not become empty")
  func from() throws {
    func from(_ text: String) throws -> Stage.From {
      var expansion = Expansion { Self.values[$0] }
      return try #require(try parsed(text).stages.first).from.expanded(by: &expansion)
    }
    #expect(try from("FROM --platform=$x a:${n:-1}").image == "a:1")
    #expect(try from("FROM --platform=$x a").platform == "foobar")
    #expect(throws: Failure.self) { try from("FROM $n") }
    #expect(throws: Failure.self) { try from("FROM --platform=$n a") }
  }
}
