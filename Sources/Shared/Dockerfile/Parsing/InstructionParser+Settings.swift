import System

extension InstructionParser {
  /// The one argument that USER, WORKDIR, STOPSIGNAL and MAINTAINER have, which may hold white space.
  func oneArgument(_ keyword: Keyword) throws(Failure) -> String {
    guard !statement.arguments.isEmpty else {
      throw wrong("\(keyword.rawValue) requires exactly one argument")
    }
    // BuildKit takes no notice of flags of STOPSIGNAL.
    if keyword != .stopSignal { _ = try Flags(statement.flags) }
    return rest
  }

  /// The ports, in order.
  func expose() throws(Failure) -> [String] {
    guard !spaced.isEmpty else { throw needsArgument(.expose) }
    _ = try Flags(statement.flags)
    return spaced.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  func volume() throws(Failure) -> [String] {
    var volumes = try list()
    guard !volumes.isEmpty else { throw needsArgument(.volume) }
    _ = try Flags(statement.flags)
    for index in volumes.indices {
      volumes[index] = Array(volumes[index].utf8)[...].stripped.text
      guard !volumes[index].isEmpty else { throw wrong("VOLUME specified can not be an empty string") }
    }
    return volumes
  }

  /// The instruction after ONBUILD, with its here-documents; like BuildKit only its form is looked at.
  func onBuild() throws(Failure) -> String {
    guard !statement.arguments.isEmpty else { throw needsArgument(.onBuild) }
    _ = try Flags(statement.flags)
    let trigger = Statement(statement.arguments, escape: escape, lines: statement.origin.lines)
    let parser = InstructionParser(statement: trigger, escape: escape)
    switch Keyword(trigger.keyword) {
    case .onBuild: throw wrong("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    case .maintainer, .from:
      throw wrong("\(trigger.keyword.uppercased()) isn't allowed as an ONBUILD trigger")
    case .env, .label:
      if !trigger.arguments.isEmpty { try parser.checkAssignments() }
    case .run, .cmd, .entrypoint, .shell, .copy, .add, .volume: _ = try parser.list()
    case .healthcheck: _ = try parser.command(trigger.arguments.splitAtSpace.1)
    default: break
    }
    return statement.heredocs.reduce(into: statement.remainder.text) { $0 += "\n" + $1.content + $1.name }
  }

  private func checkAssignments() throws(Failure) {
    var plain = statement
    plain.flags = []
    _ = try InstructionParser(statement: plain, escape: escape).assignments(.env)
  }
}
