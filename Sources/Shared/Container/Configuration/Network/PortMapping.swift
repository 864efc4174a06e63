import System

/// Ports of the host that lead to ports of a container: `-p [[IP:][HOST]:]CTR[/PROTO]`, each a port or a range.
public struct PortMapping: Hashable, Sendable {
  /// What is passed on.
  public enum Transport: String, Sendable {
    case tcp
    case udp
  }

  /// The address of the host, an IPv6 one without brackets; nil for all.
  public var address: String?
  /// The host's ports; nil for any that are free.
  public var host: ClosedRange<UInt16>?
  /// The container's, as many.
  public var container: ClosedRange<UInt16>
  /// What is passed on.
  public var transport: Transport

  /// The mapping that `text` spells.
  ///
  /// - Throws: `usage`, about the option.
  public init(parsing text: String) throws(Failure) {
    func wrong(_ problem: String) -> Failure { Failure(.usage, "-p \(text)", problem) }
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let transport = Transport(rawValue: parts.count > 1 ? parts[1].lowercased() : "tcp") else {
      throw wrong("invalid proto: \(parts[1]) (tcp and udp are passed on)")
    }
    let colon = parts[0].lastIndex(of: ":")
    let before = parts[0][..<(colon ?? parts[0].startIndex)]
    var hostText = before
    if let second = before.lastIndex(of: ":") {
      let ip = before[..<second]
      hostText = before[before.index(after: second)...]
      let bare = ip.hasPrefix("[") && ip.hasSuffix("]") ? ip.dropFirst().dropLast() : ip
      guard IPAddress.isValid(String(bare)), bare.contains(":") == ip.hasPrefix("[") else {
        throw wrong("invalid IP address: \(ip)")
      }
      address = bare == "0.0.0.0" || bare == "::" ? nil : String(bare)
    }
    let containerText = colon.map { parts[0][parts[0].index(after: $0)...] } ?? parts[0][...]
    guard let container = Self.range(containerText) else {
      throw wrong("invalid containerPort: \(containerText)")
    }
    (self.container, self.transport) = (container, transport)
    // `:80` is an oversight; docker takes `IP::80`.
    guard !hostText.isEmpty || colon == nil || !before.isEmpty else { throw wrong("invalid hostPort: ") }
    if hostText.isEmpty { return }
    guard let host = Self.range(hostText) else { throw wrong("invalid hostPort: \(hostText)") }
    guard host.count == container.count else {
      throw wrong("invalid ranges specified for container and host ports")
    }
    self.host = host
  }

  /// The same with ports of the host that are free now, one mapping for each where none were given.
  ///
  /// Until they are bound somebody else may take them.
  func placed() throws(Failure) -> [PortMapping] {
    if host != nil { return [self] }
    var result: [PortMapping] = []
    for number in container {
      var mapping = self
      mapping.container = number...number
      do throws(Errno) {
        let port = try HostAddress.freePort(transport, at: address)
        mapping.host = port...port
      } catch { throw error.failure("-p \(number)", doing: "a free port of the host") }
      result.append(mapping)
    }
    return result
  }

  private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
    ClosedRange(parsing: text).flatMap { $0.lowerBound > 0 ? $0 : nil }
  }

  /// Refuses two mappings of one port of the host.
  ///
  /// - Throws: `usage`.
  public static func check(_ mappings: [PortMapping]) throws(Failure) {
    for (index, mapping) in mappings.enumerated() {
      guard let host = mapping.host else { continue }
      for other in mappings[..<index]
      where other.transport == mapping.transport && other.host?.overlaps(host) ?? false
        && (other.address == nil || mapping.address == nil || other.address == mapping.address)
      {
        throw Failure(
          .usage, "-p", "port \(host.lowerBound)/\(mapping.transport) of the host is mapped twice")
      }
    }
  }
}
