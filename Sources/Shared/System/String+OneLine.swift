extension String {
  /// The text made safe for one line of a terminal, whoever wrote it.
  ///
  /// Control characters (line ends and escape sequences with them) and those that turn the direction of writing are
  /// shown as `\u{…}`.
  public var oneLine: String {
    func isSafe(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
      default: true
      }
    }
    guard !unicodeScalars.allSatisfy(isSafe) else { return self }
    var result = ""
    for scalar in unicodeScalars {
      if isSafe(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return result
  }
}
