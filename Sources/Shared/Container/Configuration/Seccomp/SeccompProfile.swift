/// Which system calls a container may make (seccomp(2)): rules in order, and what becomes of all other calls.
public struct SeccompProfile: Hashable, Sendable {
  /// What becomes of calls that no rule is about.
  public var defaultAction: Action
  /// The architectures it is for, by the specification's names (`SCMP_ARCH_X86_64`); this machine's own is always one.
  public var architectures: [String]
  /// The rules.
  public var rules: [Rule]

  /// A profile of these rules.
  public init(defaultAction: Action, architectures: [String] = [], rules: [Rule]) {
    self.defaultAction = defaultAction
    self.architectures = architectures
    self.rules = rules
  }

  /// What becomes of a call.
  public enum Action: Hashable, Sendable {
    /// It is made.
    case allow
    /// It is made, and the kernel's log says so.
    case log
    /// It fails with this error number.
    case fail(UInt16)
    /// A tracer is asked, with this number.
    case trace(UInt16)
    /// SIGSYS is sent.
    case trap
    /// The thread ends.
    case killThread
    /// The process ends.
    case killProcess
  }

  /// An action for some calls, where all conditions hold.
  public struct Rule: Hashable, Sendable {
    /// The calls, a space between two; those that libseccomp does not know are passed over.
    ///
    /// In one text: some 400 are read at every start of a container, and looked at only when a filter is made.
    let words: String
    /// What becomes of them.
    public var action: Action
    /// What must be so.
    public var conditions: [Condition]

    /// A rule for the calls `names`.
    public init(_ names: [String], _ action: Action, where conditions: [Condition] = []) {
      // What has a space in it is no name, and must not become two.
      let known = names.filter { name in !name.utf8.contains(UInt8(ascii: " ")) }
      self.init(words: known.joined(separator: " "), action, where: conditions)
    }

    init(words: String, _ action: Action, where conditions: [Condition] = []) {
      self.words = words
      self.action = action
      self.conditions = conditions
    }

    /// The calls.
    public var names: [String] { words.split(separator: " ").map(String.init) }
  }

  /// A comparison of an argument of the call, as 64 bits.
  public struct Condition: Hashable, Sendable {
    /// Which argument, from 0.
    public var argument: UInt32
    /// How it is compared.
    public var comparison: Comparison
    /// What with; the mask of `maskedEqual`.
    public var value: UInt64
    /// What the masked argument must be.
    public var second: UInt64

    /// Argument number `argument` compared with `value`.
    public init(_ argument: UInt32, _ comparison: Comparison, _ value: UInt64, _ second: UInt64 = 0) {
      self.argument = argument
      self.comparison = comparison
      self.value = value
      self.second = second
    }
  }

  /// A way to compare, by the specification's name.
  public enum Comparison: String, Sendable, CaseIterable {
    case notEqual = "SCMP_CMP_NE"
    case less = "SCMP_CMP_LT"
    case lessOrEqual = "SCMP_CMP_LE"
    case equal = "SCMP_CMP_EQ"
    case greaterOrEqual = "SCMP_CMP_GE"
    case greater = "SCMP_CMP_GT"
    case maskedEqual = "SCMP_CMP_MASKED_EQ"
  }
}

extension SeccompProfile.Action {
  /// The specification's name.
  public var name: String {
    switch self {
    case .allow: "SCMP_ACT_ALLOW"
    case .log: "SCMP_ACT_LOG"
    case .fail: "SCMP_ACT_ERRNO"
    case .trace: "SCMP_ACT_TRACE"
    case .trap: "SCMP_ACT_TRAP"
    case .killThread: "SCMP_ACT_KILL_THREAD"
    case .killProcess: "SCMP_ACT_KILL_PROCESS"
    }
  }

  /// The number that goes with it.
  public var number: UInt16? {
    switch self {
    case .fail(let number), .trace(let number): number
    default: nil
    }
  }

  /// The action of that name; nil where there is none, or none that works without a supervisor.
  init?(name: String, number: UInt16) {
    switch name {
    case "SCMP_ACT_ALLOW": self = .allow
    case "SCMP_ACT_LOG": self = .log
    case "SCMP_ACT_ERRNO": self = .fail(number)
    case "SCMP_ACT_TRACE": self = .trace(number)
    case "SCMP_ACT_TRAP": self = .trap
    case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": self = .killThread
    case "SCMP_ACT_KILL_PROCESS": self = .killProcess
    default: return nil
    }
  }
}
