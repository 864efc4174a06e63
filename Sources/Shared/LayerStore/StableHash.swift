/// A number that is the same for the same text in every process and version (FNV-1a, 64 bits).
///
/// It names directories and links for people and option strings; nothing relies on its being hard to forge.
struct StableHash {
  /// The number.
  let value: UInt64

  /// The number of `text`.
  init(_ text: String) {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    self.value = value
  }

  /// All of it, as 16 hexadecimal digits.
  var hex: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// 30 bits of it, as 6 letters and digits.
  var short: String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    var rest = value ^ (value >> 32)
    var name: [UInt8] = []
    for _ in 0..<6 {
      name.append(letters[Int(rest & 31)])
      rest >>= 5
    }
    return String(decoding: name, as: UTF8.self)
  }
}
