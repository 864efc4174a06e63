import ArgumentParser
import Building
import CommandLine
import System

/// img-build(1).
@main
struct ImgBuild: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-build", abstract: "Build images from Dockerfiles, without a daemon.",
    synopsis: "[OPTION]... [CONTEXT|-]")

  @OptionGroup var source: SourceOptions

  @OptionGroup var result: ResultOptions

  @OptionGroup var caching: CacheOptions

  @OptionGroup var platform: PlatformOption

  @Flag(help: "Only say what could be better.")
  var check = false

  @Flag(help: "Build nothing: remove what earlier builds left.")
  var prune = false

  @OptionGroup var pruning: PruneOptions

  @OptionGroup var common: CommonOptions

  @Argument(help: "A directory, an address of git, or -: a tar or a Dockerfile.")
  var context = "."

  func run(in session: Session) throws(Failure) {
    let platform = try platform.platform()
    if pruning.isGiven, !prune {
      throw Failure(.usage, "", "--dry-run, --max-size and --older-than go with --prune")
    }
    if prune { return try Pruning(pruning, caching, session).run() }
    let build = BuildRun(source, caching, result, platform: platform, session)
    if check { return try build.check(context) }
    try build.run(context)
  }
}
