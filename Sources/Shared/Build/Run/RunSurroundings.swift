import Container
import Dockerfile
import Glibc
import LayerStore
import Overlay
import System

/// What all RUN steps of a build have in common.
struct RunSurroundings: Sendable {
  /// Where layers lie.
  let store: LayerCache
  /// How they are kept.
  let form: LayerForm
  /// What of this machine goes into containers.
  let host: HostFacts
  /// The file of pasta(1), which connects containers; nil where it is not installed.
  let pasta: String?
  /// The directory in which compiled filters are kept.
  let filters: String
  /// A directory for files without a name.
  let scratch: String
  /// What is asked of all containers: limits, names of hosts, the size of /dev/shm.
  var request = ContainerRequest()
  /// `--network`: the network of a RUN that says nothing else; nil for the default.
  var network: String?
  /// Whether `--security=insecure` may be had (`--allow security.insecure`).
  var allowsInsecure = false
  /// Whether `--network=host` may be had by a RUN that asks for it.
  var allowsHostNetwork = true
  /// The secret of an ID; nil where there is none.
  var secret: @Sendable (_ id: String) throws(Failure) -> [UInt8]? = { _ in nil }
  /// The path of the socket of an agent; nil where there is none.
  var agent: @Sendable (_ id: String) throws(Failure) -> String? = { _ in nil }
  /// The directory of a cache mount, which nobody else has who must not.
  var cache: @Sendable (_ mount: RunMount) throws(Failure) -> RunCache
  /// Told what the user should know.
  var notice: @Sendable (String) -> Void = { _ in }

  /// Containers of layers in `store`, with numbers of users as `map` has them.
  init(
    _ store: LayerCache, _ map: IdentityMap, host: HostFacts, pasta: String?, filters: String,
    scratch: String, cache: @escaping @Sendable (_ mount: RunMount) throws(Failure) -> RunCache
  ) {
    self.store = store
    form = OverlayDriver(map: map).form
    self.host = host
    self.pasta = pasta
    self.filters = filters
    self.scratch = scratch
    self.cache = cache
    (request.limits.pids, request.limits.isPidsDefault) = (CgroupLimits.standardProcesses, true)
  }

  /// How layers are marked.
  var dialect: OverlayDialect {
    switch form {
    case .tree(let dialect, _): dialect
    }
  }

  /// These layers merged; nil where there are none.
  func view(of layers: [StoredLayer]) throws(Failure) -> OverlayDirectory? {
    let chain = LayerChain(layers, in: store)
    guard !chain.layers.isEmpty else { return nil }
    do throws(Errno) {
      var roots: [FileDescriptor] = []
      for layer in chain.layers {
        roots.append(try FileDescriptor.open(layer.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
      }
      return try OverlayDirectory(roots: roots, dialect: dialect)
    } catch { throw error.failure(store.path) }
  }
}

/// A stage as a RUN finds it.
struct RunStage: Sendable {
  /// `NAME=VALUE` of the image.
  var environment: [String] = []
  /// ARGs and proxies, which are in the environment of RUN unless the image sets them.
  var arguments: [(name: String, value: String)] = []
  /// `USER`.
  var user = ""
  /// `WORKDIR`; made where it is missing.
  var workingDirectory = "/"
  /// What executes a text.
  var shell = ["/bin/sh", "-c"]
  /// The layers so far, the base first.
  var layers: [StoredLayer]

  /// A stage of these layers.
  init(layers: [StoredLayer]) { self.layers = layers }
}

/// Files that `--mount` shows.
enum RunFiles: Sendable {
  /// A directory of the host, without what lies at these paths in it (none of them through a symbolic link).
  case directory(FileDescriptor, hidden: [FileName])
  /// A stage or an image: its layers, the base first.
  case layers([StoredLayer])
}

/// The directory of a cache mount.
struct RunCache: Sendable {
  /// It, open; in which a container may do what it likes.
  var directory: FileDescriptor
  /// Whether nothing has been put into it yet.
  var isNew: Bool
  /// What keeps it from others as long as this lives.
  var lease: (any Sendable)?

  /// A directory.
  init(_ directory: FileDescriptor, isNew: Bool, lease: (any Sendable)? = nil) {
    self.directory = directory
    self.isNew = isNew
    self.lease = lease
  }
}
