import Container
import Dockerfile
import Glibc
import LayerStore
import Overlay
import System

/// The `--mount`s of a RUN, ready for its container.
///
/// What they need on the disk goes with `remove`; caches stay theirs until then.
struct RunMounts {
  /// What is mounted, parents before what is in them.
  private(set) var mounts: [ContainerMount] = []
  /// Secrets, in memory only.
  private(set) var files: [ProvidedFile] = []
  /// The variables that get secrets, and the agent's.
  private(set) var variables: [VariableChange] = []
  /// The targets that are files.
  private(set) var areFiles: Set<String> = []
  private var places: [MountPlace] = []
  private var caches: [RunCache] = []
  private var agents: [AgentRelay] = []
  private let stage: RunStage
  private let surroundings: RunSurroundings
  private let sources: (String?) throws(Failure) -> RunFiles

  /// Makes `list` ready.
  ///
  /// - Parameter sources: the files of a `from=`; of nil, the context's.
  init(
    _ list: [RunMount], in stage: RunStage, _ surroundings: RunSurroundings,
    _ sources: @escaping (String?) throws(Failure) -> RunFiles
  ) throws(Failure) {
    (self.stage, self.surroundings, self.sources) = (stage, surroundings, sources)
    do throws(Failure) {
      for mount in list {
        do { try add(mount) } catch { throw error.about(Self.name(of: mount)) }
      }
    } catch {
      remove()
      throw error
    }
    mounts.sort { $0.target.utf8.lexicographicallyPrecedes($1.target.utf8) }
  }

  /// Removes what was made for them on the disk, after the container is gone.
  func remove() {
    for agent in agents { agent.stop() }
    for place in places { try? place.remove() }
  }

  /// Whether `path`, or something above it, is mounted on.
  func cover(_ path: String) -> Bool {
    guard let path = ContainerPath(path) else { return false }
    return mounts.contains { path.isIn($0.target) } || files.contains { path.isIn($0.path) }
  }

  private mutating func add(_ mount: RunMount) throws(Failure) {
    switch mount.kind {
    case .bind: try addBind(mount)
    case .cache: try addCache(mount)
    case .tmpfs: try addMemory(mount)
    case .secret: try addSecret(mount)
    case .ssh: try addAgent(mount)
    }
  }

  private mutating func addMemory(_ mount: RunMount) throws(Failure) {
    let options = mount.size.map { [(name: "size", value: "\($0)")] } ?? []
    mounts.append(ContainerMount(.tmpfs(options), at: try target(mount.target), [.noSetUserID]))
  }

  private mutating func addBind(_ mount: RunMount) throws(Failure) {
    let isReadOnly = mount.isReadOnly ?? true
    let target = try target(mount.target)
    let files = try sources(mount.from)
    if isReadOnly, case .directory(let root, let hidden) = files, hidden.isEmpty {
      do {
        // `..` and links end in the root, as they do for a process that has it for its own.
        let path = mount.source.isEmpty ? "." : mount.source
        let source = try root.open(path, O_PATH, resolve: [.inRoot, .noMagicLinks])
        if try source.status().kind != .directory { areFiles.insert(target) }
        mounts.append(ContainerMount(.descriptor(source, recursive: true), at: target, [.readOnly]))
      } catch { throw Self.missing(mount, error) }
      return
    }
    let roots = try roots(of: files)
    var made = ContainerMount(.volume, at: target, isReadOnly ? [.readOnly] : [])
    var overlay = ContainerOverlay(lowers: roots.lowers, dialect: surroundings.dialect, upper: .none)
    if !isReadOnly {
      // What is written is seen by this step alone.
      let upper = try place().makeTemporaryUpper()
      overlay.upper = .directory(upper.path, work: upper.work)
    }
    made.source = .overlay(overlay)
    if let view = roots.view, !mount.source.isEmpty {
      let path = try Self.find(mount, in: view)
      if path.file != nil { areFiles.insert(target) }
      made.subpath = path.names.map(\.description).joined(separator: "/")
    }
    mounts.append(made)
  }

  private mutating func addCache(_ mount: RunMount) throws(Failure) {
    let target = try target(mount.target)
    let cache = try surroundings.cache(mount)
    caches.append(cache)
    if cache.isNew, mount.from != nil {
      try fill(cache.directory, from: mount)
    } else if cache.isNew {
      do throws(Errno) {
        do { try cache.directory.setOwner(mount.uid ?? 0, mount.gid ?? 0) } catch {
          // Who has no such user has all files for their own.
          if error.rawValue != EINVAL { throw error }
        }
        try cache.directory.setMode(mode_t(mount.mode ?? 0o755) & 0o7777)
      } catch { throw error.failure(target) }
    }
    let attributes: MountAttributes = mount.isReadOnly == true ? [.readOnly] : []
    mounts.append(ContainerMount(.descriptor(cache.directory, recursive: false), at: target, attributes))
  }

  /// Gives a new cache its first content.
  private mutating func fill(_ cache: FileDescriptor, from mount: RunMount) throws(Failure) {
    guard let view = try roots(of: sources(mount.from)).view else { return }
    let found = try Self.find(mount, in: view)
    guard found.file == nil, let directory = found.directories.last else {
      throw Failure(.failed, mount.source.oneLine, "is a file, which can't be the content of a cache")
    }
    try OverlayCopy.copy(directory, into: cache, name: mount.target)
  }

  private mutating func addSecret(_ mount: RunMount) throws(Failure) {
    guard let id = mount.id ?? mount.target.split(separator: "/").last.map(String.init) else {
      throw Failure(.usage, "", "says neither id= nor target=")
    }
    guard let content = try surroundings.secret(id) else {
      if !mount.isRequired { return }
      throw Failure(.notFound, "", "there is no secret \(id.oneLine): --secret id=\(id.oneLine),src=FILE")
    }
    if let variable = mount.env, !variable.isEmpty {
      guard let text = String(validating: content, as: UTF8.self), !text.utf8.contains(0) else {
        throw Failure(.invalid, "", "is not text, which a variable takes")
      }
      variables.append(VariableChange(variable, text))
      if mount.target.isEmpty { return }
    }
    var file = ProvidedFile(
      try target(mount.target.isEmpty ? "/run/secrets/\(id)" : mount.target), content)
    file.mode = (mount.mode ?? 0o400) & 0o7777
    (file.uid, file.gid) = (mount.uid ?? 0, mount.gid ?? 0)
    file.attributes = [.readOnly, .noSetUserID, .noExecution]
    files.append(file)
  }

  private mutating func addAgent(_ mount: RunMount) throws(Failure) {
    let id = mount.id ?? "default"
    guard let path = try surroundings.agent(id) else {
      if !mount.isRequired { return }
      throw Failure(.notFound, "", "there is no agent \(id.oneLine): --ssh \(id.oneLine)")
    }
    let target = try target(mount.target.isEmpty ? "/run/buildkit/ssh_agent.\(agents.count)" : mount.target)
    let relay = try AgentRelay(
      to: path, in: place().makeTemporaryUpper().path, mode: mount.mode ?? 0o600,
      owner: (mount.uid ?? 0, mount.gid ?? 0))
    agents.append(relay)
    areFiles.insert(target)
    mounts.append(ContainerMount(.descriptor(relay.socket, recursive: false), at: target))
    if agents.count == 1 { variables.append(VariableChange("SSH_AUTH_SOCK", target)) }
  }
}

extension RunMounts {
  /// Where something is mounted, as text; a relative path is one in the working directory.
  private func target(_ text: String) throws(Failure) -> String {
    guard !text.isEmpty else { throw Failure(.usage, "", "says no target=") }
    let absolute = text.hasPrefix("/") ? text : "/\(stage.workingDirectory)/\(text)"
    guard let path = ContainerPath(absolute), path.depth > 0 else {
      throw Failure(.usage, "", "\(text.oneLine) can't be mounted on")
    }
    return path.description
  }

  /// A place on the disk that goes with the mounts.
  private mutating func place() throws(Failure) -> MountPlace {
    let place = try surroundings.store.beginMount()
    places.append(place)
    return place
  }

  /// The directories that show the files when they are merged; the view of them is nil where there are none.
  private mutating func roots(
    of files: RunFiles
  ) throws(Failure) -> (lowers: [ContainerOverlay.Lower], view: OverlayDirectory?) {
    switch files {
    case .layers(let layers):
      let chain = LayerChain(layers, in: surroundings.store)
      let lowers = try chain.lowerDirectories(.absolute, upper: true)
      return (lowers.map { .path($0) }, try surroundings.view(of: layers))
    case .directory(let root, let hidden):
      let readable = try Self.open(".", in: root)
      let whole = try view([readable])
      guard !hidden.isEmpty else { return ([.descriptor(readable)], whole) }
      let path = try place().makeTemporaryUpper().path
      var sketch = try SketchLayer(at: path, over: whole)
      for path in hidden {
        try sketch.hide(path.bytes.split(separator: UInt8(ascii: "/")).compactMap { FileName($0) })
      }
      try sketch.finish()
      let top = try Self.open(path, in: FileDescriptor(borrowing: AT_FDCWD))
      return ([.descriptor(top), .descriptor(readable)], try view([top, readable]))
    }
  }

  private static func open(_ path: String, in place: FileDescriptor) throws(Failure) -> FileDescriptor {
    do { return try place.open(path, O_RDONLY | O_DIRECTORY, resolve: .noMagicLinks) } catch {
      throw error.failure(path)
    }
  }

  private func view(_ roots: [FileDescriptor]) throws(Failure) -> OverlayDirectory {
    do { return try OverlayDirectory(roots: roots, dialect: surroundings.dialect) } catch {
      throw error.failure("context")
    }
  }

  private static func find(_ mount: RunMount, in view: OverlayDirectory) throws(Failure) -> MergedPath {
    do throws(Errno) {
      let path = try MergedPath(mount.source, in: view)
      guard path.missing.isEmpty else { throw Errno(ENOENT) }
      return path
    } catch { throw missing(mount, error) }
  }

  private static func missing(_ mount: RunMount, _ error: Errno) -> Failure {
    var failure = error.failure(mount.source.oneLine)
    if [ENOENT, ENOTDIR].contains(error.rawValue) {
      failure.problem = "not found in \(mount.from.map(\.oneLine) ?? "the build context")"
    }
    return failure
  }

  /// A mount as errors call it.
  private static func name(of mount: RunMount) -> String {
    var text = "--mount=type=\(mount.kind.rawValue)"
    if let id = mount.id { text += ",id=\(id.oneLine)" }
    if !mount.target.isEmpty { text += ",target=\(mount.target.oneLine)" }
    return text
  }
}
