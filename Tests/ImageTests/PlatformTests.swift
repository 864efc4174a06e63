import Image
import System
import Testing

/// The cases are those of containerd/platforms (platforms_test.go; Apache-2.0).
@Suite struct PlatformTests {
  private static let here = Platform.host.architecture

  @Test(
    "a specifier is made whole and normal",
    arguments: [
      ("linux/arm64", "linux/arm64"), ("linux/arm64/v8", "linux/arm64/v8"), ("linux/arm", "linux/arm"),
      ("linux/arm/v6", "linux/arm/v6"), ("linux/arm/v7", "linux/arm/v7"), ("linux/arm/7", "linux/arm/v7"),
      ("arm", "linux/arm"), ("armel", "linux/arm/v6"), ("armhf", "linux/arm"), ("Aarch64", "linux/arm64"),
      ("x86_64", "linux/amd64"), ("x86-64", "linux/amd64"), ("Linux/x86_64", "linux/amd64"),
      ("i386", "linux/386"),
      ("linux/amd64/v1", "linux/amd64"), ("linux/amd64/v2", "linux/amd64/v2"), ("linux", "linux/\(here)"),
      ("s390x", "linux/s390x"), ("linux/s390x", "linux/s390x"), ("macOS", "darwin/\(here)"),
      ("windows", "windows/\(here)"), ("windows()", "windows/\(here)"),
      ("windows(10.0.17763)", "windows(10.0.17763)/\(here)"),
      ("windows(10.0.17763+win32k)", "windows(10.0.17763+win32k)/\(here)"),
      ("linux(+gpu+simd)", "linux(+gpu+simd)/\(here)"),
      ("linux(+unsorted+erofs)", "linux(+erofs+unsorted)/\(here)"),
      ("windows(10.0.17763%2Bbuild.42+win32k)/amd64", "windows(10.0.17763%2Bbuild.42+win32k)/amd64"),
      ("windows(50%25done)/amd64", "windows(50%25done)/amd64"), ("wasi/wasm", "wasi/wasm"),
    ])
  func accepts(_ text: String, _ whole: String) throws {
    let platform = try Platform(parsing: text)
    #expect(platform.description == whole)
    #expect(try Platform(parsing: whole).description == whole)
  }

  @Test(
    "what is no specifier is a mistake of the command line",
    arguments: [
      "", "/linux/arm", "linux/arm/", "linux /arm", "linux/&arm", "linux/arm/foo/bar", "*", "linux/*",
      "frobnix",
      "linux(/amd64", "linux)/amd64", "linux(a/b)/amd64", "linux(%4)/amd64", "linux(%zz)/amd64",
      "linux(%ff)/amd64",
      "linux(1++a)/amd64", "linux()x/amd64", "(1)/amd64", "linux//v7", "línux/amd64", "linux/amd64\n",
    ])
  func refuses(_ text: String) {
    #expect { try Platform(parsing: text) } throws: {
      ($0 as? Failure)?.kind == .usage && ($0 as? Failure)?.subject == text
    }
  }

  @Test(
    "names for the same processor become one",
    arguments: [
      ("aarch64", nil, "arm64", nil), ("aarch64", "v8", "arm64", nil), ("arm64", "8", "arm64", nil),
      ("arm64", "v9.0", "arm64", "v9"), ("arm", nil, "arm", "v7"), ("arm", "", "arm", "v7"),
      ("arm", "6", "arm", "v6"),
      ("armhf", nil, "arm", "v7"), ("armel", nil, "arm", "v6"), ("i386", "x", "386", nil),
      ("x86_64", "v1", "amd64", nil), ("AMD64", "V3", "amd64", "v3"), ("riscv64", nil, "riscv64", nil),
    ] as [(String, String?, String, String?)])
  func normalizes(_ architecture: String, _ variant: String?, _ normal: String, _ normalVariant: String?) {
    let platform = Platform(os: "Linux", architecture: architecture, variant: variant).normalized
    #expect(platform == Platform(os: "linux", architecture: normal, variant: normalVariant))
  }

  @Test("special characters in version and features survive")
  func escapes() throws {
    let platform = Platform(
      os: "windows", architecture: "amd64", osVersion: "1.0(beta)/+50%\n\u{1b}é",
      osFeatures: ["feat+1", "", "100%"])
    #expect(platform.description == "windows(1.0%28beta%29%2F%2B50%25%0A%1B%C3%A9+100%25+feat%2B1)/amd64")
    let again = try Platform(parsing: platform.description)
    #expect(again.osVersion == platform.osVersion)
    #expect(again.osFeatures == ["100%", "feat+1"])
  }

  @Test("this machine is a Linux that runs what it is")
  func host() {
    #expect(Platform.host.os == "linux")
    #expect(Platform.host.runs(.host))
  }
}
