import Build
import CommandLine
import Dockerfile
import Glibc
import Image
import ImageCommand
import LayerStore
import Layout
import System
import Transfer

/// What img-build does: a context and options become images in a layout or a stream.
public struct BuildRun {
  let source: SourceOptions
  let caching: CacheOptions
  let result: ResultOptions
  let platform: Platform?
  let session: Session

  /// A build as the options ask for it.
  public init(
    _ source: SourceOptions, _ caching: CacheOptions, _ result: ResultOptions, platform: Platform?,
    _ session: Session
  ) {
    self.source = source
    self.caching = caching
    self.result = result
    self.platform = platform
    self.session = session
  }

  /// Builds the context of `operand`.
  public func run(_ operand: String) throws(Failure) {
    let outputs = try BuildOutputs(result, targets: source.target.count, session)
    let secrets = try BuildSecrets(source, session.environment)
    // All that depends on who the user is, before they are root in a namespace of their own.
    let cachePath = try caching.directory(session.environment)
    let storePath = try session.environment.layerStore()
    let defaultLayout = try session.environment.defaultLayout()
    let namespace = try UserNamespace.enter(programs: session.environment["PATH"] ?? "")
    if let shortcoming = namespace.shortcoming {
      session.diagnostics.verbose("all files will be this user's: \(shortcoming)")
    }
    let places = BuildExecution.Places(
      cache: try BuildCache(cachePath), layers: try LayerCache(storePath), map: namespace.map)
    try stoppable { (stop) throws(Failure) in
      try build(context(of: operand, stop), in: places, secrets, outputs, defaultLayout, stop)
    }
  }

  /// The context of `operand`; what is unpacked for it goes if a signal ends the process.
  func context(of operand: String, _ stop: BuildStop) throws(Failure) -> ContextSource {
    try ContextSource(operand, file: source.file, session) { stop.remove($0) }
  }

  private func build(
    _ context: ContextSource, in places: BuildExecution.Places, _ secrets: BuildSecrets,
    _ outputs: BuildOutputs,
    _ defaultLayout: String?, _ stop: BuildStop
  ) throws(Failure) {
    let dockerfile = try ParsedDockerfile(parsing: context.dockerfile, name: context.name)
    try warn(dockerfile, context)
    var request = try request(dockerfile, context)
    request.secret = { (id) throws(Failure) in try secrets.secret(id) }
    request.agent = { secrets.agent($0) }
    let images = FoundImages(
      session, caching, contexts: try imageContexts(),
      aliases: try source.contexts().compactMapValues(\.aliasedImage),
      layouts: [outputs.layout, defaultLayout].compactMap { $0 }, pulled: places.cache.images)
    let build = try BuildExecution(request, in: places, images: images) { [session] stages in
      BuildDisplay(session, stages: stages, place: places.cache.images.path)
    }
    for name in build.unusedArguments {
      session.diagnostics.warning("--build-arg \(name.oneLine): no ARG declares it")
    }
    let exchange = CacheExchange(session: session, insecure: caching.insecure, cache: places.cache)
    stop.stop(build)
    try exchange.fetch(caching.cacheFrom)
    let built = try build.run()
    try outputs.write(built, reading: context.files + build.filesRead)
    if !caching.cacheTo.isEmpty { try exchange.leave(build.cacheImage(), at: caching.cacheTo) }
  }

  private func request(_ dockerfile: ParsedDockerfile, _ context: ContextSource) throws(Failure)
    -> BuildRequest
  {
    let environment = session.environment
    let programs = RegistryPrograms(session: session, insecure: caching.insecure)
    var request = BuildRequest(dockerfile, ignored: context.ignored) { (address) throws(Failure) in
      try programs.downloaded(address, to: environment.temporaryDirectory())
    }
    request.context = context.directory
    for (name, value) in try source.contexts() where Self.isDirectory(value) {
      request.directories[name] = value
    }
    if !source.target.isEmpty { request.targets = source.target }
    request.arguments = try source.arguments(environment)
    request.labels = try source.labels()
    request.annotations = try source.annotations()
    request.platform = platform ?? .host
    request.ignoresCache = caching.noCache
    request.isSquashed = result.squash
    request.network = source.network
    for right in source.allow {
      guard right == "security.insecure" || right == "network.host" else {
        throw Failure(.usage, "--allow \(right)", "there are security.insecure and network.host")
      }
      if right == "security.insecure" { request.allowsInsecure = true }
    }
    request.packing = try LayerPacking(parsing: result.compress)
    request.sourceDate = try environment.sourceDate()
    if let text = request.arguments["SOURCE_DATE_EPOCH"] {
      request.sourceDate = try Environment(["SOURCE_DATE_EPOCH": text], isRoot: false).sourceDate()
    }
    request.durably = !result.noSync
    request.listsFiles = result.depfile != nil
    request.environment = environment.variables
    request.filters = try environment.cacheDirectory() + "/seccomp"
    request.scratch = try environment.temporaryDirectory()
    return request
  }

  /// `--build-context` that are images.
  private func imageContexts() throws(Failure) -> [String: ImageOperand] {
    var result: [String: ImageOperand] = [:]
    for (name, value) in try source.contexts() where !Self.isDirectory(value) && value.aliasedImage == nil {
      result[name] = try ImageOperand(parsing: value.withoutLayoutScheme)
    }
    return result
  }

  /// Whether it is a directory of files, not a layout.
  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      && access("\(path)/oci-layout", F_OK) != 0
  }
}

extension String {
  /// The image that is to be found as FROM finds it: `docker-image://NAME`.
  fileprivate var aliasedImage: String? {
    let scheme = "docker-image://"
    return hasPrefix(scheme) ? String(dropFirst(scheme.count)) : nil
  }

  /// What buildx calls `oci-layout://PATH` is a path here.
  fileprivate var withoutLayoutScheme: String {
    let scheme = "oci-layout://"
    return hasPrefix(scheme) ? String(dropFirst(scheme.count)) : self
  }
}

extension CacheOptions {
  /// The directory of the cache.
  func directory(_ environment: Environment) throws(Failure) -> String {
    if let cacheDir { return cacheDir }
    return try environment.cacheDirectory() + "/build"
  }
}

extension RegistryPrograms {
  /// The file at `address`, in a file without a name in `directory`.
  fileprivate func downloaded(_ address: String, to directory: String) throws(Failure) -> DownloadedFile {
    let file: FileDescriptor
    do { file = try FileDescriptor.spool(in: directory) } catch { throw error.failure(directory) }
    let head = try download(address, to: file)
    guard lseek(file.number, 0, SEEK_SET) == 0 else { throw Errno.current.failure(directory) }
    return DownloadedFile(
      file, name: head["name"]?.string,
      modified: head["modified"]?.string.flatMap { Timestamp(http: $0)?.seconds })
  }
}
