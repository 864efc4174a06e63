import Image

extension JSON {
  /// The value as a document for people and programs: indented, and with nothing in it that a terminal obeys.
  ///
  /// What `String.oneLine` would not let pass stands as an escape of JSON.
  public var shown: [UInt8] {
    let plain = String(decoding: encodedPretty(), as: UTF8.self)
    var text = ""
    text.reserveCapacity(plain.utf8.count)
    for scalar in plain.unicodeScalars {
      // Below 0x7f there are only line ends: the encoding has escaped the rest.
      if scalar.value < 0x7f || String(scalar).oneLine == String(scalar) {
        text.unicodeScalars.append(scalar)
      } else {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return Array(text.utf8)
  }
}
