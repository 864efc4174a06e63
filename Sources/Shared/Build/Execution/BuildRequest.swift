import Dockerfile
import Image
import System
import Transfer

/// What is to be built.
public struct BuildRequest: Sendable {
  /// How files at addresses are fetched: to a file without a name, with what the server calls it and when it changed.
  public typealias Download = @Sendable (_ address: String) throws(Failure) -> DownloadedFile

  /// The Dockerfile.
  public var dockerfile: ParsedDockerfile
  /// The directory of the context; nil where there is none.
  public var context: String?
  /// What of it is not to be seen.
  public var ignored: IgnoreRules
  /// `--build-context` with directories.
  public var directories: [String: String] = [:]
  /// The names or numbers of the stages; nil for the last.
  public var targets: [String?] = [nil]
  /// `--build-arg`.
  public var arguments: [String: String] = [:]
  /// `--label`.
  public var labels: [(name: String, value: String)] = []
  /// `--annotation`: those of the manifest.
  public var annotations: [String: String] = [:]
  /// What it is built for.
  public var platform = Platform.host
  /// Whether nothing of the cache is used.
  public var ignoresCache = false
  /// Whether what was built becomes one layer.
  public var isSquashed = false
  /// `--network`: the network of a RUN that says nothing else.
  public var network: String?
  /// Whether RUN may ask for `--security=insecure`.
  public var allowsInsecure = false
  /// Whether RUN may ask for `--network=host`.
  public var allowsHostNetwork = true
  /// The secret of an ID; nil where there is none.
  public var secret: @Sendable (_ id: String) throws(Failure) -> [UInt8]? = { _ in nil }
  /// The path of the socket of an agent; nil where there is none.
  public var agent: @Sendable (_ id: String) -> String? = { _ in nil }
  /// Fetches what ADD takes from addresses.
  public var download: Download
  /// How layers are stored.
  public var packing = LayerPacking.compressed(.gzip)
  /// SOURCE_DATE_EPOCH.
  public var sourceDate: Int64?
  /// Whether it is to be known which files of the context were read.
  public var listsFiles = false
  /// Whether the disk has everything in the end.
  public var durably = true
  /// The environment of programs that are run here: git, pasta.
  public var environment: [String: String] = [:]
  /// The directory in which compiled system call filters are kept.
  public var filters = ""
  /// A directory for files without a name.
  public var scratch = "/tmp"

  /// A build of `dockerfile`.
  public init(_ dockerfile: ParsedDockerfile, ignored: IgnoreRules, download: @escaping Download) {
    self.dockerfile = dockerfile
    self.ignored = ignored
    self.download = download
  }
}

/// A file that was fetched.
public struct DownloadedFile: Sendable {
  /// Its content, from the beginning.
  public var file: FileDescriptor
  /// What the server calls it; nil: as its address ends.
  public var name: String?
  /// When it changed, seconds since 1970; nil where that is not known.
  public var modified: Int64?

  /// The content of `file`.
  public init(_ file: FileDescriptor, name: String? = nil, modified: Int64? = nil) {
    self.file = file
    self.name = name
    self.modified = modified
  }
}
