import System

/// The command line of pasta(1) that connects a container.
public struct Pasta: Hashable, Sendable {
  /// The ports passed on.
  public var ports: [PortMapping]
  /// The address at which it answers questions of names, where the host's own resolver can't be reached from within.
  public var resolver: String?
  /// Whether the container has an address of its own, so that the host's leads to the host.
  public var reachesHost = false

  /// The package that has it.
  public static let package = "passt"
  /// An address that no network uses, for `resolver`.
  public static let resolverAddress = "169.254.1.1"
  /// The address that a container has where it is not the host's, and that of its router: those of QEMU's user networks.
  static let ownAddress = (container: "10.0.2.100", router: "10.0.2.2", bits: 24)

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
    if reachesHost {
      let own = Self.ownAddress
      arguments += ["-a", own.container, "-n", "\(own.bits)", "-g", own.router]
    }
    if let user { arguments += ["--userns", user] }
    return arguments + ["--netns", network]
  }

  /// The same with a free port of the host for each of the container's that had none.
  ///
  /// - Returns: besides, what was chosen, a line each.
  public func placed() throws(Failure) -> (Pasta, lines: [String]) {
    var result = self
    result.ports = []
    var lines: [String] = []
    for mapping in ports {
      for placed in try mapping.placed() {
        result.ports.append(placed)
        guard mapping.host == nil, let port = placed.host?.lowerBound else { continue }
        let address = placed.address.map { $0.contains(":") ? "[\($0)]" : $0 } ?? "0.0.0.0"
        lines.append("\(placed.container.lowerBound)/\(placed.transport) -> \(address):\(port)")
      }
    }
    return (result, lines)
  }

  private static func specification(_ mapping: PortMapping) -> String {
    func text(_ range: ClosedRange<UInt16>) -> String {
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
    let prefix = mapping.address.map { "\($0)/" } ?? ""
    return "\(prefix)\(mapping.host.map(text) ?? ""):\(text(mapping.container))"
  }
}
