import CommandLine
import Registry
import System

extension Session {
  /// A client of registries, with the configuration and the credentials that the environment leads to.
  ///
  /// - Parameters:
  ///   - insecure: hosts that are also spoken to by http or with any certificate.
  ///   - verbose: whether each request is told.
  public func registryClient(insecure: [String], verbose: Bool) throws(Failure) -> RegistryClient {
    let sources = RegistryConfiguration.Sources(
      environment: environment.variables, insecureHosts: insecure, userID: environment.userID)
    let diagnostics = diagnostics
    let progress = progress
    let trace: @Sendable (String) -> Void = { diagnostics.verbose($0) }
    // That something is tried again is progress: a script sees only how it ends.
    let retry: @Sendable (String) -> Void = { progress.note($0) }
    return try RegistryClient(
      RegistryConfiguration(sources), notice: verbose ? trace : retry, trace: verbose ? trace : nil)
  }
}
