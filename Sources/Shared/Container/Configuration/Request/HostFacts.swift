/// What of the host goes into a container's spec, read beforehand.
public struct HostFacts: Sendable {
  /// The container's ID, 64 hexadecimal digits; its first twelve are the default host name.
  public var id: String
  /// The caller's directory, from which relative paths of `-v` count.
  public var directory: String
  /// The host's name.
  public var hostname = "localhost"
  /// The host's /etc/hosts.
  public var hosts: [UInt8] = []
  /// The host's /etc/resolv.conf.
  public var resolver: [UInt8] = []
  /// The address by which it speaks to others; nil where it speaks to none.
  public var address: String?
  /// The kernel's version, `[6, 18]`.
  public var kernel: [Int] = [6, 0]
  /// The processor, GOARCH.
  public var architecture = "amd64"
  /// How many processors it has.
  public var processors = 1
  /// Whether processors tell how hot they get.
  public var hasThermalThrottle = false

  /// The facts for the container of that ID, called from `directory`.
  public init(id: String, directory: String) {
    self.id = id
    self.directory = directory
  }
}
