import Glibc

/// The character set of names in pax headers, in which alone libarchive hands them on as they stand.
///
/// In the C locale it would convert them, and fail.
enum UTF8Locale {
  // Made once and only read after that.
  private nonisolated(unsafe) static let locale: locale_t? = newlocale(1 << LC_CTYPE, "C.UTF-8", nil)

  /// Runs `body` with this thread's character set being UTF-8.
  static func with<Result>(_ body: () -> Result) -> Result {
    guard let locale else { return body() }
    let previous = uselocale(locale)
    defer { uselocale(previous) }
    return body()
  }
}
