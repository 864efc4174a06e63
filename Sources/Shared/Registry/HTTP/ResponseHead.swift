/// The status and header fields of a response, within bounds.
struct ResponseHead: Hashable, Sendable {
  /// The most bytes of header fields that are taken from a server.
  static let sizeLimit = 64 << 10
  /// The most header fields that are taken from a server.
  static let countLimit = 256

  /// The status code.
  let status: Int
  /// Names in lower case and values, in order.
  private(set) var fields: [HTTPRequest.Field] = []
  private var size = 0

  /// A response of that status, without fields so far.
  init(status: Int, fields: [HTTPRequest.Field] = []) {
    self.status = status
    for field in fields { append(field) }
  }

  /// Reads a status line: `HTTP/1.1 200 OK`, `HTTP/2 200`.
  init?(statusLine line: UnsafeRawBufferPointer) {
    guard line.starts(with: "HTTP/".utf8), let space = line.firstIndex(of: 0x20) else { return nil }
    let digits = line[(space + 1)...].prefix(3)
    guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let status = Int(String(decoding: digits, as: UTF8.self)), status >= 100
    else { return nil }
    self.init(status: status)
  }

  /// Takes in a header line; false where the bounds are exceeded.
  mutating func append(line: UnsafeRawBufferPointer) -> Bool {
    size += line.count
    guard size <= Self.sizeLimit, fields.count < Self.countLimit else { return false }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return true }
    let value = line[(colon + 1)...]
    let isSpace: (UInt8) -> Bool = { $0 <= 0x20 }
    let trimmed = value.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    append(
      HTTPRequest.Field(
        name: String(decoding: line[..<colon], as: UTF8.self),
        value: String(decoding: Array(trimmed), as: UTF8.self)))
    return true
  }

  private mutating func append(_ field: HTTPRequest.Field) {
    fields.append(HTTPRequest.Field(name: field.name.lowercased(), value: field.value))
  }

  /// All values of the field `name`, which is in lower case.
  func values(_ name: String) -> [String] {
    fields.filter { $0.name == name }.map(\.value)
  }

  /// The value of the field `name`, which is in lower case; nil where it is absent or there are different ones.
  subscript(name: String) -> String? {
    let values = values(name)
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  /// The media type without its parameters.
  var contentType: String? {
    guard let value = self["content-type"]?.prefix(while: { $0 != ";" }) else { return nil }
    return value.split(separator: " ").first.map { $0.lowercased() }
  }

  /// The number of bytes that the body is said to have.
  var contentLength: UInt64? { self["content-length"].flatMap { UInt64(strictly: $0) } }

  /// The seconds of a Retry-After field; nil where it is absent or a date.
  var retryAfter: UInt64? { self["retry-after"].flatMap { UInt64(strictly: $0) } }
}

extension UInt64 {
  /// Digits and nothing else.
  init?(strictly text: some StringProtocol) {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    self.init(text)
  }
}

/// What part of a whole a 206 response carries (RFC 9110, section 14.4).
struct ContentRange: Hashable, Sendable {
  let first: UInt64
  let last: UInt64
  let total: UInt64

  /// `bytes FIRST-LAST/TOTAL`; nil for anything else, an unknown total included.
  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
    let halves = words[1].split(separator: "/", omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = UInt64(strictly: ends[0]), let last = UInt64(strictly: ends[1]),
      let total = UInt64(strictly: halves[1]), first <= last, last < total
    else { return nil }
    self.first = first
    self.last = last
    self.total = total
  }
}
