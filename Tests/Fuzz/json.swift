import Image
import System

/// What is read is written so that it is read again as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  do throws(Failure) {
    let json = try JSON(parsing: bytes)
    let compact = json.encoded()
    guard try JSON(parsing: compact) == json, try JSON(parsing: compact).encoded() == compact,
      try JSON(parsing: json.encodedPretty(), limit: .max) == json
    else { fatalError("written as something else") }
  } catch {
    precondition(error.kind == .invalid && error.problem == error.problem.oneLine)
  }
  return 0
}
