import System

extension LintStages {
  /// The parts of a name, between `_`, that make it that of a secret.
  private static let secretWords: Set<String> = [
    "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token",
  ]
  /// The parts that make it another's after all.
  private static let publicWords: Set<String> = ["public", "file", "version"]

  func checkSecret(_ name: String, at origin: SourceText, _ report: inout LintReport) {
    let words = Set(name.lowercased().split(separator: "_").map(String.init))
    guard !words.isDisjoint(with: Self.secretWords), words.isDisjoint(with: Self.publicWords) else { return }
    report.add(
      .secretsUsedInArgOrEnv, at: origin,
      "\(origin.keyword.uppercased()) '\(name)' stays in the image; a secret is for RUN --mount=type=secret")
  }

  func checkAssignments(_ assignments: [Assignment], at origin: SourceText, _ report: inout LintReport) {
    guard assignments.contains(where: \.isLegacy) else { return }
    let keyword = origin.keyword.uppercased()
    report.add(
      .legacyKeyValueFormat, at: origin, "'\(keyword) NAME VALUE' should be '\(keyword) NAME=VALUE'")
  }

  func checkPorts(_ ports: [String], at origin: SourceText, _ report: inout LintReport) {
    for port in ports {
      let parts = port.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, parts[1] != parts[1].lowercased() {
        report.add(.exposeProtoCasing, at: origin, "the protocol of '\(port)' should be in lower case")
      }
      let host = parts[0].lastIndex(of: ":").map { parts[0][..<$0] } ?? ""
      if host.contains(where: { $0 != ":" }) {
        report.add(
          .exposeInvalidFormat, at: origin,
          "'\(port)' should be a port alone: addresses and ports of the host are given when it is run")
      }
    }
  }

  func checkSources(
    _ copy: CopyInstruction, _ keyword: String, at origin: SourceText, _ report: inout LintReport
  ) {
    let rules = surroundings.ignore
    // With exceptions it is only the files themselves that can tell.
    guard !rules.isEmpty, !rules.hasExceptions else { return }
    for case .path(let path) in copy.sources where !(keyword == "ADD" && Self.isRemote(path)) {
      let clean = Array(path.utf8).cleanedPath
      let isRoot = clean == Array(".".utf8) || clean == Array("/".utf8)
      guard isRoot ? rules.excludesAll : rules.excludes(clean) else { continue }
      report.add(.copyIgnoredFile, at: origin, "\(keyword) of '\(path)', which .dockerignore leaves out")
    }
  }

  /// Whether ADD fetches it: an address, or one that git understands.
  private static func isRemote(_ path: String) -> Bool {
    path.contains("://") || path.hasPrefix("git@")
  }
}
