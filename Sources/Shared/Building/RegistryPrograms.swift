import CommandLine
import Glibc
import Image
import System

/// The img-pull and img-push that lie beside this program: most builds need no registry, and start without what it takes
/// to talk to one.
struct RegistryPrograms {
  let session: Session
  /// `--insecure`.
  let insecure: [String]

  /// Pulls `reference` into the layout at `path`; the line by which it says what came.
  func pull(_ reference: String, _ platform: Platform, to path: String) throws(Failure) -> String {
    let output = try run(
      "img-pull", ["-o", path, "--no-sync", "--platform", platform.description, "--", reference],
      about: reference)
    return String(decoding: output.prefix { $0 != 0x0A }, as: UTF8.self)
  }

  /// Pushes the image of `operand` to `reference`.
  func push(_ operand: String, to reference: String) throws(Failure) {
    _ = try run("img-push", ["--", operand, reference], about: reference)
  }

  /// Writes the file at `address` to `file`; what the server says of it, as JSON.
  func download(_ address: String, to file: FileDescriptor) throws(Failure) -> JSON {
    try JSON(
      parsing: run(
        "img-pull", ["--to-file", file.magicPath, "--", address], keeping: file, about: address))
  }

  /// Runs a program; what it wrote to standard output.
  ///
  /// On a terminal it shows itself how far it is, and what went wrong; else that becomes the failure.
  private func run(
    _ name: String, _ arguments: [String], keeping file: FileDescriptor? = nil, about subject: String
  ) throws(Failure) -> [UInt8] {
    let shows = FileDescriptor.standardError.isTerminal && !session.diagnostics.isQuiet
    var options = insecure.flatMap { ["--insecure", $0] }
    if session.diagnostics.isVerbose { options.append("-v") }
    if !shows { options.append("-q") }
    var program = try Program.beside(
      name, options + arguments, environment: session.environment.variables,
      purpose: "img-build talks to registries by the img-pull and img-push beside it")
    program.kept = file
    let output: [UInt8]
    let errors: [UInt8]
    let end: ChildProcess.End?
    do throws(Errno) {
      let (child, read, heard) = try Self.start(program, shows: shows)
      // What is quiet says little on one of the two before its end.
      errors = try heard?.readToEnd(limit: 1 << 20) ?? []
      output = try read.readToEnd(limit: 1 << 20)
      end = try child.end()
    } catch { throw error.failure(program.path) }
    guard case .exited(let status)? = end, status == 0 else {
      var kind = FailureKind.failed
      if case .exited(let status)? = end { kind = FailureKind(rawValue: status) ?? .failed }
      throw Failure(kind, subject, Self.problem(errors, name, subject) ?? "could not be had")
    }
    if session.diagnostics.isVerbose { session.progress.write(errors) }
    return output
  }

  /// The writing ends of the pipes go with this function.
  private static func start(
    _ program: Program, shows: Bool
  ) throws(Errno) -> (ChildProcess, FileDescriptor, FileDescriptor?) {
    let nothing = try FileDescriptor.open("/dev/null", O_RDONLY)
    let output = try FileDescriptor.pipe()
    if shows {
      return (
        try program.start(input: nothing, output: output.write, diesWithParent: true), output.read, nil
      )
    }
    let errors = try FileDescriptor.pipe()
    let child = try program.start(
      input: nothing, output: output.write, errors: errors.write, diesWithParent: true)
    return (child, output.read, errors.read)
  }

  /// What the last line says, without what the reader knows.
  private static func problem(_ errors: [UInt8], _ name: String, _ subject: String) -> String? {
    guard let line = String(decoding: errors, as: UTF8.self).split(separator: "\n").last else { return nil }
    var text = String(line)
    for prefix in ["\(name): ", "\(subject): "] where text.hasPrefix(prefix) {
      text.removeFirst(prefix.count)
    }
    return text
  }
}
