extension Platform {
  /// The same platform in containerd's words: `linux/x86_64` becomes `linux/amd64`, `linux/arm` `linux/arm/v7`.
  public var normalized: Platform {
    var platform = self
    platform.os = Self.normalizedOS(os)
    (platform.architecture, platform.variant) = Self.normalized(architecture, variant)
    platform.osFeatures = Set(osFeatures).sorted()
    return platform
  }

  static func normalizedOS(_ os: String) -> String {
    if os.isEmpty { return host.os }
    let os = os.lowercased()
    return os == "macos" ? "darwin" : os
  }

  static func normalized(_ architecture: String, _ variant: String?) -> (String, String?) {
    let architecture = architecture.lowercased()
    let variant = variant.flatMap { $0.isEmpty ? nil : $0.lowercased() }
    switch architecture {
    case "i386": return ("386", nil)
    case "x86_64", "x86-64", "amd64": return ("amd64", variant == "v1" ? nil : variant)
    case "aarch64", "arm64":
      switch variant {
      case "8", "v8", "v8.0": return ("arm64", nil)
      case "9", "9.0", "v9.0": return ("arm64", "v9")
      default: return ("arm64", variant)
      }
    case "armhf": return ("arm", "v7")
    case "armel": return ("arm", "v6")
    case "arm":
      switch variant {
      case nil, "7": return ("arm", "v7")
      case "5"?, "6"?, "8"?: return ("arm", "v" + (variant ?? ""))
      default: return ("arm", variant)
      }
    default: return (architecture, variant)
    }
  }

  /// The entry of an index that suits this platform best, by containerd's order; nil if none does.
  ///
  /// Later variants of a processor run what was made for earlier ones, the nearest is best; of equals the one with
  /// the most features, then the first. Attestations are no candidates. An entry that names no platform is taken only
  /// where none fits and it is the only one.
  public func bestMatch(among entries: [Descriptor]) -> Descriptor? {
    let candidates = entries.filter { !$0.isAttestation }
    for wanted in runnable {
      let fitting = candidates.filter { $0.platform.map(wanted.accepts) ?? false }
      let features = { (entry: Descriptor) in entry.platform?.osFeatures.count ?? 0 }
      if let most = fitting.map(features).max() { return fitting.first { features($0) == most } }
    }
    let silent = candidates.filter { $0.platform == nil }
    return silent.count == 1 ? silent[0] : nil
  }

  /// Whether this platform runs what was made for `other`.
  public func runs(_ other: Platform) -> Bool { runnable.contains { $0.accepts(other) } }

  /// What this platform can run, the best first.
  private var runnable: [Platform] {
    let platform = normalized
    return Self.runnable(platform.architecture, platform.variant).map { architecture, variant in
      var other = platform
      (other.architecture, other.variant) = Self.normalized(architecture, variant)
      return other
    }
  }

  private static func runnable(_ architecture: String, _ variant: String?) -> [(String, String?)] {
    switch architecture {
    case "amd64":
      let older = levels(below: variant, down: 1).map { ("amd64", $0 as String?) }
      return [("amd64", variant)] + older + [("386", nil)]
    case "arm":
      return [("arm", variant)] + levels(below: variant, down: 5).map { ("arm", $0 as String?) }
    case "arm64":
      let older = arm64Variants(below: variant).map { ("arm64", $0 as String?) }
      return [("arm64", variant)] + older + runnable("arm", "v8")
    default:
      return [(architecture, variant)]
    }
  }

  /// The variants `vN` under `variant`, down to `last`.
  private static func levels(below variant: String?, down last: Int) -> [String] {
    guard let variant, variant.hasPrefix("v"), let level = Int(variant.dropFirst()), level > last, level < 100
    else { return [] }
    return (last..<level).reversed().map { "v\($0)" }
  }

  /// The arm64 variants that `variant` runs besides itself; each v9.N includes v8.(N+5) (Arm ARM, A2.2).
  private static func arm64Variants(below variant: String?) -> [String] {
    let variant = variant ?? "v8"
    let parts = variant.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    let minor = parts.count > 1 ? Int(parts[1]) : 0
    guard variant.first == "v", parts.count <= 2, let minor, (0...9).contains(minor) else { return [] }
    func down(_ major: Int, from minor: Int) -> [String] {
      (0...minor).reversed().map { $0 == 0 ? "v\(major)" : "v\(major).\($0)" }
    }
    switch parts.first {
    case "8": return down(8, from: minor)
    case "9": return down(9, from: minor) + down(8, from: min(minor + 5, 9))
    default: return []
    }
  }

  /// Whether an entry for `other` is what this very platform asks for.
  private func accepts(_ other: Platform) -> Bool {
    let entry = other.normalized
    guard entry.os == os, entry.architecture == architecture, entry.variant == variant else { return false }
    var needed = Set(entry.osFeatures)
    if os == "windows" { needed.remove("win32k") }
    return needed.isSubset(of: osFeatures) && acceptsVersion(entry.osVersion)
  }

  /// Windows runs containers of its own build, and from Server 2022 on those back to the long-term release before it.
  private func acceptsVersion(_ version: String?) -> Bool {
    guard os == "windows", let host = Self.build(osVersion), let version, !version.isEmpty else {
      return true
    }
    guard let container = Self.build(version), container.0 == host.0, container.1 == host.1 else {
      return false
    }
    let longTerm = [20348, 26100]
    guard host.2 >= longTerm[0] else { return container.2 == host.2 }
    let oldest = longTerm.last { $0 < host.2 } ?? longTerm[0]
    return (oldest...host.2).contains(container.2)
  }

  /// Major, minor and build of a Windows version.
  private static func build(_ version: String?) -> (Int, Int, Int)? {
    guard let version else { return nil }
    let parts = version.split(separator: ".", omittingEmptySubsequences: false).prefix(3).map { UInt16($0) }
    guard parts.count == 3, let major = parts[0], let minor = parts[1], let build = parts[2] else {
      return nil
    }
    return (Int(major), Int(minor), Int(build))
  }
}
