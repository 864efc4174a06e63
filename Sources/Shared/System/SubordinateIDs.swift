import Glibc

/// The numbers that a user may use in user namespaces besides their own (subuid(5), subgid(5)).
struct SubordinateIDs: Sendable {
  /// A run of numbers.
  struct Range: Equatable, Sendable {
    var first: UInt32
    var count: UInt32
  }

  /// Those of users.
  var users: [Range]
  /// Those of groups.
  var groups: [Range]

  /// Those of a user, who has them by number or by name; what can't be read holds none.
  init(user: uid_t, programs path: String) {
    let name = Self.name(of: user, programs: path)
    func ranges(_ file: String) -> [Range] {
      let text = try? FileDescriptor.text(of: file)
      return Self.ranges(in: text ?? "", of: [String(user)] + (name.map { [$0] } ?? []))
    }
    users = ranges("/etc/subuid")
    groups = ranges("/etc/subgid")
  }

  /// The ranges `OWNER:FIRST:COUNT` of these owners in a file's text, in its order; what is no such line is passed over.
  static func ranges(in text: String, of owners: [String]) -> [Range] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, owners.contains(String(fields[0])), let first = UInt32(fields[1]),
        let count = UInt32(fields[2].filter { $0 != " " }), count > 0,
        !first.addingReportingOverflow(count).overflow
      else { return nil }
      return Range(first: first, count: count)
    }
  }

  /// A map in which root is `user`, and then come all numbers of these ranges.
  static func runs(for own: UInt32, then ranges: [Range]) -> [IdentityMap.Run] {
    var runs = [IdentityMap.Run(inside: 0, outside: own, count: 1)]
    var next: UInt32 = 1
    for range in ranges {
      let (end, overflow) = next.addingReportingOverflow(range.count)
      // The kernel takes 340 runs.
      guard !overflow, runs.count < 340 else { break }
      runs.append(IdentityMap.Run(inside: next, outside: range.first, count: range.count))
      next = end
    }
    return runs
  }

  // getpwuid(3) loads libraries, which a static executable can't: the file, then id(1), which can.
  private static func name(of user: uid_t, programs path: String) -> String? {
    let accounts = try? FileDescriptor.text(of: "/etc/passwd")
    for line in (accounts ?? "").split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count > 2, UInt32(fields[2]) == user { return String(fields[0]) }
    }
    guard let program = Program.find("id", along: path) else { return nil }
    let answer = try? Program(program, ["-un", String(user)], environment: [:]).answer(timeout: 10)
    guard let answer, answer.end == .exited(0) else { return nil }
    return String(decoding: answer.text.prefix { $0 != 0x0a }, as: UTF8.self)
  }
}
