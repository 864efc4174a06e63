import CommandLine
import Glibc
import Image
import System

/// The img-mount that lies beside this program: a process of its own opens archives, and unpacks strangers' layers.
struct UnpackingProgram {
  /// The environment of the caller.
  let environment: Environment
  /// The platform that was asked for.
  let platform: Platform?
  /// Whether it is to say nothing but what went wrong.
  let isQuiet: Bool

  /// img-mount with these options for the image of `operand`.
  private func program(
    _ options: [String], _ operand: ImageOperand, _ rest: [String] = []
  ) throws(Failure) -> Program {
    // In the user namespace of an ordinary user it would take itself for root: it is told where things are.
    var variables = environment.variables
    variables["IMG_LAYERS"] = try environment.layerStore()
    if case .defaultLayout = operand.place { variables["IMG_LAYOUT"] = try environment.defaultLayout() }
    var arguments = options
    if isQuiet { arguments.append("-q") }
    if let platform { arguments += ["--platform", platform.description] }
    return try Program.beside(
      "img-mount", arguments + [operand.text] + rest, environment: variables,
      purpose: "ctr-run unpacks layers by the img-mount beside it")
  }

  /// Unpacks the image of `operand` into the layer store; what the image says of itself, where that `isUnknown`.
  ///
  /// What it can't do it says itself, on standard error.
  func unpack(_ operand: ImageOperand, isUnknown: Bool) throws(Failure) -> LayoutImage? {
    let program = try program(isUnknown ? ["-n", "--json"] : ["-n"], operand)
    let output: [UInt8]
    let end: ChildProcess.End?
    do throws(Errno) {
      let input: FileDescriptor =
        operand.place == .standardInput ? .standardInput : try .open("/dev/null", O_RDONLY)
      let child: ChildProcess
      let read: FileDescriptor
      (child, read) = try Self.start(program, input)
      output = try read.readToEnd(limit: JSON.sizeLimit * 2)
      end = try child.end()
    } catch { throw error.failure(program.path) }
    guard case .exited(0)? = end else { throw Failure(.failed, "img-mount", "could not unpack the image") }
    return isUnknown ? try Self.image(output) : nil
  }

  /// The writing end of the pipe goes with this function.
  private static func start(
    _ program: Program, _ input: FileDescriptor
  ) throws(Errno) -> (ChildProcess, FileDescriptor) {
    let (read, write) = try FileDescriptor.pipe()
    return (try program.start(input: input, output: write, diesWithParent: true), read)
  }

  private static func image(_ output: [UInt8]) throws(Failure) -> LayoutImage {
    do throws(Failure) {
      let document = try JSON(parsing: output, limit: JSON.sizeLimit * 2)
      guard let config = document["config"], let name = document["image"]?.string else {
        throw Failure(.invalid, "", "says nothing of the image")
      }
      return LayoutImage(name: name, config: try ImageConfig(raw: config.encoded()))
    } catch { throw error.about("img-mount") }
  }

  /// Copies the files of the image of `operand` to the directory `path`.
  func copy(_ operand: ImageOperand, to path: String) throws(Failure) {
    let program = try program(["--unpack"], operand, [path])
    do throws(Errno) {
      let end = try program.start(diesWithParent: true).end()
      guard end == .exited(0) else { throw Errno(ECANCELED) }
    } catch {
      throw Failure(.failed, "img-mount", "could not copy the image to \(path)")
    }
  }
}

extension ImageOperand {
  /// The operand as text.
  fileprivate var text: String {
    let place =
      switch place {
      case .standardInput: "-"
      case .path(let path): path
      case .defaultLayout: ""
      }
    return switch selector {
    case .only: place.isEmpty ? ":" : place
    case .name(let name): "\(place):\(name)"
    case .digest(let digest): "\(place)@\(digest)"
    case .nameAtDigest(let name, let digest): "\(place):\(name)@\(digest)"
    }
  }
}
