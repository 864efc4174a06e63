import CommandLine
import Container
import Glibc
import Image
import LayerStore
import System

/// What is printed or written in place of running.
struct Printing {
  private let options: RunOptions
  private let platform: Platform?
  private let session: Session

  init(_ options: RunOptions, _ platform: Platform?, _ session: Session) {
    self.options = options
    self.platform = platform
    self.session = session
  }

  /// `--print spec`, `--print kube` and `--bundle`.
  func show(
    _ draft: ContainerDraft, _ request: ContainerRequest, _ ground: Ground, _ map: IdentityMap
  ) throws(Failure) {
    let map = map == .identity ? nil : map
    if let bundle = options.life.bundle { try write(bundle, draft, map) }
    switch options.life.print {
    case .spec:
      try session.streams.write(RuntimeConfiguration(draft, map: map).json.encodedPretty())
    case .kube:
      if let host = request.hosts.first(where: { $0.address == NetworkFiles.Host.hostGateway }) {
        throw Failure(
          .usage, "--add-host \(host.name):\(host.address)",
          "a pod's hosts are not known beforehand: give an address")
      }
      let name = options.life.name ?? ground.name
      let pod = PodManifest(draft, request, image: ground.name, name: name)
      try session.streams.write(Array(pod.yaml.utf8))
    case .systemd, nil: break
    }
  }

  /// A directory that runc and crun run: the image's files, and all that is shown beside them.
  private func write(_ path: String, _ draft: ContainerDraft, _ map: IdentityMap?) throws(Failure) {
    do throws(Errno) {
      try FileDescriptor.makeDirectories(path)
      let directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
      guard try directory.names().isEmpty else { throw Errno(ENOTEMPTY) }
    } catch { throw error.failure(path) }
    let bundle = try HostFile.absolute(path)
    guard let image = options.image else {
      throw Failure(.usage, "--bundle", "needs an IMAGE, of which it gets a copy")
    }
    let programs = UnpackingProgram(
      environment: session.environment, platform: platform, isQuiet: session.diagnostics.isQuiet)
    try programs.copy(image.operand(), to: "\(bundle)/rootfs")
    for file in draft.spec.files { try write(file.content, "\(bundle)/\(file.bundleName)") }
    try write(
      RuntimeConfiguration(draft, bundle: bundle, map: map).json.encodedPretty(), "\(bundle)/config.json")
  }

  private func write(_ bytes: [UInt8], _ path: String) throws(Failure) {
    do { try AtomicFile.write(bytes, to: path) } catch { throw error.failure(path) }
  }

  /// A unit that runs the same command line, but for what is about printing and terminals.
  func printUnit(_ arguments: [String]) throws(Failure) {
    let facts = try HostFacts.current()
    var kept: [String] = []
    var skips = false
    // What stands behind IMAGE is the command's.
    let end = arguments.count - options.command.count - (options.image == nil ? 0 : 1)
    for (index, argument) in arguments.enumerated() {
      if skips {
        skips = false
        continue
      }
      let isOption = index < end
      if isOption, argument == "--print" {
        skips = true
      } else if !isOption
        || !(argument.hasPrefix("--print=")
          || ["-i", "-t", "-it", "-ti", "--tty", "--interactive"].contains(argument))
      {
        kept.append(argument)
      }
    }
    let unit = ServiceUnit(
      description: "\(options.life.name ?? options.image?.text ?? "container") (ctr-run)",
      command: [try Program.own()] + kept, directory: facts.directory,
      stopTimeout: options.process.stopTimeout.flatMap { UInt32(exactly: $0) })
    try session.streams.write(Array(unit.text.utf8))
  }
}
