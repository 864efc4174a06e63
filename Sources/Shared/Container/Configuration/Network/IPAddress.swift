import Glibc

/// Addresses as text.
enum IPAddress {
  /// Whether `text` is an IPv4 or IPv6 address (inet_pton(3)), without a zone.
  static func isValid(_ text: String) -> Bool {
    var bytes = in6_addr()
    return !text.utf8.contains(0)
      && (inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1)
  }

  /// Whether it leads back to the host itself.
  static func isLoopback(_ text: String) -> Bool { text.hasPrefix("127.") || text == "::1" }
}
