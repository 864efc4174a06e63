import Dockerfile
import Glibc
import Image
import LayerStore
import Overlay
import System

/// Files that COPY, ADD and `--mount` take from.
struct BuildFiles {
  /// What they are.
  enum Kind {
    /// The build context, or a directory that takes its place.
    case directory(FileDescriptor, IgnoreRules)
    /// A stage or an image: its layers, the base first.
    case layers([StoredLayer], OverlayDirectory?)
  }

  let kind: Kind
  /// What stands for all of them; nil where they have to be looked at.
  let digest: Digest?

  /// As something to copy from.
  func tree() throws(Failure) -> FileTree {
    switch kind {
    case .directory(let root, let rules): return try FileTree(context: root, ignoring: rules)
    case .layers(_, let view):
      guard let view else { throw Failure(.notFound, "", "there are no files in it") }
      return FileTree(image: view)
    }
  }

  /// As something to mount.
  func shown() throws(Failure) -> RunFiles {
    switch kind {
    case .directory(let root, let rules):
      return .directory(root, hidden: try rules.isEmpty ? [] : tree().leftOut())
    case .layers(let layers, _): return .layers(layers)
    }
  }
}

extension BuildExecution {
  /// The files that `name` means in stage `index`: a stage, a named context or an image; nil: the context.
  func files(_ name: String?, before index: Int, platform: Platform) throws(Failure) -> BuildFiles {
    guard let name else {
      guard let path = request.context else {
        throw Failure(.failed, "", "there is no context to take files from: the Dockerfile came alone")
      }
      return try directory(path, request.ignored)
    }
    if let other = try request.dockerfile.stageIndex(from: name, of: index) {
      let stage = try result(of: other)
      return try layers(trees(of: stage), stage.chain)
    }
    if let path = request.directories[name.lowercased()] {
      return try directory(path, rules(of: path))
    }
    let image = try images.find(name, platform)
    let (_, layers) = try image.content()
    var state = StageState(
      configuration: ImageConfiguration(platform: platform), scope: BuildScope(given: [:], defaults: [:]),
      platform: platform)
    for layer in layers { state.add(layer) }
    return try self.layers(trees(of: state), state.chain)
  }

  private func directory(_ path: String, _ rules: IgnoreRules) throws(Failure) -> BuildFiles {
    do {
      let root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
      return BuildFiles(kind: .directory(root, rules), digest: nil)
    } catch { throw error.failure(path) }
  }

  /// What is left out of a named context: as its own .dockerignore says.
  private func rules(of path: String) throws(Failure) -> IgnoreRules {
    let name = "\(path)/.dockerignore"
    let bytes: [UInt8]
    do {
      bytes = try FileDescriptor.open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK).readToEnd(limit: 16 << 20)
    } catch {
      if error.rawValue == ENOENT { return IgnoreRules() }
      throw error.failure(name)
    }
    return try IgnoreRules(parsing: bytes, name: name)
  }

  private func layers(_ trees: [StoredLayer], _ chain: Digest) throws(Failure) -> BuildFiles {
    BuildFiles(kind: .layers(trees, try view(of: trees)), digest: chain)
  }
}
