import System
import Testing

@testable import Container

struct NetworkConfigurationTests {
  @Test(
    "ports are read as docker reads them, and become pasta's",
    arguments: [
      ("80:8080", "-t 80:8080"), ("80:8080/udp", "-u 80:8080"), ("80:8080/TCP", "-t 80:8080"),
      ("127.0.0.1:80:8080", "-t 127.0.0.1/80:8080"), ("0.0.0.0:80:8080", "-t 80:8080"),
      ("[::1]:80:8080", "-t ::1/80:8080"), ("8000-8002:80-82", "-t 8000-8002:80-82"),
      ("[::]:1:2", "-t 1:2"), ("65535:1", "-t 65535:1"),
    ])
  func ports(text: String, words: String) throws {
    let arguments = try Pasta(ports: [PortMapping(parsing: text)]).arguments(network: "/n")
    #expect(arguments.joined(separator: " ").contains(words), "\(arguments)")
  }

  @Test(
    "what is no port is refused",
    arguments: [
      "", ":", "80:", ":80", "0:80", "80:0", "65536:1", "1:65536", "a:1", "1:a", "1-2:3", "1-2:3-5",
      "2-1:4-3",
      "1:2/sctp", "1:2/", "::1:80:80", "[::1:80:80", "[127.0.0.1]:1:2", "1.2.3:80:80", "host:80:80",
      "1:2:3:4",
      "127.0.0.1::", "+1:2", "1 :2", "[]:1:2", "[fe80::1%eth0]:1:2",
    ])
  func noPorts(text: String) {
    let failure = #expect(throws: Failure.self) { try PortMapping(parsing: text) }
    #expect(failure?.kind == .usage)
  }

  @Test(
    "without a port of the host each of the container's gets one that is free",
    arguments: [("80", 1), ("80-82/udp", 3), ("127.0.0.1::80", 1), ("[::1]::80-81", 2)])
  func free(text: String, count: Int) throws {
    let mapping = try PortMapping(parsing: text)
    #expect(mapping.host == nil)
    let (pasta, lines) = try Pasta(ports: [mapping]).placed()
    #expect(
      pasta.ports.count == count && Set(pasta.ports.compactMap(\.host)).count == count, "\(pasta.ports)")
    #expect(pasta.ports.map(\.container.lowerBound) == Array(80..<80 + UInt16(count)))
    #expect(lines.count == count && lines[0].hasPrefix("80/\(mapping.transport) -> "), "\(lines)")
    let (given, none) = try Pasta(ports: [PortMapping(parsing: "1:2")]).placed()
    #expect(given == Pasta(ports: [try PortMapping(parsing: "1:2")]) && none.isEmpty)
  }

  @Test("an address of the host's that nobody has, or has no port left, is an error")
  func notFree() throws {
    let failure = #expect(throws: Failure.self) {
      try Pasta(ports: [PortMapping(parsing: "192.0.2.77::80")]).placed()
    }
    #expect(failure?.subject.contains("-p 80") == true)
  }

  @Test("one port of the host leads to one place")
  func twice() throws {
    func check(_ texts: String...) throws {
      try PortMapping.check(texts.map { (text) throws(Failure) in try PortMapping(parsing: text) })
    }
    try check("80", "80", "80:1", "81:1", "80:1/udp", "127.0.0.1:82:1", "127.0.0.2:82:1")
    #expect(throws: Failure.self) { try check("80:1", "80:2") }
    #expect(throws: Failure.self) { try check("80-90:80-90", "127.0.0.1:85:1") }
  }

  @Test("pasta passes on what is asked for and nothing else")
  func pasta() {
    let arguments = Pasta(ports: [], resolver: "169.254.1.1").arguments(network: "/n", user: "/u")
    let text = arguments.joined(separator: " ")
    for part in [
      "--config-net", "--no-map-gw", "-t none", "-u none", "-T none", "-U none", "--dns-forward 169.254.1.1",
      "--userns /u", "--netns /n",
    ] { #expect(text.contains(part), "\(part)") }
  }

  @Test("networks that take a daemon are refused with the way out")
  func modes() throws {
    #expect(try NetworkMode(parsing: "none") == .none)
    for text in ["bridge", "container:x", "", "Host", "mynet"] {
      #expect(throws: Failure.self) { try NetworkMode(parsing: text) }
    }
  }

  @Test("/etc/hosts is Docker's")
  func hosts() throws {
    let added = try [
      NetworkFiles.Host(parsing: "db:10.0.0.1"), NetworkFiles.Host(parsing: "six=[2001:db8::1]"),
      NetworkFiles.Host(parsing: "seven:2001:db8::2"),
    ]
    let text = String(
      decoding: NetworkFiles.hosts(hostname: "box", mode: .none, added: added, host: Array("9.9.9.9 x".utf8)),
      as: UTF8.self)
    let gateway = NetworkFiles.hosts(
      hostname: "box", mode: .none, added: [try NetworkFiles.Host(parsing: "up:host-gateway")], host: [],
      gateway: "192.0.2.9")
    #expect(String(decoding: gateway, as: UTF8.self).hasSuffix("\n192.0.2.9\tup\n"))
    #expect(text.hasPrefix("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"))
    #expect(text.hasSuffix("10.0.0.1\tdb\n2001:db8::1\tsix\n2001:db8::2\tseven\n"))
    let host = String(
      decoding: NetworkFiles.hosts(
        hostname: "box", mode: .host, added: [added[0]], host: Array("9.9.9.9 x".utf8)),
      as: UTF8.self)
    #expect(host == "9.9.9.9 x\n10.0.0.1\tdb\n")
    for text in [
      "", "a", ":1.2.3.4", "a:", "a:b", "a b:1.2.3.4", "a:1.2.3.4\nx", "a#:1.2.3.4",
    ] {
      #expect(throws: Failure.self, "\(text)") { try NetworkFiles.Host(parsing: text) }
    }
  }

  @Test("resolv.conf is the host's without what leads back to it, or what is said")
  func resolver() throws {
    let host = Array("# x\nnameserver 127.0.0.53\nnameserver 9.9.9.9\nsearch a b\noptions ndots:2\n".utf8)
    func text(_ given: NetworkFiles.Resolution, _ mode: NetworkMode, _ host: [UInt8]) -> (String, Bool) {
      let (content, isForwarded) = NetworkFiles.resolver(given, mode: mode, host: host)
      return (String(decoding: content, as: UTF8.self), isForwarded)
    }
    let none = NetworkFiles.Resolution()
    #expect(text(none, .pasta, host) == ("search a b\nnameserver 9.9.9.9\noptions ndots:2\n", false))
    #expect(text(none, .pasta, Array("nameserver 127.0.0.53\n".utf8)) == ("nameserver 169.254.1.1\n", true))
    #expect(text(none, .host, host).0 == String(decoding: host, as: UTF8.self))
    var given = none
    given.servers = ["1.1.1.1"]
    given.search = ["."]
    given.options = ["rotate"]
    #expect(text(given, .pasta, host) == ("nameserver 1.1.1.1\noptions rotate\n", false))
    given.servers = ["x"]
    #expect(throws: Failure.self) { try given.check() }
    given.servers = []
    given.search = ["a\nnameserver 6.6.6.6"]
    #expect(throws: Failure.self) { try given.check() }
  }

  @Test("host names are what the kernel and /etc/hosts can hold")
  func names() throws {
    try Hostname.check("a-b.example")
    for name in ["", "-a", ".a", "a b", "a\n", "ä", String(repeating: "a", count: 65)] {
      #expect(throws: Failure.self, "\(name)") { try Hostname.check(name) }
    }
  }

  @Test("security options")
  func security() throws {
    var security = SecurityRequest()
    for text in ["seccomp=unconfined", "no-new-privileges:false", "label=disable", "systempaths=unconfined"] {
      try security.set(option: text)
    }
    #expect(security.seccomp == .unconfined && security.noNewPrivileges == false && !security.hasSystemPaths)
    try security.set(option: "no-new-privileges")
    try security.set(option: "seccomp=/a=b")
    #expect(security.noNewPrivileges == true && security.seccomp == .file("/a=b"))
    for text in ["", "seccomp", "seccomp=", "no-new-privileges=maybe", "label=type:x", "apparmor=x", "fly=1"]
    {
      #expect(throws: Failure.self, "\(text)") { try security.set(option: text) }
    }
    #expect(SecurityRequest().loss == nil)
    security.isPrivileged = true
    #expect(security.loss?.contains("all capabilities") == true)
  }
}
