import Image
import System
import Testing
import Transfer
import Verification

@testable import Registry

@Suite(.enabled(if: DockerRegistry.isInstalled, "docker-registry is missing"))
struct PullTests {
  @Test("an image comes out of a real registry as it went in")
  func pull() throws {
    let registry = try DockerRegistry()
    let manifest = try registry.publish("team/app", layers: [3, 300_000, 5_000_000, 0])
    let client = try RegistryClient(configuration(Scratch()), notice: { _ in })
    let reference = try registry.reference("team/app")
    let resolved = try client.resolve(reference)
    #expect(resolved.raw == manifest.raw)
    #expect(try client.head(reference) == resolved.descriptor.digest)
    let source = RegistrySource(client, resolved)
    let blobs = [manifest.config] + manifest.layers
    source.announce(blobs)
    for blob in blobs { #expect(try Digest.of(source.open(blob).readAll()) == blob.digest) }
  }
}
