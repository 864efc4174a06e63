import Testing

@testable import Registry

/// What comes over the wire, as values.
struct HTTPTests {
  @Test(
    "addresses are read one way or not at all",
    arguments: [
      ("http://a/", "http://a/"), ("HTTPS://A.Example:443/x?y#z", "https://a.example/x?y"),
      ("http://a:80", "http://a/"), ("https://a:80/", "https://a:80/"),
      ("http://[::1]:5000/v2/", "http://[::1]:5000/v2/"),
      ("http://a?q", "http://a/?q"), ("https://a/../b/%2e", "https://a/../b/%2e"),
      ("https://a_b-c.d/", "https://a_b-c.d/"),
      ("ftp://a/", nil), ("http:/a", nil), ("//a/", nil), ("a/b", nil), ("", nil), ("http://", nil),
      ("http://u@a/", nil), ("http://u:p@a/", nil), ("http://a\\@b/", nil), ("http://a b/", nil),
      ("http://a/b c", nil),
      ("http://a/\r\nX: y", nil), ("http://a:0/", nil), ("http://a:65536/", nil), ("http://a:/", nil),
      ("http://a:8x/", nil),
      ("http://[::1/", nil), ("http://[]/", nil), ("http://[::1]x/", nil), ("http://ä/", nil),
      ("http://a%2f/", nil),
      ("http://a/\u{7f}", nil), ("file:///etc/passwd", nil), ("http://a/ü", nil),
    ] as [(String, String?)])
  func addresses(text: String, expected: String?) {
    #expect(HTTPAddress(parsing: text)?.text == expected)
  }

  @Test(
    "redirects are resolved against the address they came from (RFC 3986, section 5)",
    arguments: [
      ("https://b/c", "https://b/c"), ("//b/c", "https://b/c"), ("/c?d", "https://a:5/c?d"),
      ("c", "https://a:5/x/c"),
      ("?d", "https://a:5/x/y?d"), ("c:d", nil), ("mailto:c", nil), ("./c:d", "https://a:5/x/./c:d"),
      ("//", nil),
      ("/c d", nil), ("#f", "https://a:5/x/"), ("//u@b/", nil),
    ] as [(String, String?)])
  func redirects(location: String, expected: String?) {
    #expect(HTTPAddress(parsing: "https://a:5/x/y?q=/z")?.resolving(location)?.text == expected)
  }

  @Test("the query is left out where an address is shown")
  func redacted() { #expect(HTTPAddress(parsing: "https://a/b?sig=x")?.description == "https://a/b") }

  @Test(
    "only what is this machine by its text is loopback",
    arguments: [
      ("127.0.0.1", true), ("127.9.9.9:80", true), ("localhost:5000", true), ("[::1]", true),
      ("128.0.0.1", false),
      ("127.0.0.1.evil", false), ("localhost.evil", false), ("[::2]", false), ("127.1", false),
    ])
  func loopback(host: String, expected: Bool) {
    #expect(HTTPAddress(.http, authority: host, path: "/")?.isLoopback == expected)
  }

  @Test(
    "challenges are read as RFC 9110 has them",
    arguments: [
      (["Basic realm=\"x\""], [Challenge(scheme: "basic", parameters: ["realm": "x"])]),
      (["basic"], [Challenge(scheme: "basic")]),
      (
        ["Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a/b:pull,push\""],
        [
          Challenge(
            scheme: "bearer",
            parameters: ["realm": "https://a/t", "service": "s", "scope": "repository:a/b:pull,push"])
        ]
      ),
      (
        ["Basic realm=x , Bearer realm = y, , error=\"a\\\"b\\\\\""],
        [
          Challenge(scheme: "basic", parameters: ["realm": "x"]),
          Challenge(scheme: "bearer", parameters: ["realm": "y", "error": "a\"b\\"]),
        ]
      ),
      (
        ["Negotiate abc/+==, Basic REALM=x", "Bearer a=b"],
        [
          Challenge(scheme: "negotiate"), Challenge(scheme: "basic", parameters: ["realm": "x"]),
          Challenge(scheme: "bearer", parameters: ["a": "b"]),
        ]
      ),
      (["", " , "], []),
    ])
  func challenges(values: [String], expected: [Challenge]) {
    #expect(Challenge.parse(values) == expected)
  }

  @Test(
    "a challenge out of grammar is none",
    arguments: [
      "Basic realm=\"x", "Basic realm=x realm2=y", "Basic Bearer realm=x", "Basic\"x\"", "realm=x",
      "Basic a=b,a=c", "Basic realm=\"x\"y",
      "=", "\"x\"", "Basic realm=\"a\u{1}b\"", "Basic realm=\"x\\", "(", "Bearer realm=a b c",
    ])
  func wrongChallenges(value: String) { #expect(Challenge.parse([value]) == nil) }

  @Test(
    "a content range has its three numbers, in order",
    arguments: [
      ("bytes 0-0/1", true), ("Bytes 5-9/10", true), ("bytes 5-10/10", false), ("bytes 6-5/10", false),
      ("bytes -5/10", false), ("bytes 5-/10", false), ("bytes 0-1/*", false), ("bytes */5", false),
      ("bytes 0-1", false),
      ("bytes 0-1/2/3", false), ("bytes 0-1-2/3", false), ("bytes +0-1/2", false), ("0-1/2", false),
      ("", false),
      ("bytes 0-18446744073709551616/2", false),
    ])
  func contentRange(text: String, isValid: Bool) { #expect((ContentRange(text) != nil) == isValid) }

  private func head(_ lines: [String]) -> ResponseHead? {
    var head = Array(lines[0].utf8).withUnsafeBytes { ResponseHead(statusLine: $0) }
    for line in lines.dropFirst() {
      guard Array(line.utf8).withUnsafeBytes({ head?.append(line: $0) }) == true else { return nil }
    }
    return head
  }

  @Test("names are without case, values without space around them, and contradictions count for nothing")
  func fields() {
    let head = head([
      "HTTP/2 200\r\n", "Content-LENGTH:  12 \r\n", "Retry-After: -1\r\n", "x: a\r\n", "X: b\r\n", "y: c\r\n",
      "Y: c\r\n",
      "Content-Type: Text/HTML ; charset=x\r\n", "no colon\r\n",
    ])
    #expect(head?.status == 200)
    #expect(head?.contentLength == 12)
    #expect(head?.retryAfter == nil)
    #expect(head?["x"] == nil)
    #expect(head?.values("x") == ["a", "b"])
    #expect(head?["y"] == "c")
    #expect(head?.contentType == "text/html")
  }

  @Test(
    "a status line has three digits",
    arguments: ["HTTP/1.1 20\r\n", "HTTP/1.1 abc", "HTTP/1.1", "HTP/1.1 200", "HTTP/1.1 -20"])
  func statusLine(line: String) { #expect(head([line]) == nil) }
}
