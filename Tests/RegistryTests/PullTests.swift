import Image
import System
import TestSupport
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

  @Test(
    "a real registry serves the rest of a blob, from wherever it broke off", arguments: [1, 65_536, 299_999])
  func resume(offset: UInt64) throws {
    let registry = try DockerRegistry()
    let layer = try registry.publish("app", layers: [300_000]).layers[0]
    let client = try RegistryClient(configuration(Scratch()), notice: { _ in })
    let source = RegistrySource(client, try client.resolve(registry.reference("app")))
    let whole = noise(300_000, seed: 0)
    let reader = try VerifiedReader(
      layer, source.bytes(of: layer, from: offset),
      after: UnverifiedBytes(MemoryReader(whole.prefix(Int(offset)))))
    #expect(try reader.readAll() == whole.suffix(300_000 - Int(offset)))
  }

  @Test("by digest it is the same image, and what is not there is not found")
  func digest() throws {
    let registry = try DockerRegistry()
    let manifest = try registry.publish("app", layers: [10])
    let client = try RegistryClient(configuration(Scratch()), notice: { _ in })
    let reference = try registry.reference("app").at(.of(manifest.raw))
    #expect(try client.resolve(reference).raw == manifest.raw)
    for missing in ["app:other", "none", "app@\(Digest.of([1]))"] {
      let reference = try registry.reference(missing)
      #expect(failure { _ = try client.resolve(reference) }?.kind == .notFound)
      #expect(failure { _ = try client.head(reference) }?.kind == .notFound)
    }
  }
}
