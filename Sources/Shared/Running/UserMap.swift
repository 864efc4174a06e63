import CommandLine
import Container
import System

/// The user namespace that `--userns` asks for.
enum UserMap {
  /// The map; nil for the namespace that the runner has.
  ///
  /// - Parameter text: `host` or `OUTSIDE:COUNT`, the first number outside and how many.
  /// - Throws: `usage`.
  static func parse(_ text: String?, _ environment: Environment) throws(Failure) -> IdentityMap? {
    guard let text, text != "host" else { return nil }
    func wrong(_ problem: String) -> Failure { Failure(.usage, "--userns \(text)", problem) }
    guard environment.isRoot else { throw wrong("an ordinary user's containers always have one") }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
    guard parts.count == 2, let outside = parts[0], let count = parts[1], count > 0,
      !outside.addingReportingOverflow(count).overflow
    else { throw wrong("is neither host nor OUTSIDE:COUNT") }
    let run = IdentityMap.Run(inside: 0, outside: outside, count: count)
    return IdentityMap(users: [run], groups: [run])
  }
}
