/// The keywords of the language.
enum Keyword: String, CaseIterable {
  case add = "ADD"
  case arg = "ARG"
  case cmd = "CMD"
  case copy = "COPY"
  case entrypoint = "ENTRYPOINT"
  case env = "ENV"
  case expose = "EXPOSE"
  case from = "FROM"
  case healthcheck = "HEALTHCHECK"
  case label = "LABEL"
  case maintainer = "MAINTAINER"
  case onBuild = "ONBUILD"
  case run = "RUN"
  case shell = "SHELL"
  case stopSignal = "STOPSIGNAL"
  case user = "USER"
  case volume = "VOLUME"
  case workdir = "WORKDIR"

  /// The keyword that `word` is in any case; nil: none.
  init?(_ word: String) {
    guard word.utf8.count <= 11 else { return nil }
    self.init(rawValue: word.uppercased())
  }
}
