import Image
import System

// Docker's format of profiles (`docker run --security-opt seccomp=FILE`, containers-common's seccomp.json): the rules
// of a runtime specification, each for some capabilities, processors and kernels only.

extension SeccompProfile {
  /// What a profile is made for.
  public struct Setting: Sendable {
    /// The processor, GOARCH.
    public var architecture: String
    /// The capabilities of the bounding set.
    public var capabilities: CapabilitySet
    /// The kernel's version: 4.8 is `[4, 8]`.
    public var kernel: [Int]

    /// A setting.
    public init(architecture: String, capabilities: CapabilitySet, kernel: [Int]) {
      self.architecture = architecture
      self.capabilities = capabilities
      self.kernel = kernel
    }
  }

  /// The profile that the JSON document `bytes` is in `setting`.
  ///
  /// - Throws: `invalid` where it is none, or speaks of what is not supported.
  public init(docker bytes: [UInt8], in setting: Setting) throws(Failure) {
    let document = try JSON(parsing: bytes)
    guard document.object != nil else { throw Self.wrong("the document is not an object") }
    for key in ["listenerPath", "listenerMetadata"] where document[key]?.string?.isEmpty == false {
      throw Self.wrong("\(key): a supervisor of system calls is not supported")
    }
    let defaultAction = try Self.action(
      document["defaultAction"], errno: document["defaultErrnoRet"], at: "defaultAction")
    architectures = try Self.architectures(of: document, for: setting.architecture)
    self.defaultAction = defaultAction
    rules = []
    for (index, call) in try Self.array(document["syscalls"], "syscalls").enumerated() {
      if let rule = try Self.rule(call, at: "syscalls[\(index)]", in: setting) { rules.append(rule) }
    }
  }

  private static func wrong(_ problem: String) -> Failure {
    Failure(.invalid, "", "is no seccomp profile: \(problem)")
  }

  /// The elements; none where it is absent or null.
  private static func array(_ value: JSON?, _ place: String) throws(Failure) -> [JSON] {
    guard let value, value != .null else { return [] }
    guard let array = value.array else { throw wrong("\(place) is not an array") }
    return array
  }

  private static func strings(_ value: JSON?, _ place: String) throws(Failure) -> [String] {
    try array(value, place).map { (element) throws(Failure) in
      guard let text = element.string else { throw wrong("\(place) is not an array of strings") }
      return text
    }
  }

  private static func number(_ value: JSON?, _ place: String) throws(Failure) -> UInt64? {
    guard let value, value != .null else { return nil }
    guard case .number(let text) = value, let number = UInt64(text) else {
      throw wrong("\(place) is not a whole number")
    }
    return number
  }

  private static func action(
    _ name: JSON?, errno: JSON?, at place: String
  ) throws(Failure) -> Action {
    guard let name = name?.string else { throw wrong("\(place) is missing") }
    let number = try number(errno, "\(place): errnoRet") ?? 1
    guard number < 4096 else { throw wrong("\(place): errnoRet \(number) is no error number") }
    guard let action = Action(name: name, number: UInt16(number)) else {
      throw wrong("\(place): the action \(name.oneLine) is not supported")
    }
    return action
  }

  private static func architectures(of document: JSON, for native: String) throws(Failure) -> [String] {
    let plain = try strings(document["architectures"], "architectures")
    let map = try array(document["archMap"], "archMap")
    guard plain.isEmpty || map.isEmpty else { throw wrong("it has both architectures and archMap") }
    for entry in map {
      guard let architecture = entry["architecture"]?.string else {
        throw wrong("archMap: architecture is missing")
      }
      guard architecture == specificationName(of: native) else { continue }
      return [architecture] + (try strings(entry["subArchitectures"], "subArchitectures"))
    }
    return plain
  }

  private static func rule(_ call: JSON, at place: String, in setting: Setting) throws(Failure) -> Rule? {
    var names = try strings(call["names"], "\(place).names")
    if let name = call["name"]?.string, !name.isEmpty {
      guard names.isEmpty else { throw wrong("\(place) has both name and names") }
      names = [name]
    }
    guard !names.isEmpty else { throw wrong("\(place) names no system call") }
    let action = try action(call["action"], errno: call["errnoRet"], at: "\(place).action")
    var conditions: [Condition] = []
    for argument in try array(call["args"], "\(place).args") {
      conditions.append(try condition(argument, at: "\(place).args"))
    }
    guard try Filter(call["includes"], at: "\(place).includes").isMet(in: setting),
      try !Filter(call["excludes"], at: "\(place).excludes").isTouched(in: setting)
    else { return nil }
    return Rule(names, action, where: conditions)
  }

  private static func condition(_ argument: JSON, at place: String) throws(Failure) -> Condition {
    guard let index = try number(argument["index"], "\(place).index"), index < 6 else {
      throw wrong("\(place).index is not 0 to 5")
    }
    guard let comparison = argument["op"]?.string.flatMap(Comparison.init) else {
      throw wrong("\(place).op is no comparison")
    }
    return Condition(
      UInt32(index), comparison, try number(argument["value"], "\(place).value") ?? 0,
      try number(argument["valueTwo"], "\(place).valueTwo") ?? 0)
  }

  /// When a rule counts.
  private struct Filter {
    let capabilities: [String]
    let architectures: [String]
    let kernel: [Int]?

    init(_ value: JSON?, at place: String) throws(Failure) {
      capabilities = try strings(value?["caps"], "\(place).caps")
      architectures = try strings(value?["arches"], "\(place).arches")
      guard let text = value?["minKernel"]?.string, !text.isEmpty else {
        kernel = nil
        return
      }
      let parts = text.split(separator: ".").map { Int($0) }
      guard parts.count == 2, let major = parts[0], let minor = parts[1] else {
        throw wrong("\(place).minKernel is not MAJOR.MINOR")
      }
      kernel = [major, minor]
    }

    private func has(_ name: String, _ setting: Setting) -> Bool {
      Capability(name: name).map(setting.capabilities.has) ?? false
    }

    private func isReached(_ setting: Setting) -> Bool? {
      kernel.map { !setting.kernel.lexicographicallyPrecedes($0) }
    }

    /// Of what is included, all must be so.
    func isMet(in setting: Setting) -> Bool {
      capabilities.allSatisfy { has($0, setting) }
        && (architectures.isEmpty || architectures.contains(setting.architecture))
        && isReached(setting) ?? true
    }

    /// Of what is excluded, one is enough.
    func isTouched(in setting: Setting) -> Bool {
      capabilities.contains { has($0, setting) } || architectures.contains(setting.architecture)
        || isReached(setting) ?? false
    }
  }
}

extension SeccompProfile {
  /// The specification's name of a processor, by its GOARCH.
  static func specificationName(of architecture: String) -> String? {
    let names = [
      "386": "X86", "amd64": "X86_64", "arm": "ARM", "arm64": "AARCH64", "ppc64le": "PPC64LE",
      "riscv64": "RISCV64", "s390x": "S390X",
    ]
    return names[architecture].map { "SCMP_ARCH_\($0)" }
  }
}
