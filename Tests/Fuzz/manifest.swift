import Image
import System

/// No bytes are both a manifest and an index, and what is edited or rewritten is still what it was.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  _ = try? ImageConfig(raw: bytes)
  let manifest = try? Manifest(raw: bytes, mediaType: .imageManifest)
  let index = try? Index(raw: bytes)
  precondition(manifest == nil || index == nil)
  if let manifest { check(manifest) }
  if let index { check(index) }
  return 0
}

private func check(_ manifest: Manifest) {
  do throws(Failure) {
    let same = try manifest.replacing(
      mediaType: .imageManifest, config: manifest.config, layers: manifest.layers)
    precondition(same.config == manifest.config && same.layers == manifest.layers)
    precondition(same.annotations == manifest.annotations && same.subject == manifest.subject)
  } catch { fatalError("\(error)") }
}

private func check(_ index: Index) {
  do throws(Failure) {
    var edited = index
    edited.add(index.manifests)
    let entry = Descriptor(
      mediaType: .imageManifest, digest: .init(.sha256, bytes: .init(repeating: 1, count: 32)), size: 1)
    edited.add([entry.named(try Reference(parsing: "busybox"))])
    let again = try Index(raw: edited.raw)
    precondition(again.manifests == edited.manifests)
    let found = try ImageSelector.name("busybox").resolve(in: edited) { _ in nil }
    precondition(found.digest == entry.digest)
    let before = edited.raw
    edited.add([entry.named(try Reference(parsing: "busybox"))])
    precondition(edited.raw == before)
    _ = Platform.host.bestMatch(among: index.manifests)
    _ = try? ImageSelector.only.resolve(in: index) { _ in nil }
  } catch { fatalError("\(error)") }
}
