import ArgumentParser

/// Options of a container's network and names.
public struct NetworkOptions: ParsableArguments, Sendable {
  @Option(
    name: [.customLong("network"), .customLong("net")],
    help: ArgumentHelp("pasta (the default), host or none.", valueName: "mode"))
  var network: String?

  @Option(
    name: .short("p", "publish"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Pass on a port, [IP:]HOST:CTR.", valueName: "port"))
  var publish: [String] = []

  @Option(name: .short("h", "hostname"), help: .more("The host name.", "name"))
  var hostname: String?

  @Option(parsing: .unconditionalSingleValue, help: .more("A line for /etc/hosts.", "name:ip"))
  var addHost: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .more("Ask this name server.", "ip"))
  var dns: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .more("Search names in this domain.", "domain"))
  var dnsSearch: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .more("An option of resolv.conf.", "option"))
  var dnsOption: [String] = []

  @Option(parsing: .unconditionalSingleValue, help: .more("Set a kernel parameter.", "name=value"))
  var sysctl: [String] = []

  /// For ArgumentParser.
  public init() {}
}
