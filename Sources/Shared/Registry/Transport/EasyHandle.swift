import CCurl

/// A libcurl easy handle and what must live as long.
struct EasyHandle: ~Copyable {
  /// The handle.
  let pointer: UnsafeMutableRawPointer
  private let errors: UnsafeMutablePointer<CChar>
  private var fields: UnsafeMutablePointer<curl_slist>?

  /// A handle without options; nil where there is no memory.
  init?() {
    guard let pointer = curl_easy_init() else { return nil }
    self.pointer = pointer
    errors = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errors.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errors)
  }

  deinit {
    curl_easy_cleanup(pointer)
    curl_slist_free_all(fields)
    errors.deallocate()
  }

  /// Sets an option that is a number or switch.
  func set(_ option: CURLoption, _ value: Int) { ccurl_set_long(pointer, option, value) }

  /// Sets an option that is a text, which libcurl copies; nil for none, not even the default.
  func set(_ option: CURLoption, _ value: String?) { ccurl_set_text(pointer, option, value) }

  /// Sets an option that is a list of header lines.
  mutating func setFields(_ lines: [String]) {
    for line in lines { fields = curl_slist_append(fields, line) ?? fields }
    ccurl_set_list(pointer, CURLOPT_HTTPHEADER, fields)
  }

  /// Sets an option that is a block of bytes, which libcurl copies.
  func set(_ option: CURLoption, bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { ccurl_set_blob(pointer, option, $0.baseAddress, $0.count) }
  }

  /// What libcurl wrote about the error.
  var errorText: String { String(cString: errors) }

  /// A size or time that libcurl knows of the transfer.
  func number(_ info: CURLINFO) -> Int {
    var value: curl_off_t = 0
    ccurl_get_offset(pointer, info, &value)
    return Int(value)
  }
}
