import System

/// /etc/hosts, /etc/resolv.conf and /etc/hostname of a container, as Docker makes them.
public struct NetworkFiles: Sendable {
  /// A line of /etc/hosts: `--add-host NAME:ADDRESS`.
  public struct Host: Hashable, Sendable {
    /// The name.
    public var name: String
    /// Its address, or `hostGateway`.
    public var address: String

    /// What stands for the host's own address.
    public static let hostGateway = "host-gateway"

    /// The line that `NAME:ADDRESS` or `NAME=ADDRESS` asks for.
    ///
    /// - Throws: `usage`, about the option.
    public init(parsing text: String) throws(Failure) {
      func wrong(_ problem: String) -> Failure { Failure(.usage, "--add-host \(text)", problem) }
      guard let mark = text.firstIndex(where: { $0 == "=" || $0 == ":" }), mark != text.startIndex else {
        throw wrong("bad format for add-host: it is not NAME:ADDRESS")
      }
      name = String(text[..<mark])
      let address = text[text.index(after: mark)...]
      self.address = String(
        address.hasPrefix("[") && address.hasSuffix("]") ? address.dropFirst().dropLast() : address)
      guard !name.contains(where: { $0.isWhitespace || $0 == "#" }) else { throw wrong("that is no name") }
      guard self.address == Self.hostGateway || IPAddress.isValid(self.address) else {
        throw wrong("invalid IP address in add-host: \"\(address)\"")
      }
    }
  }

  /// What `--dns`, `--dns-search` and `--dns-option` say.
  public struct Resolution: Hashable, Sendable {
    /// Addresses of name servers.
    public var servers: [String] = []
    /// Domains to search; a `.` for none.
    public var search: [String] = []
    /// Options of resolv.conf(5).
    public var options: [String] = []

    /// Nothing said.
    public init() {}

    /// Refuses what is no address, or would be lines of its own.
    ///
    /// - Throws: `usage`.
    public func check() throws(Failure) {
      for server in servers where !IPAddress.isValid(server) {
        throw Failure(.usage, "--dns \(server)", "is not an IP address")
      }
      for (option, words) in [("--dns-search", search), ("--dns-option", options)] {
        for word in words where word.isEmpty || word.contains(where: { $0.isWhitespace || $0 == "#" }) {
          throw Failure(.usage, "\(option) \(word)", "is not a word")
        }
      }
    }
  }

  /// The content of /etc/hosts.
  ///
  /// - Parameters:
  ///   - host: the host's, for a container in its network.
  ///   - gateway: the address that `host-gateway` means.
  public static func hosts(
    hostname: String, mode: NetworkMode, added: [Host], host: [UInt8], gateway: String? = nil
  ) -> [UInt8] {
    var text: String
    if mode == .host, !host.isEmpty {
      text = String(decoding: host, as: UTF8.self)
      if text.last != "\n" { text += "\n" }
    } else {
      text = """
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::0\tip6-localnet
        ff00::0\tip6-mcastprefix
        ff02::1\tip6-allnodes
        ff02::2\tip6-allrouters

        """
    }
    for line in added {
      text += "\(line.address == Host.hostGateway ? gateway ?? line.address : line.address)\t\(line.name)\n"
    }
    // Docker has the address on its bridge here. There is no bridge: the name leads home, as on any host of its own.
    if mode == .pasta { text += "127.0.1.1\t\(hostname)\n" }
    return Array(text.utf8)
  }

  /// The content of /etc/resolv.conf, and whether pasta must answer in place of the host's own resolver.
  ///
  /// - Parameter host: the host's. What leads to the host itself (127.0.0.53 say) leads nowhere in a network of its own.
  public static func resolver(
    _ given: Resolution, mode: NetworkMode, host: [UInt8]
  ) -> (content: [UInt8], isForwarded: Bool) {
    let lines = String(decoding: host, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init) }
    if given == Resolution(), mode == .host { return (host, false) }
    var servers = given.servers
    var isForwarded = false
    if servers.isEmpty {
      let known = lines.filter { $0.first == "nameserver" && $0.count > 1 }.map { $0[1] }
      servers = mode == .host ? known : known.filter { !IPAddress.isLoopback($0) }
      if mode == .pasta, servers.isEmpty {
        isForwarded = !known.isEmpty
        servers = isForwarded ? [Pasta.resolverAddress] : []
      }
    }
    func values(_ keyword: String) -> [String] {
      lines.last { $0.first == keyword }.map { Array($0.dropFirst()) } ?? []
    }
    let search = given.search.isEmpty ? values("search") : given.search.filter { $0 != "." }
    var text = search.isEmpty ? "" : "search \(search.joined(separator: " "))\n"
    text += servers.map { "nameserver \($0)\n" }.joined()
    let options = given.options.isEmpty ? values("options") : given.options
    if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
    return (Array(text.utf8), isForwarded)
  }
}
