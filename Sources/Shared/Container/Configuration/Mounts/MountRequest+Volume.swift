import System

// `-v [SRC:]DST[:OPTIONS]` and `--tmpfs DST[:OPTIONS]`, by docker's rules.

extension MountRequest {
  /// The mount that the argument of `-v` asks for.
  ///
  /// - Throws: `usage`, without the option's name.
  public init(volume text: String) throws(Failure) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), !parts.contains(""), text != ":" else {
      throw Failure(.usage, "", "invalid volume specification: it is not [SRC:]DST[:OPTIONS]")
    }
    var source: String?
    var destination = parts[0]
    var mode: String?
    if parts.count == 2, Self.isMode(parts[1]), !parts[1].hasPrefix("/") {
      mode = parts[1]
    } else if parts.count > 1 {
      source = parts[0]
      destination = parts[1]
      mode = parts.count > 2 ? parts[2] : nil
    }
    try self.init(try Self.source(source), at: Self.target(destination))
    if let mode { try apply(mode: mode) }
  }

  /// The mount of a directory in memory that the argument of `--tmpfs` asks for.
  ///
  /// - Throws: `usage`, without the option's name.
  public init(tmpfs text: String) throws(Failure) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    try self.init(.tmpfs([]), at: Self.target(parts[0]))
    attributes = [.noSetUserID, .noDevices, .noExecution]
    var options: [Option] = []
    for word in (parts.count > 1 ? parts[1] : "").split(separator: ",") {
      if try apply(attribute: word) { continue }
      options.append(try Self.option(ofTmpfs: word))
    }
    source = .tmpfs(options)
  }

  private static func source(_ text: String?) throws(Failure) -> Source {
    guard let text else { return .volume }
    if text.hasPrefix("/") || text == "." || text == ".." || text.hasPrefix("./") || text.hasPrefix("../") {
      return .bind(text)
    }
    throw named(text)
  }

  /// Why a named volume is not had.
  static func named(_ name: String) -> Failure {
    Failure(
      .usage, "",
      "\"\(name)\" would be a named volume, which ctr-run does not keep: use a directory (./\(name):…), or leave it out for one that goes with the container"
    )
  }

  private static func isMode(_ text: String) -> Bool {
    text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { modes[String($0)] != nil }
  }

  /// What a word of the options sets: words of one group exclude each other.
  private enum Word: Equatable {
    case readOnly(Bool)
    case propagation(MountPropagation, recursive: Bool)
    case recursive(Bool)
    /// Of no consequence here: labels where there are none, caches of other machines, copying into volumes.
    case ignored(String)

    var group: String {
      switch self {
      case .readOnly: "access"
      case .propagation: "propagation"
      case .recursive: "recursion"
      case .ignored(let group): group
      }
    }
  }

  private static let modes: [String: Word] = [
    "ro": .readOnly(true), "rw": .readOnly(false), "z": .ignored("label"), "Z": .ignored("label"),
    "nocopy": .ignored("copy"), "copy": .ignored("copy"), "consistent": .ignored("consistency"),
    "cached": .ignored("consistency"), "delegated": .ignored("consistency"),
    "bind": .recursive(false), "rbind": .recursive(true),
    "private": .propagation(.private, recursive: false), "rprivate": .propagation(.private, recursive: true),
    "slave": .propagation(.slave, recursive: false), "rslave": .propagation(.slave, recursive: true),
    "shared": .propagation(.shared, recursive: false), "rshared": .propagation(.shared, recursive: true),
  ]

  /// The propagation of that name.
  static func propagation(_ name: String) -> MountPropagation? {
    if case .propagation(let propagation, _) = modes[name] { propagation } else { nil }
  }

  private mutating func apply(mode: String) throws(Failure) {
    var groups: Set<String> = []
    for name in mode.split(separator: ",", omittingEmptySubsequences: false) {
      guard let word = Self.modes[String(name)], groups.insert(word.group).inserted else {
        throw Failure(.usage, "", "invalid mode: \(mode)")
      }
      switch word {
      case .readOnly(true): attributes.insert(.readOnly)
      case .readOnly(false), .ignored: break
      case .recursive(let value): isRecursive = value
      case .propagation(let value, _):
        guard case .bind = source else {
          throw Failure(.usage, "", "\(name) is for directories of the host only")
        }
        propagation = value
      }
    }
  }

  /// Whether `word` is a mount attribute, which then is set or taken back.
  private mutating func apply(attribute word: Substring) throws(Failure) -> Bool {
    let attributes: [Substring: (MountAttributes, Bool)] = [
      "ro": (.readOnly, true), "rw": (.readOnly, false), "noexec": (.noExecution, true),
      "exec": (.noExecution, false),
      "nosuid": (.noSetUserID, true), "suid": (.noSetUserID, false), "nodev": (.noDevices, true),
      "dev": (.noDevices, false),
      "noatime": (.noAccessTime, true), "atime": (.noAccessTime, false), "relatime": ([], true),
      "strictatime": ([], true), "nodiratime": ([], true), "diratime": ([], true), "async": ([], true),
    ]
    guard let (attribute, isSet) = attributes[word] else { return false }
    if isSet { self.attributes.insert(attribute) } else { self.attributes.remove(attribute) }
    return true
  }

  /// An option of tmpfs with its value checked: sizes become numbers of bytes, or stay percentages.
  static func option(ofTmpfs word: Substring) throws(Failure) -> Option {
    let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    func wrong() -> Failure { Failure(.usage, "", "invalid tmpfs option [\"\(word)\"]") }
    guard pair.count == 2 else { throw wrong() }
    switch pair[0] {
    case "size":
      if pair[1].hasSuffix("%"), let share = UInt8(pair[1].dropLast()), share <= 100 { break }
      return Option(name: "size", value: String(try ByteSize(parsing: pair[1]).bytes))
    case "mode":
      guard let mode = UInt16(pair[1], radix: 8), mode <= 0o7777 else { throw wrong() }
    case "uid", "gid": guard Accounts.number(pair[1]) != nil else { throw wrong() }
    case "nr_inodes", "nr_blocks":
      return Option(name: pair[0], value: String(try ByteSize(parsing: pair[1]).bytes))
    default: throw wrong()
    }
    return Option(name: pair[0], value: pair[1])
  }
}
