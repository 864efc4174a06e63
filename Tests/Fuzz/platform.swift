import Image
import System

/// A platform is written so that it is read as the same, and runs what it is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  guard let platform = try? Platform(parsing: text) else { return 0 }
  guard let again = try? Platform(parsing: platform.description) else { fatalError("unreadable") }
  precondition(again.normalized == platform.normalized)
  precondition(platform.normalized.normalized == platform.normalized)
  precondition(platform.runs(platform))
  return 0
}
