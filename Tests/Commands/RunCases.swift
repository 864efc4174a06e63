import Testing

/// A script that runs containers, and what docker run makes of it.
///
/// In it `run` is `docker run --rm --net none` or `ctr-run --net none`,
/// `engine` the same with a network of its own choice,
/// `begin` one for the background, whose process id is then `$!`; words like `@base` are images of Fixtures/runs.py.
struct RunCase: Sendable, CustomTestStringConvertible {
  let title: String
  let script: String
  /// Standard output, without white space at its end.
  let output: String
  let status: Int32
  /// Why docker's output or status is another one on purpose; nil where it isn't.
  let differs: String?

  init(_ title: String, _ script: String, output: String = "", status: Int32 = 0, differs: String? = nil) {
    self.title = title
    self.script = script
    self.output = output
    self.status = status
    self.differs = differs
  }

  var testDescription: String { title }

  static let all =
    command + variables + directory + users + life + network + mounts + limits + power + hidden

  /// Its file among docker's results.
  var file: String { String(title.map { $0.isLetter || $0.isNumber ? $0 : "_" }) }

  /// The whole script for an engine: `program` runs images that are called `prefix` and their name.
  func script(_ program: String, prefix: String) -> String {
    """
    image() { words=(); for w in "$@"; do case $w in @*) w=\(prefix)${w#@}:latest;; esac; words+=("$w"); done; }
    engine() { image "$@"; \(program) "${words[@]}"; }
    run() { engine --net none "$@"; }
    begin() { image --net none "$@"; exec \(program) "${words[@]}"; }
    await() { for _ in {1..200}; do grep -q "$1" "$2" && return; sleep 0.05; done; }
    \(script)
    """
  }
}
