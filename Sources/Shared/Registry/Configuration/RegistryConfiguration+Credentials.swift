import Image
import System

extension RegistryConfiguration {
  /// The credentials for an endpoint; nil where none are stored.
  ///
  /// Asked in the order of `credential-helpers` in registries.conf, which by default has the files alone:
  /// `REGISTRY_AUTH_FILE`, or else `$XDG_RUNTIME_DIR/containers/auth.json` (`/run/containers/UID/auth.json` where
  /// that is not set), `~/.config/containers/auth.json`, and Docker's `config.json` in `$DOCKER_CONFIG` or
  /// `~/.docker`. The first that has any wins; a file that has its own credential helper is as good as what that
  /// helper says.
  ///
  /// - Throws: what is wrong with which file or helper; never their content.
  public func credentials(for endpoint: Endpoint) throws(Failure) -> Credentials? {
    let host = Self.dockerHosts.contains(endpoint.host) ? Reference.defaultDomain : endpoint.host
    for helper in registries.credentialHelpers ?? ["containers-auth.json"] {
      let found =
        helper == "containers-auth.json"
        ? try storedCredentials(for: host, repository: "\(host)/\(endpoint.repository)")
        : try ask(helper, for: host, namedBy: "registries.conf")
      if let found { return found }
    }
    return nil
  }

  private func storedCredentials(for host: String, repository: String) throws(Failure) -> Credentials? {
    for path in credentialPaths {
      guard let bytes = try ConfigurationFile.contents(of: path) else {
        guard sources.variable("REGISTRY_AUTH_FILE") == nil else {
          throw Failure(.failed, path, "does not exist, and REGISTRY_AUTH_FILE names it")
        }
        continue
      }
      let file = try CredentialFile(bytes, path: path)
      if let helper = try file.helper(for: host), let found = try ask(helper, for: host, namedBy: path) {
        return found
      }
      if let found = try file.credentials(for: repository) { return found }
    }
    return nil
  }

  private var credentialPaths: [String] {
    if let path = sources.variable("REGISTRY_AUTH_FILE") { return [path] }
    let home = sources.variable("HOME")
    let runtime =
      sources.variable("XDG_RUNTIME_DIR").map { "\($0)/containers" }
      ?? "\(sources.systemRoot)/run/containers/\(sources.userID)"
    let configuration = sources.variable("XDG_CONFIG_HOME") ?? home.map { "\($0)/.config" }
    let docker = sources.variable("DOCKER_CONFIG") ?? home.map { "\($0)/.docker" }
    return ["\(runtime)/auth.json"] + [configuration.map { "\($0)/containers/auth.json" }].compactMap { $0 }
      + [docker.map { "\($0)/config.json" }].compactMap { $0 }
  }

  private func ask(_ helper: String, for host: String, namedBy origin: String) throws(Failure) -> Credentials?
  {
    let helper = try CredentialHelper(helper, namedBy: origin, environment: sources.environment)
    // Docker's own key comes first, then that of podman and skopeo.
    let keys = host == Reference.defaultDomain ? ["https://index.docker.io/v1/", host] : [host]
    for key in keys {
      if let found = try helper.credentials(for: key, timeout: helperTimeout) { return found }
    }
    return nil
  }
}
