import System

/// What `--chmod` makes of a file's permissions: octal, or symbolic as in chmod(1), where no umask applies.
struct FileMode: Sendable {
  private enum Change: Sendable {
    case octal(UInt16)
    case symbolic([Clause])
  }

  /// `u+x`: one operation on some of the bits.
  private struct Clause: Sendable {
    /// All bits that it can touch: those of user, group and others.
    var who: UInt16 = 0
    var operation = UInt8(ascii: "+")
    /// The bits it is about, before they are confined to `who`.
    var bits: UInt16 = 0
    /// Whether `X` is one of them.
    var executable = false
    /// `u`, `g` or `o`: the bits that these have now.
    var copied: UInt8?
  }

  private let change: Change

  /// The change that `text` says.
  ///
  /// - Throws: `invalid` where it is none.
  init(_ text: String) throws(Failure) {
    let bytes = Array(text.utf8)
    if let first = bytes.first, (0x30...0x39).contains(first) {
      guard let mode = UInt16(text, radix: 8), mode <= 0o7777 else {
        throw Failure(
          .failed, "",
          "invalid chmod parameter: '\(text.oneLine)'. it should be octal string and between 0 and 07777")
      }
      change = .octal(mode)
      return
    }
    var clauses: [Clause] = []
    for part in bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let more = Self.clauses(part) else {
        throw Failure(
          .failed, "", "invalid chmod parameter: '\(text.oneLine)' is neither octal nor like u=rw,go+rX")
      }
      clauses += more
    }
    change = .symbolic(clauses)
  }

  /// What becomes of a file of that mode.
  func applied(to mode: UInt16, isDirectory: Bool) -> UInt16 {
    switch change {
    case .octal(let mode): mode
    case .symbolic(let clauses): clauses.reduce(mode) { Self.apply($1, to: $0, isDirectory) }
    }
  }

  /// `[ugoa]*([-+=]([rwxXst]*|[ugo]))+`; nil where it is not.
  private static func clauses(_ text: ArraySlice<UInt8>) -> [Clause]? {
    var rest = text
    var who: UInt16 = 0
    while let byte = rest.first, let bits = classes[byte] {
      who |= bits
      rest.removeFirst()
    }
    if who == 0 { who = 0o7777 }
    var clauses: [Clause] = []
    while let operation = rest.popFirst() {
      guard "+-=".utf8.contains(operation) else { return nil }
      var clause = Clause(who: who, operation: operation)
      if let byte = rest.first, "ugo".utf8.contains(byte) {
        clause.copied = rest.removeFirst()
      } else {
        while let byte = rest.first, !"+-=".utf8.contains(byte) {
          rest.removeFirst()
          if byte == UInt8(ascii: "X") {
            clause.executable = true
          } else {
            guard let bits = permissions[byte] else { return nil }
            clause.bits |= bits
          }
        }
      }
      clauses.append(clause)
    }
    return clauses.isEmpty ? nil : clauses
  }

  private static let classes: [UInt8: UInt16] = [
    UInt8(ascii: "u"): 0o4700, UInt8(ascii: "g"): 0o2070, UInt8(ascii: "o"): 0o1007,
    UInt8(ascii: "a"): 0o7777,
  ]

  private static let permissions: [UInt8: UInt16] = [
    UInt8(ascii: "r"): 0o444, UInt8(ascii: "w"): 0o222, UInt8(ascii: "x"): 0o111,
    UInt8(ascii: "s"): 0o6000, UInt8(ascii: "t"): 0o1000,
  ]

  private static func apply(_ clause: Clause, to mode: UInt16, _ isDirectory: Bool) -> UInt16 {
    var bits = clause.bits
    if clause.executable, isDirectory || mode & 0o111 != 0 { bits |= 0o111 }
    if let copied = clause.copied {
      let shift: UInt16 = copied == UInt8(ascii: "u") ? 6 : copied == UInt8(ascii: "g") ? 3 : 0
      bits = (mode >> shift & 7) * 0o111
    }
    bits &= clause.who
    switch clause.operation {
    case UInt8(ascii: "+"): return mode | bits
    case UInt8(ascii: "-"): return mode & ~bits
    // As chmod(1) does: the set-ID bits of a directory go only where that is said.
    default: return mode & ~(clause.who & (isDirectory ? 0o1777 : 0o7777)) | bits
    }
  }
}
