import CommandLine
import Container
import Glibc
import Image
import LayerStore
import System

/// What ctr-run does: an image and options become a container, whose end is this process's.
public struct Run {
  private let options: RunOptions
  private let session: Session
  private let platform: Platform?

  /// A run as `options` ask for it.
  public init(_ options: RunOptions, platform: Platform?, _ session: Session) {
    self.options = options
    self.platform = platform
    self.session = session
  }

  /// Runs it, or prints what would be run.
  ///
  /// - Returns: the command's exit status; 126 or 127 where it could not be executed.
  public func run() throws(Failure) -> Int32 {
    let operand = try operand()
    if options.life.print == .systemd { return try printUnit() }
    let environment = session.environment
    let pasta = Program.find("pasta", along: environment["PATH"] ?? "")
    let request = try options.request(environment, hasPasta: pasta != nil)
    let facts = try HostFacts.current()
    let userMap = try UserMap.parse(options.confinement.userns, environment)
    let claim = try Claim(options.life, id: facts.id, environment)
    let namespace = try UserNamespace.enter(programs: environment["PATH"] ?? "")
    if let shortcoming = namespace.shortcoming {
      session.diagnostics.verbose("all files will be this user's: \(shortcoming)")
    }
    let ground = try Ground(options, operand, platform, namespace.map, shiftedTo: userMap, session)
    // The layers are held, and the name is, until the end.
    defer { withExtendedLifetime((ground, claim)) { ground.remove() } }
    var draft = try request.draft(
      ContainerSource(config: ground.config, root: ground.root, accounts: ground.accounts, host: facts),
      profile: profile(request)
    ) { (text) throws(Failure) in try ground.overlay(ofImage: text) }
    for notice in draft.notices { session.diagnostics.notice(notice) }
    draft.spec.standardInput = try standardInput(operand)
    draft.spec.namespaces.user = userMap
    // Those of the image only: for groups that were asked for it is an error.
    if request.groups.isEmpty, UserNamespace.deniesGroups { draft.spec.user.additionalGids = [] }
    if options.life.print != nil || options.life.bundle != nil {
      try Printing(options, platform, session).show(draft, request, ground, namespace.map)
      return 0
    }
    if let profile = draft.profile {
      let cache = try environment.cacheDirectory() + "/seccomp"
      draft.spec.seccomp = try SeccompFilter(profile, cachedIn: cache).program
    }
    return try execute(draft, pasta: pasta, claim)
  }

  private func execute(_ draft: ContainerDraft, pasta path: String?, _ claim: Claim) throws(Failure) -> Int32
  {
    session.progress.close()
    let container = try RunningContainer(draft.spec)
    for note in container.notes { session.diagnostics.verbose(note) }
    var pasta: PastaProcess?
    if let (wanted, ports) = try draft.pasta?.placed(), let path {
      pasta = try PastaProcess(
        path, wanted, connecting: container.pid, scratch: session.environment.temporaryDirectory())
      for port in ports { session.diagnostics.notice(port) }
    }
    defer { withExtendedLifetime(pasta) {} }
    try claim.write(process: container.pid)
    if let fault = try container.start() {
      session.diagnostics.report(fault.failure)
      return fault.status
    }
    let status = try container.wait()
    for limit in container.reachedLimits { session.diagnostics.notice(limit) }
    return status
  }

  /// The image; nil for `--rootfs`.
  private func operand() throws(Failure) -> ImageOperand? {
    if options.files.rootfs != nil { return nil }
    guard let image = options.image else { throw Failure(.usage, "", "no IMAGE given") }
    return try image.operand()
  }

  private func standardInput(_ operand: ImageOperand?) throws(Failure) -> FileDescriptor? {
    if let number = options.process.stdinFd {
      guard number >= 0, fcntl(number, F_GETFD) != -1 else {
        throw Failure(.usage, "--stdin-fd \(number)", "is no open descriptor")
      }
      return FileDescriptor(borrowing: number)
    }
    guard options.process.interactive else { return nil }
    guard operand?.place != .standardInput else {
      throw Failure(.usage, "-i", "standard input has the image: use --stdin-fd N")
    }
    return .standardInput
  }

  private func profile(_ request: ContainerRequest) throws(Failure) -> [UInt8]? {
    guard case .file(let path)? = request.security.seccomp else { return nil }
    return try HostFile.content(path)
  }

  private func printUnit() throws(Failure) -> Int32 {
    try Printing(options, platform, session).printUnit(Array(Swift.CommandLine.arguments.dropFirst()))
    return 0
  }
}
