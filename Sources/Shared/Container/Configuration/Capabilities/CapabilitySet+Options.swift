import System

extension CapabilitySet {
  /// The set of these.
  public init(_ capabilities: some Sequence<Capability>) {
    self.init(rawValue: capabilities.reduce(0) { $0 | 1 << $1.rawValue })
  }

  /// All that are known here.
  public static let all = CapabilitySet(Capability.allCases)

  /// What a container has where nothing is said: podman's eleven.
  public static let standard = CapabilitySet([
    .chown, .dacOverride, .fowner, .fsetid, .kill, .netBindService, .setfcap, .setgid, .setpcap, .setuid,
    .sysChroot,
  ])

  /// Its members, in the kernel's order.
  public var members: [Capability] { Capability.allCases.filter { rawValue & 1 << $0.rawValue != 0 } }

  /// The names of its members.
  public var names: [String] { members.map(\.name) }

  /// Whether `capability` is in it.
  public func has(_ capability: Capability) -> Bool { rawValue & 1 << capability.rawValue != 0 }
}

extension CapabilitySet {
  /// What `--cap-add` and `--cap-drop` leave of the standard set, by Docker's rules.
  ///
  /// `ALL` may be in either: then what the other list names is the exception; in both, only what is added by name is
  /// left.
  ///
  /// - Throws: `usage` for a name that is none.
  public init(adding added: [String], dropping dropped: [String]) throws(Failure) {
    let added = try Change("--cap-add", added)
    let dropped = try Change("--cap-drop", dropped)
    switch (added.hasAll, dropped.hasAll) {
    case (_, true): self = added.named
    case (true, false): self = Self.all.subtracting(dropped.named)
    case (false, false): self = Self.standard.subtracting(dropped.named).union(added.named)
    }
  }

  /// The names of one option.
  private struct Change {
    var named: CapabilitySet = []
    var hasAll = false

    init(_ option: String, _ names: [String]) throws(Failure) {
      for name in names.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
        if ["ALL", "CAP_ALL"].contains(name.uppercased()) {
          hasAll = true
        } else if let capability = Capability(name: String(name)) {
          named.insert(CapabilitySet([capability]))
        } else {
          throw Failure(
            .usage, "\(option) \(name)", "no such capability (capabilities(7) lists them)")
        }
      }
    }
  }
}
