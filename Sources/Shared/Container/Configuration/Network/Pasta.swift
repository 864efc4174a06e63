/// The command line of pasta(1) that connects a container.
public struct Pasta: Hashable, Sendable {
  /// The ports passed on.
  public var ports: [PortMapping]
  /// The address at which it answers questions of names, where the host's own resolver can't be reached from within.
  public var resolver: String?

  /// The package that has it.
  public static let package = "passt"
  /// An address that no network uses, for `resolver`.
  public static let resolverAddress = "169.254.1.1"

  /// Passes on `ports`.
  public init(ports: [PortMapping], resolver: String? = nil) {
    self.ports = ports
    self.resolver = resolver
  }

  /// The arguments, without the command's name.
  ///
  /// What is not asked for is not passed on: no port of the container's becomes the host's by itself, and the host's
  /// own services on loopback can't be reached (which is pasta's default).
  ///
  /// - Parameters:
  ///   - network: the path of the network namespace, `/proc/PID/ns/net`.
  ///   - user: the path of its user namespace, where that is not the caller's.
  public func arguments(network: String, user: String? = nil) -> [String] {
    var arguments = ["--config-net", "--quiet", "--no-map-gw", "-T", "none", "-U", "none"]
    for transport in [PortMapping.Transport.tcp, .udp] {
      let option = transport == .tcp ? "-t" : "-u"
      let mappings = ports.filter { $0.transport == transport }
      for mapping in mappings { arguments += [option, Self.specification(mapping)] }
      if mappings.isEmpty { arguments += [option, "none"] }
    }
    if let resolver { arguments += ["--dns-forward", resolver] }
    if let user { arguments += ["--userns", user] }
    return arguments + ["--netns", network]
  }

  private static func specification(_ mapping: PortMapping) -> String {
    func text(_ range: ClosedRange<UInt16>) -> String {
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
    let prefix = mapping.address.map { "\($0)/" } ?? ""
    return "\(prefix)\(text(mapping.host)):\(text(mapping.container))"
  }
}
