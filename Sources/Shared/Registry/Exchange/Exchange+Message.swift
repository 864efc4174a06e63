import Image
import System

extension Exchange {
  /// What the body of an error says (distribution-spec, Error Codes); nil where it is in another form.
  static func message(_ body: [UInt8]) -> String? {
    guard body.first == UInt8(ascii: "{"), let document = try? JSON(parsing: body) else { return nil }
    guard let error = document["errors"]?.array?.first else {
      // Token servers put it flat (RFC 6749, section 5.2).
      let flat =
        document["details"] ?? document["error_description"] ?? document["error"] ?? document["message"]
      return flat?.string.map(\.excerpt)
    }
    let parts = [error["message"]?.string, error["code"]?.string].compactMap { $0 }.filter { !$0.isEmpty }
    return parts.first.map(\.excerpt)
  }
}
