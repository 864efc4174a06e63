import Glibc
import System
import Testing

/// Whether what is missing is a failure (MUST_WORK=1).
private let mustWork = getenv("MUST_WORK").map { String(cString: $0) } == "1"

/// Whether the tool is there; where MUST_WORK=1 its absence is a failure.
public func requireTool(_ name: String) -> Bool {
  required(Command.has(name), "\(name) is not installed")
}

/// Whether this is root, who can mount; where MUST_WORK=1 it is a failure not to be.
public func requireRoot() -> Bool { required(geteuid() == 0, "not root") }

private func required(_ isThere: Bool, _ problem: String) -> Bool {
  if isThere { return true }
  if mustWork { Issue.record("\(problem)") } else { print("not tested: \(problem)") }
  return false
}

extension Command {
  /// Whether a test that needs `program` can run; where it must (MUST_WORK=1), always.
  public static func available(_ program: String) -> Bool { mustWork || has(program) }
}
