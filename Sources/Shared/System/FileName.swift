import Glibc

/// One name in a directory, or the target of a link, as the kernel has it: bytes without a zero, not text.
public struct FileName: Hashable, Sendable, CustomStringConvertible {
  /// The bytes with the zero that ends them.
  private let terminated: [CChar]

  /// The name of these bytes; nil where they hold a zero.
  public init?(_ bytes: some Collection<UInt8>) {
    guard !bytes.contains(0) else { return nil }
    terminated = bytes.map { CChar(bitPattern: $0) } + [0]
  }

  /// The name that `text` is in UTF-8; it holds no zero.
  public init(_ text: String) {
    terminated = text.utf8.map { CChar(bitPattern: $0) } + [0]
    precondition(terminated.count == text.utf8.count + 1 && !text.utf8.contains(0), "a zero in a name")
  }

  /// The bytes without the zero.
  public var bytes: [UInt8] { terminated.dropLast().map { UInt8(bitPattern: $0) } }

  /// Appends the bytes to a path.
  public func append(to path: inout [UInt8]) {
    terminated.withUnsafeBytes { path.append(contentsOf: $0.dropLast()) }
  }

  /// How many bytes it has.
  public var count: Int { terminated.count - 1 }

  /// The name for people; what is no UTF-8 is replaced.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// Runs `body` with the name as C wants it.
  public func withCString<Result, Problem: Error>(
    _ body: (UnsafePointer<CChar>) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    // What the buffer's closure throws is not typed: carried out as a value.
    let result = terminated.withUnsafeBufferPointer { buffer -> Swift.Result<Result, Problem> in
      do throws(Problem) { return .success(try body(buffer.baseAddress!)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

extension FileName: Comparable {
  /// In the order of their bytes.
  public static func < (one: FileName, other: FileName) -> Bool {
    one.terminated.withUnsafeBufferPointer { one in
      other.terminated.withUnsafeBufferPointer { strcmp(one.baseAddress!, $0.baseAddress!) < 0 }
    }
  }
}
