import CommandLine
import Dockerfile
import System

extension BuildRun {
  /// `--check`: what could be better in the Dockerfile of the context of `operand`, a line each.
  ///
  /// - Throws: `failed` where there is something, and the Dockerfile wants that to be an error.
  public func check(_ operand: String) throws(Failure) {
    try stoppable { (stop) throws(Failure) in
      let context = try context(of: operand, stop)
      let dockerfile = try ParsedDockerfile(parsing: context.dockerfile, name: context.name)
      let lint = try lint(dockerfile, context)
      for warning in lint.warnings { try session.streams.print("\(dockerfile.name):\(warning.text)") }
      if let failure = lint.failure(of: dockerfile) { throw failure }
    }
  }

  /// Says what could be better, before it is built.
  ///
  /// - Throws: as `check`.
  func warn(_ dockerfile: ParsedDockerfile, _ context: ContextSource) throws(Failure) {
    let lint = try lint(dockerfile, context)
    for warning in lint.warnings { session.diagnostics.notice("\(dockerfile.name):\(warning.text)") }
    if let failure = lint.failure(of: dockerfile) { throw failure }
  }

  private func lint(_ dockerfile: ParsedDockerfile, _ context: ContextSource) throws(Failure) -> Lint {
    var surroundings = Lint.Surroundings()
    surroundings.buildArguments = try source.arguments(session.environment)
    surroundings.ignore = context.ignored
    return try Lint(dockerfile, surroundings)
  }
}

extension Lint {
  /// The failure that the warnings are, where they are to be one.
  fileprivate func failure(of dockerfile: ParsedDockerfile) -> Failure? {
    guard isError, let first = warnings.first else { return nil }
    return Failure(
      .failed, "\(dockerfile.name):\(first.lines.lowerBound)",
      "\(first.name): \(first.message) (an error by # check=error=true)")
  }
}

extension LintWarning {
  /// `LINE: warning: NAME: MESSAGE`.
  fileprivate var text: String { "\(lines.lowerBound): warning: \(name): \(message)" }
}
