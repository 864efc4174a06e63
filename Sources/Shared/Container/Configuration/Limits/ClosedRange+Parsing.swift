extension ClosedRange<UInt16> {
  /// The range that `NUMBER` or `FIRST-LAST` is, in decimal digits; nil for anything else.
  init?(parsing text: some StringProtocol) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { end in
      end.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(end) : nil
    }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last
    else { return nil }
    self = first...last
  }
}
