import Image

/// What stands in brackets where an instruction takes a JSON array.
enum JSONForm: Equatable {
  /// An array of strings.
  case strings([String])
  /// An array that holds something else.
  case others
  /// No JSON array: the shell form.
  case none

  init(_ text: ArraySlice<UInt8>) {
    self = .none
    guard text.first == UInt8(ascii: "["), let array = try? JSON(parsing: Array(text)).array else { return }
    let strings = array.compactMap(\.string)
    self = strings.count == array.count ? .strings(strings) : .others
  }
}
