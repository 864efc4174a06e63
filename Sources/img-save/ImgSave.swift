import ArgumentParser
import CommandLine
import Image
import ImageCommand
import System
import Transfer

/// img-save(1).
@main
struct ImgSave: Command {
  static let configuration = CommandConfiguration(
    ociutils: "img-save", abstract: "Save images to an archive that docker, podman, skopeo and ctr load.",
    synopsis: "[OPTION]... [IMAGE]...")

  /// What the archive is.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case docker
    case oci
  }

  @Option(name: .output, help: ArgumentHelp("Write to this file, all or nothing.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("docker: for all readers; oci: OCI types only.", valueName: "docker|oci"))
  var format = Format.docker

  @Option(help: ArgumentHelp("Convert layers to gzip, zstd or none.", valueName: "kind[:level]"))
  var compress: String?

  @OptionGroup var platform: PlatformOption

  @Option(help: ArgumentHelp("Leave out the layers of this image (repeatable).", valueName: "image"))
  var without: [ImageArgument] = []

  @Flag(help: "Leave the file of --output alone if it would be equal.")
  var ifChanged = false

  @OptionGroup var common: CommonOptions

  @Argument(help: "Images: PATH[:NAME], :NAME, - (standard input, the default).")
  var images: [ImageArgument] = []

  func run(in session: Session) throws(Failure) {
    if ifChanged, output == nil { throw Failure(.usage, "--if-changed", "goes with --output") }
    if output == "-" {
      throw Failure(.usage, "-o -", "leave out -o to write to standard output; a file of that name is ./-")
    }
    let file = try output.map { (path) throws(Failure) in try OutputFile(path, ifChanged: ifChanged) }
    let stream =
      if let file { file.descriptor } else { try session.streams.outputStream(insteadUse: "-o FILE") }
    let packing = try compress.map { (text) throws(Failure) in try LayerPacking(parsing: text) }
    let conversion = ConvertedSource.Conversion(toOCI: format == .oci, packing: packing)
    let docker = format == .docker ? DockerManifest(platform: try platform.platform()) : nil
    var save = try Save(session, docker: docker, conversion: conversion)
    for image in without { try save.leaveOut(image.operand()) }
    for operand in try operands() { try save.add(operand) }
    try save.write(to: stream, name: output ?? "standard output")
    try file?.commit()
  }

  private func operands() throws(Failure) -> [ImageOperand] {
    if images.isEmpty { return [ImageOperand(.standardInput)] }
    var operands: [ImageOperand] = []
    for image in images { operands.append(try image.operand()) }
    return operands
  }
}
