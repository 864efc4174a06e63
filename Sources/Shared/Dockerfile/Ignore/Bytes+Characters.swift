extension [UInt8] {
  /// The character whose UTF-8 begins at `index`, and its length.
  ///
  /// A byte that is no UTF-8 is a character of its own, beyond all of Unicode's.
  func character(at index: Int) -> (unit: UInt32, length: Int) {
    let first = self[index]
    if first < 0x80 { return (UInt32(first), 1) }
    let other: (UInt32, Int) = (0x11_0000 + UInt32(first), 1)
    let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    guard first >= 0xc2, first <= 0xf4, index + length <= count else { return other }
    var unit = UInt32(first) & (0x7f >> UInt32(length))
    for byte in self[index + 1..<index + length] {
      guard byte & 0xc0 == 0x80 else { return other }
      unit = unit << 6 | UInt32(byte & 0x3f)
    }
    let least: [UInt32] = [0x80, 0x800, 0x1_0000]
    guard unit >= least[length - 2], Unicode.Scalar(unit) != nil else { return other }
    return (unit, length)
  }

  /// Without Unicode's white space at both ends.
  var trimmed: [UInt8] {
    func isSpace(_ index: Int) -> Bool {
      Unicode.Scalar(character(at: index).unit)?.properties.isWhitespace ?? false
    }
    var start = 0
    while start < count, isSpace(start) { start += character(at: start).length }
    var end = count
    while end > start {
      var last = end - 1
      while last > start, end - last < 4, self[last] & 0xc0 == 0x80 { last -= 1 }
      guard isSpace(last), last + character(at: last).length == end else { break }
      end = last
    }
    return Array(self[start..<end])
  }

  /// The shortest path that says the same, by its text alone: without doubled slashes and `.`, and with `..` and what
  /// stands before it taken away; `.` where nothing is left.
  var cleanedPath: [UInt8] {
    let slash = UInt8(ascii: "/")
    let isAbsolute = first == slash
    var names: [ArraySlice<UInt8>] = []
    for name in split(separator: slash) {
      if name.elementsEqual("..".utf8) {
        if let last = names.last, !last.elementsEqual("..".utf8) {
          names.removeLast()
        } else if !isAbsolute {
          names.append(name)
        }
      } else if !name.elementsEqual(".".utf8) {
        names.append(name)
      }
    }
    let path = (isAbsolute ? [slash] : []) + names.joined(separator: [slash])
    return path.isEmpty ? Array(".".utf8) : path
  }
}
