import System

extension InstructionParser {
  func run() throws(Failure) -> RunInstruction {
    let flags = try Flags(statement.flags, ["mount": .values, "network": .value, "security": .value])
    var run = RunInstruction(try command(statement.arguments))
    if run.command == .exec([]) || run.command == .shell("") { throw needsArgument(.run) }
    run.heredocs = statement.heredocs
    run.mounts = flags.all("mount")
    for mount in run.mounts { try RunMount.checkForm(mount) }
    run.network = flags.all("network").last
    if let network = run.network, !["default", "none", "host"].contains(network) {
      throw wrong("invalid network mode \"\(network)\"")
    }
    run.security = flags.all("security").last
    if let security = run.security, !["sandbox", "insecure"].contains(security) {
      throw wrong("security \"\(security)\" is not valid")
    }
    return run
  }

  /// CMD and ENTRYPOINT.
  func plainCommand() throws(Failure) -> CommandForm {
    _ = try Flags(statement.flags)
    return try command(statement.arguments)
  }

  func shell() throws(Failure) -> [String] {
    _ = try Flags(statement.flags)
    switch try command(statement.arguments) {
    case .exec(let words) where !words.isEmpty: return words
    case .exec, .shell(""): throw needsArgument(.shell)
    case .shell: throw wrong("SHELL requires the arguments to be in JSON form")
    }
  }

  func healthcheck() throws(Failure) -> HealthcheckInstruction {
    let (type, arguments) = statement.arguments.splitAtSpace
    guard !type.isEmpty else { throw needsArgument(.healthcheck) }
    let form = try command(arguments)
    if type.text.uppercased() == "NONE" {
      guard form == .shell("") || form == .exec([]) else {
        throw wrong("HEALTHCHECK NONE takes no arguments")
      }
      return HealthcheckInstruction(nil)
    }
    let flags = try Flags(
      statement.flags,
      [
        "interval": .value, "timeout": .value, "start-period": .value, "start-interval": .value,
        "retries": .value,
      ])
    guard type.text.uppercased() == "CMD" else {
      throw wrong("Unknown type \"\(type.text.uppercased())\" in HEALTHCHECK (try CMD)")
    }
    guard form != .shell(""), form != .exec([]) else { throw wrong("Missing command after HEALTHCHECK CMD") }
    var check = HealthcheckInstruction(form)
    check.interval = try Self.interval(flags, "interval")
    check.timeout = try Self.interval(flags, "timeout")
    check.startPeriod = try Self.interval(flags, "start-period")
    check.startInterval = try Self.interval(flags, "start-interval")
    check.retries = try Self.retries(flags)
    return check
  }

  private static func interval(_ flags: Flags, _ name: String) throws(Failure) -> Int64? {
    guard let text = flags[name] else { return nil }
    guard let time = TimeText.nanoseconds(text) else {
      throw wrong("--\(name): invalid duration \"\(text)\"")
    }
    guard time == 0 || time >= 1_000_000 else {
      throw wrong("Interval \"\(name)\" cannot be less than 1ms")
    }
    return time == 0 ? nil : time
  }

  private static func retries(_ flags: Flags) throws(Failure) -> Int64? {
    guard let text = flags["retries"] else { return nil }
    guard let retries = Int32(text) else { throw wrong("--retries: invalid number \"\(text)\"") }
    guard retries >= 0 else { throw wrong("--retries cannot be negative (\(retries))") }
    return retries == 0 ? nil : Int64(retries)
  }
}
