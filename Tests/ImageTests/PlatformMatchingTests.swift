import Image
import System
import Testing

/// The cases are those of containerd/platforms (compare_test.go, platform_windows_compat_test.go; Apache-2.0).
@Suite struct PlatformMatchingTests {
  private func platforms(_ text: String) throws -> [Platform] {
    try text.split(separator: " ").map { try Platform(parsing: String($0)) }
  }

  @Test(
    "a platform runs what containerd says it runs, and nothing else",
    arguments: [
      (
        "linux/amd64",
        "linux/amd64 linux/386",
        "linux/amd64/v2 linux/arm/v7 linux/arm64 windows/amd64 windows/arm"
      ),
      (
        "linux/amd64/v2",
        "linux/amd64 linux/amd64/v1 linux/amd64/v2 linux/386",
        "linux/amd64/v3 linux/amd64/v4 linux/arm/v7 linux/arm64 windows/amd64 windows/arm"
      ),
      (
        "linux/386",
        "linux/386",
        "linux/amd64 linux/arm/v7 linux/arm64 windows/amd64 windows/arm"
      ),
      (
        "windows/amd64",
        "windows/amd64 windows(10.0.17763)/amd64",
        "linux/amd64 linux/arm/v7 linux/arm64 windows/arm"
      ),
      (
        "linux/arm/v8",
        "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8",
        "linux/amd64 linux/arm/v4 linux/arm64 windows/amd64 windows/arm"
      ),
      (
        "linux/arm/v7",
        "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7",
        "linux/amd64 linux/arm/v4 linux/arm/v8 linux/arm64 windows/amd64 windows/arm"
      ),
      (
        "linux/arm/v6",
        "linux/arm/v5 linux/arm/v6",
        """
        linux/amd64 linux/arm linux/arm/v4 linux/arm/v7 linux/arm/v8 linux/arm64 windows/amd64 \
        windows/arm
        """
      ),
      (
        "linux/arm/v5",
        "linux/arm/v5",
        """
        linux/amd64 linux/arm linux/arm/v4 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 \
        windows/amd64 windows/arm
        """
      ),
      (
        "linux/arm/v4",
        "linux/arm/v4",
        """
        linux/amd64 linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 \
        windows/amd64 windows/arm
        """
      ),
      (
        "linux/arm64/v9.6",
        """
        linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 linux/arm64/v8 \
        linux/arm64/v8.1 linux/arm64/v8.2 linux/arm64/v8.3 linux/arm64/v8.4 linux/arm64/v8.5 \
        linux/arm64/v8.6 linux/arm64/v8.7 linux/arm64/v8.8 linux/arm64/v8.9 linux/arm64/v9 \
        linux/arm64/v9.0 linux/arm64/v9.1 linux/arm64/v9.2 linux/arm64/v9.3 linux/arm64/v9.4 \
        linux/arm64/v9.5 linux/arm64/v9.6
        """,
        "linux/amd64 linux/arm/v4 windows/amd64 windows/arm linux/arm64/v8.10"
      ),
      (
        "linux/arm64/v9",
        """
        linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 linux/arm64/v8 \
        linux/arm64/v8.1 linux/arm64/v8.2 linux/arm64/v8.3 linux/arm64/v8.4 linux/arm64/v8.5 \
        linux/arm64/v9 linux/arm64/v9.0
        """,
        "linux/amd64 linux/arm/v4 windows/amd64 windows/arm linux/arm64/v8.6"
      ),
      (
        "linux/arm64/v8.1",
        """
        linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 linux/arm64/v8 \
        linux/arm64/v8.1
        """,
        "linux/amd64 linux/arm/v4 linux/arm/v9 linux/arm64/v9 windows/amd64 windows/arm"
      ),
      (
        "linux/arm64",
        "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 linux/arm64/v8",
        "linux/amd64 linux/arm/v4 linux/arm/v9 linux/arm64/v9 windows/amd64 windows/arm"
      ),
    ])
  func runs(_ text: String, _ runnable: String, _ others: String) throws {
    let platform = try Platform(parsing: text)
    for other in try platforms(runnable) { #expect(platform.runs(other), "\(other)") }
    for other in try platforms(others) { #expect(!platform.runs(other), "\(other)") }
  }

  private func entries(_ text: String) throws -> [Descriptor] {
    try zip("0123456789abcdef", platforms(text)).map { digit, platform in
      Descriptor(mediaType: .imageManifest, digest: digest(digit), size: 1, platform: platform)
    }
  }

  @Test(
    "the best of what runs is chosen, whatever the order",
    arguments: [
      ("linux/amd64", "linux/386 linux/arm64 linux/amd64 windows/amd64", "linux/amd64"),
      ("linux/amd64", "linux/386 linux/arm64", "linux/386"),
      ("linux/amd64/v3", "linux/386 linux/amd64 linux/amd64/v2 linux/amd64/v4", "linux/amd64/v2"),
      ("linux/amd64/v3", "linux/amd64/v2 linux/amd64/v3", "linux/amd64/v3"),
      ("linux/arm64", "linux/arm/v6 linux/arm/v7 linux/amd64", "linux/arm/v7"),
      ("linux/arm64/v8", "linux/arm/v7 linux/arm64 linux/arm64/v9", "linux/arm64"),
      ("linux/arm64", "linux/arm/v5 linux/arm/v8 linux/arm/v7", "linux/arm/v8"),
      ("linux/arm64/v9.2", "linux/arm64 linux/arm64/v8.7 linux/arm64/v9.1", "linux/arm64/v9.1"),
      ("linux/arm/v7", "linux/arm/v5 linux/arm/v6", "linux/arm/v6"),
      ("linux/arm/v6", "linux/arm/v5 linux/arm/v7", "linux/arm/v5"),
      ("linux(+f1+f2)/amd64", "linux/amd64 linux(+f2)/amd64 linux(+f1+f2)/amd64", "linux(+f1+f2)/amd64"),
      ("linux/amd64", "linux(+other)/amd64 linux/amd64", "linux/amd64"),
      (
        "windows(10.0.17763)/amd64", "windows(10.0.20348.1)/amd64 windows(10.0.17763.1879)/amd64",
        "windows(10.0.17763.1879)/amd64"
      ),
    ])
  func chooses(_ text: String, _ offered: String, _ best: String) throws {
    let platform = try Platform(parsing: text)
    let offered = try entries(offered)
    for entries in [offered, offered.reversed()] {
      #expect(platform.bestMatch(among: entries)?.platform?.description == best)
    }
  }

  @Test("of entries for the same platform the first is chosen")
  func first() throws {
    let offered = try entries("linux/amd64 linux/amd64")
    #expect(try Platform(parsing: "linux/amd64").bestMatch(among: offered) == offered[0])
  }

  @Test("nothing is chosen where nothing runs")
  func none() throws {
    let platform = try Platform(parsing: "linux/amd64")
    #expect(try platform.bestMatch(among: entries("linux/arm64 windows/amd64 linux/amd64/v2")) == nil)
    #expect(platform.bestMatch(among: []) == nil)
  }

  @Test("an attestation is never chosen")
  func attestations() throws {
    var byPlatform = try entries("linux/amd64")[0]
    byPlatform.platform = Platform(os: "unknown", architecture: "unknown")
    var byAnnotation = try entries("linux/amd64")[0]
    byAnnotation.annotations[AnnotationKey.dockerReferenceType] = "attestation-manifest"
    let unknown = Platform(os: "unknown", architecture: "unknown")
    for platform in [try Platform(parsing: "linux/amd64"), unknown] {
      #expect(platform.bestMatch(among: [byPlatform, byAnnotation]) == nil)
    }
  }

  @Test("an entry that names no platform is taken only where it is the only one and none fits")
  func silent() throws {
    let platform = try Platform(parsing: "linux/amd64")
    let silent = Descriptor(mediaType: .imageManifest, digest: digest("f"), size: 1)
    #expect(platform.bestMatch(among: [silent]) == silent)
    #expect(try platform.bestMatch(among: [silent] + entries("linux/arm64")) == silent)
    #expect(try platform.bestMatch(among: [silent] + entries("linux/amd64"))?.platform == platform)
    #expect(platform.bestMatch(among: [silent, silent]) == nil)
  }

  @Test(
    "Windows runs containers of its own build, from 2022 on those back to the long-term release before",
    arguments: [
      (17763, 17763, true), (17763, 20348, false), (20348, 17763, false), (20348, 20348, true),
      (22621, 17763, false), (22621, 20348, true), (25398, 17763, false), (25398, 20348, true),
      (26100, 20348, true), (20348, 26100, false), (20348, 22621, false), (26100, 22621, true),
    ])
  func windows(_ host: Int, _ container: Int, _ runs: Bool) throws {
    let host = try Platform(parsing: "windows(10.0.\(host))/amd64")
    #expect(try host.runs(Platform(parsing: "windows(10.0.\(container).1+win32k)/amd64")) == runs)
  }

  @Test("numbers of a stranger in variant and version do no harm")
  func extremes() throws {
    let wild = [
      "v99999999999999999999", "v9223372036854775807", "v-5", "v", "", "v9.99", "v8.-1", "v1.2.3", "é",
    ]
    for architecture in ["amd64", "arm", "arm64", "386", "x"] {
      for variant in wild {
        let platform = Platform(
          os: "windows", architecture: architecture, variant: variant, osVersion: "10.0.99999999999999999999")
        #expect(platform.runs(platform))
      }
    }
  }
}
