import System

/// A host name (sethostname(2), RFC 1123).
public enum Hostname {
  /// Refuses what the kernel or /etc/hosts can't hold.
  ///
  /// - Throws: `usage`.
  public static func check(_ name: String) throws(Failure) {
    let isName =
      (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
          true
        default: false
        }
      }
    guard isName, !name.hasPrefix("-"), !name.hasPrefix(".") else {
      throw Failure(.usage, "--hostname \(name)", "invalid hostname: it is 1 to 64 letters, digits, - and .")
    }
  }
}
