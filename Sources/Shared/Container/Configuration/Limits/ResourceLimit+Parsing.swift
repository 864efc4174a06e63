import System

/// A resource that a process may have a limit of (setrlimit(2)), by the name that `--ulimit` knows.
public enum LimitedResource: String, CaseIterable, Sendable {
  case `as`, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime
  case sigpending, stack

  /// The kernel's number (bits/resource.h; the same on every processor but MIPS and SPARC).
  public var number: UInt32 {
    switch self {
    case .cpu: 0
    case .fsize: 1
    case .data: 2
    case .stack: 3
    case .core: 4
    case .rss: 5
    case .nproc: 6
    case .nofile: 7
    case .memlock: 8
    case .as: 9
    case .locks: 10
    case .sigpending: 11
    case .msgqueue: 12
    case .nice: 13
    case .rtprio: 14
    case .rttime: 15
    }
  }

  /// The runtime specification's name.
  public var name: String { "RLIMIT_\(rawValue.uppercased())" }
}

extension ResourceLimit {
  /// The limit `NAME=SOFT[:HARD]`; -1 is none.
  ///
  /// - Throws: `usage`, about the option.
  public init(parsing text: String) throws(Failure) {
    func wrong(_ problem: String) -> Failure { Failure(.usage, "--ulimit \(text)", problem) }
    let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard pair.count == 2 else { throw wrong("is not NAME=SOFT[:HARD]") }
    guard let resource = LimitedResource(rawValue: String(pair[0])) else {
      throw wrong(
        "no such limit: it is one of \(LimitedResource.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let values = pair[1].split(separator: ":", omittingEmptySubsequences: false).map { value in
      value == "-1" ? UInt64.max : value.first?.isNumber == true ? UInt64(value) : nil
    }
    guard (1...2).contains(values.count), let soft = values[0], let hard = values.last! else {
      throw wrong("is not NAME=SOFT[:HARD] with whole numbers or -1")
    }
    guard soft <= hard else { throw wrong("the soft limit must not be above the hard limit") }
    self.init(resource: resource.number, soft: soft, hard: hard)
  }
}
