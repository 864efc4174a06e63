/// One request on the wire.
struct HTTPRequest: Hashable, Sendable {
  /// A method of RFC 9110.
  enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  /// One header field.
  struct Field: Hashable, Sendable {
    var name: String
    var value: String
  }

  var method = Method.get
  var address: HTTPAddress
  var fields: [Field] = []
  /// The body, where it is in memory.
  var body: [UInt8] = []
  /// The number of bytes of a body that is not in memory but comes as an `Outflow`.
  var streamed: UInt64?
  /// Whether any certificate will do.
  var trustsAnyone = false
}
