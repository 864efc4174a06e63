import Glibc
import Testing

/// What the tests find on this machine and where they put things.
enum Machine {
  /// The value of an environment variable; nil where unset or empty.
  static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// Whether a missing tool is a failure (MUST_WORK=1).
  static let mustWork = variable("MUST_WORK") == "1"

  /// The package's root directory.
  static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/")
  }()

  /// Where the release-built commands are: OCIUTILS_BIN, by default what `make build` made.
  static let binaries = variable("OCIUTILS_BIN") ?? "\(root)/.build/release"

  /// Where test images are kept from one run to the next.
  static let fixtures = "\(root)/.build/fixtures"

  /// Where scratch directories go: a large tmpfs where there is one (disks of test machines are slow).
  static let scratchBase: String = {
    if let given = variable("TEST_SCRATCH") { return given }
    var status = statvfs()
    if statvfs("/dev/shm", &status) == 0, status.f_bavail * status.f_frsize > 6 << 30 { return "/dev/shm" }
    mkdir("\(root)/.build/scratch", 0o755)
    return "\(root)/.build/scratch"
  }()

  /// The path of `tool`; nil where it isn't there.
  static func path(of tool: String) -> String? {
    let path = "\(variable("PATH") ?? ""):/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(tool)" }.first { access($0, X_OK) == 0 }
  }

  /// The environment of every command: nothing of the user's own, except what finds programs.
  ///
  /// Debian's docker and python come before what may be installed elsewhere.
  static let environment: [String: String] = [
    "PATH": "\(binaries):/usr/sbin:/usr/bin:/sbin:/bin:\(variable("PATH") ?? "")",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
  ]
}

extension Trait where Self == ConditionTrait {
  /// The test needs these programs: where one is missing it is skipped, or fails with MUST_WORK=1.
  static func needs(_ tools: String...) -> Self {
    let missing = tools.filter { Machine.path(of: $0) == nil }
    return .enabled(
      if: missing.isEmpty || Machine.mustWork, "not installed: \(missing.joined(separator: " "))")
  }

  /// The test needs root: for namespaces, mounts and daemons.
  static var needsRoot: Self {
    .enabled(if: geteuid() == 0 || Machine.mustWork, "needs root")
  }
}

extension Tag {
  /// Tests of what happens with bad input.
  @Tag static var hostile: Self
  /// Tests that take more than a few seconds.
  @Tag static var slow: Self
}
