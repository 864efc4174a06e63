import ArgumentParser
import Building
import CommandLine
import System

/// img-build(1).
@main
struct ImgBuild: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-build", abstract: "Build images from Dockerfiles.",
    synopsis: "[OPTION]... [CONTEXT|-]")

  @OptionGroup var common: CommonOptions

  func run(in session: Session) throws(Failure) {}
}
