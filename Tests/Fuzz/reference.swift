import Image
import System

/// Every way in which a reference is written means that reference.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  guard let reference = try? Reference(parsing: text) else { return 0 }
  precondition(text.utf8.allSatisfy { 0x21..<0x7F ~= $0 })
  do throws(Failure) {
    guard try Reference(parsing: reference.description) == reference,
      try Reference(parsing: reference.fullName).fullName == reference.fullName,
      try Reference(parsing: reference.familiarName).fullName == reference.fullName
    else { fatalError("written as something else") }
    let entry = Descriptor(
      mediaType: .imageManifest, digest: .init(.sha256, bytes: .init(repeating: 1, count: 32)), size: 1)
    let index = Index([entry.named(reference)])
    _ = try ImageSelector.name(reference.fullName).resolve(in: index) { _ in nil }
    _ = try ImageSelector.name(reference.familiarName).resolve(in: index) { _ in nil }
  } catch { fatalError("\(error)") }
  return 0
}
