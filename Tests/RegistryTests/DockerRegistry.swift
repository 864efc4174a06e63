import Glibc
import Image
import Registry
import System
import TestSupport
import Verification

/// A registry of the distribution project on a free loopback port, its storage filled by hand.
final class DockerRegistry {
  static let program = "/usr/bin/docker-registry"
  /// Where MUST_WORK is set, what is missing fails instead of being skipped.
  static var isInstalled: Bool { access(program, X_OK) == 0 || getenv("MUST_WORK") != nil }

  let port: UInt16
  let scratch: Scratch
  private let server: Command

  init() throws {
    port = Listener.freePort
    scratch = try Scratch(in: "/tmp")
    try scratch.write(
      "config.yml",
      """
      version: 0.1
      log: {level: error, accesslog: {disabled: true}}
      storage: {filesystem: {rootdirectory: \(scratch.path)/data}}
      http: {addr: "127.0.0.1:\(port)"}
      """)
    server = try Command([Self.program, "serve", scratch.path("config.yml")])
    for _ in 0..<500 where !accepts(port) { usleep(10_000) }
    precondition(accepts(port), "docker-registry does not start")
  }

  deinit { server.stop() }

  func reference(_ name: String) throws -> Reference { try Reference(parsing: "127.0.0.1:\(port)/\(name)") }

  /// Stores a blob; its descriptor.
  func store(_ bytes: [UInt8], in repository: String, as type: MediaType) throws -> Descriptor {
    let digest = Digest.of(bytes)
    let hex = digest.hex
    try scratch.write("data/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data", bytes)
    try scratch.write(
      "data/docker/registry/v2/repositories/\(repository)/_layers/sha256/\(hex)/link", digest.description)
    return Descriptor(mediaType: type, digest: digest, size: UInt64(bytes.count))
  }

  /// Stores a manifest under a tag.
  func tag(_ raw: [UInt8], in repository: String, as tag: String) throws {
    let digest = Digest.of(raw)
    let manifests = "data/docker/registry/v2/repositories/\(repository)/_manifests"
    try scratch.write("data/docker/registry/v2/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)/data", raw)
    try scratch.write("\(manifests)/revisions/sha256/\(digest.hex)/link", digest.description)
    try scratch.write("\(manifests)/tags/\(tag)/current/link", digest.description)
    try scratch.write("\(manifests)/tags/\(tag)/index/sha256/\(digest.hex)/link", digest.description)
  }

  /// Stores an image whose layers have these sizes.
  func publish(_ repository: String, layers: [Int]) throws -> Manifest {
    let config = try store(
      Array(#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8),
      in: repository, as: .imageConfig)
    var descriptors: [Descriptor] = []
    for (seed, size) in layers.enumerated() {
      descriptors.append(try store(noise(size, seed: UInt64(seed)), in: repository, as: .layerGzip))
    }
    let manifest = Manifest(config: config, layers: descriptors)
    try tag(manifest.raw, in: repository, as: "latest")
    return manifest
  }
}

/// Bytes without a pattern, the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    for index in 0..<count {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      buffer[index] = UInt8(truncatingIfNeeded: state >> 24)
    }
    initialized = count
  }
}

/// A configuration that knows nothing of this machine.
func configuration(
  _ scratch: Scratch, insecure: [String] = [], environment: [String: String] = [:]
) throws -> RegistryConfiguration {
  try RegistryConfiguration(
    RegistryConfiguration.Sources(
      environment: environment, insecureHosts: insecure, userID: getuid(), systemRoot: scratch.path))
}
