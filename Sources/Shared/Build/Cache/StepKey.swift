import Image
import System
import Verification

/// All that the result of a step depends on, as one digest: equal keys, equal results.
struct StepKey: Hashable, Sendable, CustomStringConvertible {
  /// The digest, as hexadecimal digits.
  let description: String

  /// The version of what goes into keys; a new one makes all that is cached worthless.
  private static let version = "ociutils build 1"

  /// The key of a step after that of `parent`, nil for the first, with all else that it depends on, in order.
  init(after parent: StepKey?, _ parts: [[UInt8]]) {
    var hasher = ContentHasher(.sha256)
    // Each with its length, so that no two lists of parts are the same bytes.
    for part in [Array(Self.version.utf8), Array((parent?.description ?? "").utf8)] + parts {
      let bytes = Array("\(part.count):".utf8) + part
      bytes.withUnsafeBytes { hasher.update($0) }
    }
    description = hasher.finish().hex
  }

  /// The same of texts.
  init(after parent: StepKey?, _ parts: [String]) {
    self.init(after: parent, parts.map { Array($0.utf8) })
  }
}
