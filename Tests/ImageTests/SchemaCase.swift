import Image
import System
import Testing

/// A document of the specification's own tests, and whether it is valid there.
struct SchemaCase: CustomTestStringConvertible {
  let claim: String
  let isValid: Bool
  let text: String

  init(_ claim: String, _ isValid: Bool, _ text: String) {
    self.claim = claim
    self.isValid = isValid
    self.text = text
  }

  var testDescription: String { "\(claim): \(isValid ? "valid" : "invalid")" }
  var bytes: [UInt8] { Array(text.utf8) }

  /// Expects of `parse` what the specification does, or the opposite where we differ for a reason.
  func check(differing: [String: String] = [:], _ parse: ([UInt8]) throws -> Void) {
    let expected = differing[claim] == nil ? isValid : !isValid
    do {
      try parse(bytes)
      #expect(expected, "accepted")
    } catch {
      #expect(!expected, "\(error)")
    }
  }
}

/// An example in the specification's text.
struct SpecExample: CustomTestStringConvertible {
  let title: String
  let mediaType: String
  let text: String

  init(_ title: String, _ mediaType: String, _ text: String) {
    self.title = title
    self.mediaType = mediaType
    self.text = text
  }

  var testDescription: String { title }
}

/// The problem that `body` fails with; empty if it does not.
func problem(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch let failure as Failure {
    return failure.problem
  } catch {
    return "\(error)"
  }
}

/// A digest of 64 times the same hexadecimal digit.
func digest(_ digit: Character) -> Digest {
  guard let digest = Digest(.sha256, hex: String(repeating: digit, count: 64)) else { fatalError("\(digit)") }
  return digest
}
