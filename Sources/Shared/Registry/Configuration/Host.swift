import Glibc

/// A host name or address and perhaps a port, as an image's name begins with.
struct Host: Hashable, Sendable {
  /// The name or address; without the brackets of an IPv6 address.
  let name: String
  let port: UInt16?

  /// The host in `text`; nil where it is none.
  init?(_ text: some StringProtocol) {
    let end: String.Index
    if text.first == "[" {
      guard let bracket = text.firstIndex(of: "]") else { return nil }
      name = String(text[text.index(after: text.startIndex)..<bracket])
      end = text.index(after: bracket)
      guard Self.bytes(name, AF_INET6) != nil else { return nil }
    } else {
      end = text.firstIndex(of: ":") ?? text.endIndex
      name = String(text[..<end])
      let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      guard labels.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isLabel) }) else { return nil }
    }
    if end == text.endIndex {
      port = nil
    } else {
      let digits = text[text.index(after: end)...]
      guard text[end] == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let port = UInt16(digits),
        port > 0
      else { return nil }
      self.port = port
    }
  }

  /// Whether it is this machine: `localhost`, 127.0.0.0/8 or ::1.
  ///
  /// By the text alone: a name that only resolves to such an address is a stranger's.
  var isLoopback: Bool {
    if name.lowercased() == "localhost" { return true }
    if let bytes = Self.bytes(name, AF_INET) { return bytes[0] == 127 }
    return Self.bytes(name, AF_INET6) == [UInt8](repeating: 0, count: 15) + [1]
  }

  // inet_pton(3).
  private static func bytes(_ text: String, _ family: CInt) -> [UInt8]? {
    guard !text.utf8.contains(0) else { return nil }
    var address = [UInt8](repeating: 0, count: family == AF_INET ? 4 : 16)
    return inet_pton(family, text, &address) == 1 ? address : nil
  }

  private static func isLabel(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}
