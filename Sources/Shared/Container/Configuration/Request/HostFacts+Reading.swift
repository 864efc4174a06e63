import Glibc
import Image
import System

extension HostFacts {
  /// The facts of this host, for a container with a new ID.
  public static func current() throws(Failure) -> HostFacts {
    guard let path = getcwd(nil, 0) else { throw Errno.current.failure(".") }
    defer { free(path) }
    var facts = HostFacts(id: newID(), directory: String(cString: path))
    var system = utsname()
    guard uname(&system) == 0 else { throw Errno.current.failure("uname") }
    facts.hostname = text(system.nodename)
    facts.kernel = text(system.release).prefix { $0 != "-" }.split(separator: ".").prefix(2)
      .compactMap { Int($0) }
    facts.architecture = Platform.host.architecture
    facts.processors = Int(sysconf(Int32(_SC_NPROCESSORS_CONF)))
    facts.hasThermalThrottle = access("/sys/devices/system/cpu/cpu0/thermal_throttle", F_OK) == 0
    facts.hosts = content("/etc/hosts") ?? []
    facts.resolver = resolver()
    facts.address = HostAddress.ofDefaultRoute()
    return facts
  }

  /// 64 hexadecimal digits that nobody has had.
  private static func newID() -> String {
    var generator = SystemRandomNumberGenerator()
    let digits = (0..<4).flatMap { _ in
      let bits = generator.next()
      return (0..<16).map { UInt8(truncatingIfNeeded: bits >> (4 * UInt64($0))) & 0xf }
    }
    return String(decoding: digits.map { $0 < 10 ? 0x30 + $0 : 0x57 + $0 }, as: UTF8.self)
  }

  /// The host's resolv.conf; where that leads to systemd-resolved only, the one with the true name servers.
  private static func resolver() -> [UInt8] {
    let content = content("/etc/resolv.conf") ?? []
    let servers = String(decoding: content, as: UTF8.self).split(separator: "\n")
      .filter { $0.hasPrefix("nameserver") }
    guard servers.allSatisfy({ $0.hasSuffix(" 127.0.0.53") }), !servers.isEmpty,
      let better = self.content("/run/systemd/resolve/resolv.conf")
    else { return content }
    return better
  }

  private static func content(_ path: String) -> [UInt8]? {
    try? FileDescriptor.open(path, O_RDONLY | O_NOCTTY).readToEnd(limit: 4 << 20)
  }

  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
