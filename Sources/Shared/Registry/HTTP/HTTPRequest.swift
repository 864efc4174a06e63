/// One request on the wire.
struct HTTPRequest: Hashable, Sendable {
  /// A method of RFC 9110.
  enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
  }

  /// One header field.
  struct Field: Hashable, Sendable {
    var name: String
    var value: String
  }

  var method = Method.get
  var address: HTTPAddress
  var fields: [Field] = []
  /// The body of a POST.
  var body: [UInt8] = []
  /// Whether any certificate will do.
  var trustsAnyone = false
}
