import System

extension Platform: CustomStringConvertible {
  /// The platform that a user means by `OS`, `ARCH`, `OS/ARCH` or `OS/ARCH/VARIANT`, by containerd's rules.
  ///
  /// The part left out is this machine's; the operating system may carry `(VERSION+FEATURE)`.
  ///
  /// - Throws: `usage`.
  public init(parsing text: String) throws(Failure) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), let system = Self.system(parts[0]),
      parts.dropFirst().allSatisfy({ Self.isWord($0, "_.-") })
    else { throw Failure(.usage, text, "not a platform (OS/ARCH[/VARIANT])") }
    self.init(
      os: Self.normalizedOS(system.os), architecture: "", osVersion: system.version,
      osFeatures: system.features)
    switch parts.count {
    case 1:
      if Self.systems.contains(os) {
        (architecture, variant) = (Self.host.architecture, Self.host.variant)
      } else {
        (architecture, variant) = Self.normalized(parts[0], nil)
        os = Self.host.os
        guard Self.architectures.contains(architecture) else {
          throw Failure(.usage, text, "unknown operating system or architecture")
        }
      }
    case 2: (architecture, variant) = Self.normalized(parts[1], nil)
    default:
      (architecture, variant) = Self.normalized(parts[1], parts[2])
      if architecture == "arm64", variant == nil { variant = "v8" }
      return
    }
    // The common case goes without saying.
    if architecture == "arm", variant == "v7" { variant = nil }
  }

  /// `OS/ARCH[/VARIANT]`, with version and features in parentheses where there are any.
  public var description: String {
    var text = os
    let features = Set(osFeatures.filter { !$0.isEmpty }).sorted()
    if osVersion?.isEmpty == false || !features.isEmpty {
      let options = [osVersion ?? ""] + features
      text += "(" + options.map(Self.escaped).joined(separator: "+") + ")"
    }
    return ([text, architecture, variant ?? ""].filter { !$0.isEmpty }).joined(separator: "/")
  }

  private static let systems: Set = [
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
    "netbsd", "openbsd", "plan9", "solaris", "windows", "zos",
  ]

  private static let architectures: Set = [
    "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips",
    "mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390", "s390x",
    "sparc", "sparc64", "wasm",
  ]

  private static func isWord(_ text: some StringProtocol, _ marks: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || marks.utf8.contains($0) }
  }

  /// The parts of `OS[(VERSION[+FEATURE]...)]`; nil if it is something else.
  private static func system(_ text: String) -> (os: String, version: String?, features: [String])? {
    guard let open = text.firstIndex(of: "(") else { return isWord(text, "_-") ? (text, nil, []) : nil }
    guard isWord(text[..<open], "_-"), text.hasSuffix(")") else { return nil }
    let options = text[text.index(after: open)...].dropLast()
      .split(separator: "+", omittingEmptySubsequences: false)
    var values: [String] = []
    for (index, option) in options.enumerated() {
      guard index == 0 && option.isEmpty || isWord(option, "_.%-"), let value = unescaped(option) else {
        return nil
      }
      values.append(value)
    }
    return (String(text[..<open]), values[0].isEmpty ? nil : values[0], Array(values.dropFirst()))
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.reduce(into: "") { result, byte in
      if ASCII.isAlphanumeric(byte) || "_.-".utf8.contains(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
  }

  private static func unescaped(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, digits.allSatisfy(ASCII.isHexadecimal),
        let value = UInt8(String(Substring(digits)), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
