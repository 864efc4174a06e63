import System
import Testing

@testable import Container

struct MountConfigurationTests {
  private static func path(_ text: String) -> ContainerPath { ContainerPath(text) ?? ContainerPath("/")! }

  @Test("paths are made plain, as text")
  func paths() {
    for (text, plain) in [
      ("/", "/"), ("//", "/"), ("/a/", "/a"), ("/a/../b/./c//d", "/b/c/d"), ("/../..", "/"), ("/a/..", "/"),
    ] { #expect(ContainerPath(text)?.description == plain) }
    for text in ["", "a", "./a", "/a\0b"] { #expect(ContainerPath(text) == nil) }
    #expect(Self.path("/a/b").depth == 2 && Self.path("/").depth == 0)
    #expect(Self.path("/proc").isIn("/proc") && !Self.path("/processes").isIn("/proc"))
  }

  @Test("-v is read as docker reads it")
  func volumes() throws {
    let plain = try MountRequest(volume: "/src:/dst")
    #expect(plain.source == .bind("/src") && plain.target.description == "/dst")
    #expect(plain.attributes == [] && plain.isRecursive && plain.propagation == .private)
    #expect(try MountRequest(volume: "/a:/b:ro").attributes == .readOnly)
    #expect(try MountRequest(volume: "/a:/b:ro,Z").attributes == .readOnly)
    #expect(try MountRequest(volume: "/a:/b:rw,rslave").propagation == .slave)
    #expect(try MountRequest(volume: "/a:/b:bind,shared").isRecursive == false)
    #expect(try MountRequest(volume: "./a:/b").source == .bind("./a"))
    #expect(try MountRequest(volume: "/b").source == .volume)
    let readOnly = try MountRequest(volume: "/b:ro")
    #expect(readOnly.source == .volume && readOnly.attributes == .readOnly)
    #expect(try MountRequest(volume: "/a:/b/../c").target.description == "/c")
  }

  @Test(
    "what -v refuses, in words that help",
    arguments: [
      ("", "invalid volume"), (":", "invalid volume"), ("/a:", "invalid volume"), (":/b", "invalid volume"),
      ("/a:/b:ro:x", "invalid volume"), ("/a:b", "absolute path"), ("/a:/", "can't be \"/\""),
      ("/a:/b:fly", "invalid mode: fly"), ("/a:/b:ro,rw", "invalid mode"), ("/a:/b:ro,ro", "invalid mode"),
      ("/a:/b:z,Z", "invalid mode"), ("/a:/b:", "invalid volume"), ("name:/b", "named volume"),
      ("a/b:/c", "named volume"),
      ("/a:/proc", "in /proc"), ("/a:/proc/sys/kernel", "in /proc"), ("/a:/x/../proc/self", "in /proc"),
      ("/b:rshared", "host only"), ("b", "absolute path"), ("/a:/b\u{0}c", "absolute path"),
    ])
  func noVolumes(text: String, words: String) {
    let failure = #expect(throws: Failure.self) { try MountRequest(volume: text) }
    #expect(failure?.kind == .usage)
    #expect(failure?.problem.contains(words) == true, "\(failure?.problem ?? "")")
  }

  @Test("files that lxcfs replaces may be mounted over")
  func replaceable() throws {
    #expect(try MountRequest(volume: "/x:/proc/meminfo").target.description == "/proc/meminfo")
  }

  @Test("--mount is read as docker reads it")
  func mounts() throws {
    let bind = try MountRequest(mount: "type=bind,source=/src,target=/dst,readonly")
    #expect(bind.source == .bind("/src") && bind.attributes == .readOnly)
    #expect(try MountRequest(mount: "type=bind,src=/s,dst=/d,ro=false").attributes == [])
    #expect(
      try MountRequest(mount: "TYPE=bind,SOURCE=/s,destination=/d,bind-propagation=rshared").propagation
        == .shared)
    #expect(
      try MountRequest(mount: "type=bind,source=/s,target=/d,bind-recursive=disabled").isRecursive == false)
    #expect(try MountRequest(mount: "type=bind,source=/s,target=/d,bind-nonrecursive").isRecursive == false)
    #expect(try MountRequest(mount: #""type=bind","source=/a,b",target=/d"#).source == .bind("/a,b"))
    #expect(try MountRequest(mount: #"type=bind,"source=/a""b",target=/d"#).source == .bind("/a\"b"))
    #expect(try MountRequest(mount: "target=/d").source == .volume)
    #expect(try MountRequest(mount: "type=image,source=store:app,target=/d").source == .image("store:app"))
    let tmpfs = try MountRequest(mount: "type=tmpfs,target=/d,tmpfs-size=1m,tmpfs-mode=1777")
    #expect(
      tmpfs.source == .tmpfs([.init(name: "size", value: "1048576"), .init(name: "mode", value: "1777")]))
  }

  @Test(
    "what --mount refuses",
    arguments: [
      ("", "key=value"), ("type=bind,source=/s", "target is required"),
      ("type=bind,target=/d", "source is required"),
      ("type=bind,source=/s,target=d", "absolute"), ("type=fly,target=/d", "none of bind"),
      ("type=tmpfs,target=/d,source=/s", "no source"),
      ("type=bind,source=/s,target=/d,tmpfs-size=1", "cannot mix"),
      ("type=tmpfs,target=/d,bind-propagation=shared", "cannot mix"),
      ("type=volume,source=n,target=/d", "named volume"),
      ("type=bind,source=/s,target=/d,what=1", "unexpected key 'what'"),
      ("type=bind,source=/s,target=/d,x", "key=value"),
      ("type=bind,source=/s,target=/d,readonly=maybe", "invalid value"),
      (#"type=bind,"source=/s"#, "not closed"),
      (#"type=bind,"a"b"#, "follows a closing quote"), (#"type=b"ind"#, "quote within"),
      ("type=tmpfs,target=/d,tmpfs-size=x", "invalid size"),
      ("type=tmpfs,target=/d,tmpfs-mode=999", "invalid tmpfs"),
      ("type=bind,source=/s,target=/d,bind-propagation=up", "invalid value"),
    ])
  func noMounts(text: String, words: String) {
    let failure = #expect(throws: Failure.self) { try MountRequest(mount: text) }
    #expect(failure?.problem.contains(words) == true, "\(failure?.problem ?? "")")
  }

  @Test("--tmpfs is safe unless it is said")
  func tmpfs() throws {
    #expect(try MountRequest(tmpfs: "/t").attributes == [.noSetUserID, .noDevices, .noExecution])
    let open = try MountRequest(tmpfs: "/t:rw,exec,size=64k,mode=770,uid=5")
    #expect(open.attributes == [.noSetUserID, .noDevices])
    #expect(
      open.source
        == .tmpfs([
          .init(name: "size", value: "65536"), .init(name: "mode", value: "770"),
          .init(name: "uid", value: "5"),
        ]))
    #expect(try MountRequest(tmpfs: "/t:size=50%").source == .tmpfs([.init(name: "size", value: "50%")]))
    for text in [
      "", "t", "/", "/t:fly", "/t:size=", "/t:size=200%", "/t:mode=9", "/t:uid=-1", "/t:source=/x",
    ] {
      #expect(throws: Failure.self, "\(text)") { try MountRequest(tmpfs: text) }
    }
  }

  @Test("those above come first, an image's volume gives way, twice the same place is refused")
  func order() throws {
    let requests = try [
      MountRequest(volume: "/x:/a/b/c"), MountRequest(tmpfs: "/z"), MountRequest(volume: "/y:/a/b"),
    ]
    let ordered = try MountRequest.ordered(requests, volumes: ["/a/b", "/a", "data"])
    #expect(ordered.map(\.target.description) == ["/z", "/a", "/data", "/a/b", "/a/b/c"])
    #expect(ordered.filter { $0.source == .volume }.map(\.target.description) == ["/a", "/data"])
    let failure = #expect(throws: Failure.self) {
      try MountRequest.ordered([MountRequest(volume: "/x:/a"), MountRequest(tmpfs: "/a/")], volumes: [])
    }
    #expect(failure?.problem == "duplicate mount point: /a")
    for volume in ["/", "/proc/sys", "/a\0b"] {
      #expect(throws: Failure.self) { try MountRequest.ordered([], volumes: [volume]) }
    }
  }

  @Test("devices are read as docker reads them")
  func devices() throws {
    let null = try DeviceRequest(parsing: "/dev/null:/dev/x:rw")
    #expect(null.source == "/dev/null" && null.target.description == "/dev/x" && null.access == "rw")
    #expect(try DeviceRequest(parsing: "/dev/null:r").access == "r")
    #expect(try DeviceRequest(parsing: "/dev/null").target.description == "/dev/null")
    let device = try #require(try null.devices().first)
    #expect(device.kind == .character && device.major == 1 && device.minor == 3 && device.path == "/dev/x")
    for text in [
      "", "null", "/dev/null:/x:y", "/dev/null:/x:rr", "/dev/null:/x:r:w", "/dev/null:x", "/dev/null:/",
    ] {
      #expect(throws: Failure.self, "\(text)") { try DeviceRequest(parsing: text) }
    }
    #expect(throws: Failure.self) { try DeviceRequest(parsing: "/etc/passwd").devices() }
    #expect(throws: Failure.self) { try DeviceRequest(parsing: "/dev/nowhere").devices() }
  }
}
