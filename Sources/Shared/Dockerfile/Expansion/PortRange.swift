import System

/// The ports of EXPOSE: `[[IP:]HOST:]FIRST[-LAST][/PROTOCOL]`.
enum PortRange {
  /// Each of the ports in `text` as `NUMBER/PROTOCOL`.
  static func ports(_ text: String, _ record: inout Expansion.Record) throws(Failure) -> [String] {
    let slash = text.firstIndex(of: "/")
    var proto = "tcp"
    if let slash, text.index(after: slash) < text.endIndex {
      proto = text[text.index(after: slash)...].lowercased()
    }
    var parts = text[..<(slash ?? text.endIndex)].split(separator: ":", omittingEmptySubsequences: false)
    let container = parts.removeLast()
    let host = parts.popLast() ?? ""
    let address = parts.joined(separator: ":")
    guard !container.isEmpty else { throw wrong("invalid port: \"\(text)\": no port specified") }
    guard ["tcp", "udp", "sctp"].contains(proto) else {
      throw wrong("invalid port: \"\(text)\": invalid proto: \(proto)")
    }
    guard address.isEmpty || isAddress(address) else { throw wrong("invalid IP address: \(address)") }
    guard let range = range(container) else { throw wrong("invalid containerPort: \(container)") }
    if !host.isEmpty {
      guard let hostRange = Self.range(host) else { throw wrong("invalid hostPort: \(host)") }
      guard range.count == 1 || range.count == hostRange.count else {
        throw wrong("invalid ranges specified for container and host Ports: \(container) and \(host)")
      }
    }
    try record.spend(range.count * 8)
    return range.map { "\($0)/\(proto)" }
  }

  private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = UInt16(ends[0]), let last = ends.count == 1 ? first : UInt16(ends[1]), first <= last
    else { return nil }
    return first...last
  }

  /// Whether it can be an address; it is not used, only ports are kept.
  private static func isAddress(_ text: String) -> Bool {
    let inside = text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text[...]
    guard !inside.contains(":") else {
      return inside.utf8.allSatisfy { $0.isDigit || 0x61...0x66 ~= $0 | 0x20 || ":.".utf8.contains($0) }
    }
    let numbers = inside.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
  }
}
