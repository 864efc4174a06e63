extension UInt8 {
  /// Whether it separates words: a space, or one of tab, line feed, vertical tab, form feed, carriage return.
  var isSpace: Bool { self == 0x20 || 0x09...0x0D ~= self }

  var isDigit: Bool { 0x30...0x39 ~= self }
}

extension ArraySlice<UInt8> {
  /// Without white space at its start.
  var withoutIndent: ArraySlice<UInt8> { drop(while: \.isSpace) }

  /// Without white space at both ends.
  var stripped: ArraySlice<UInt8> {
    var result = withoutIndent
    while let last = result.last, last.isSpace { result.removeLast() }
    return result
  }

  /// Without carriage returns and line feeds at its end.
  var withoutLineEnd: ArraySlice<UInt8> {
    var result = self
    while let last = result.last, last == 0x0A || last == 0x0D { result.removeLast() }
    return result
  }

  /// What stands before and after the first white space; nothing after where there is none.
  var splitAtSpace: (ArraySlice<UInt8>, ArraySlice<UInt8>) {
    let end = firstIndex(where: \.isSpace) ?? endIndex
    return (self[..<end], self[end...].withoutIndent)
  }

  /// As text; it has to be UTF-8.
  var text: String { String(decoding: self, as: UTF8.self) }
}
