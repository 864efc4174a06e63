import Glibc
import Testing

extension Scratch {
  /// Where the scripts are that make what tests need.
  static let fixtures = "\(Machine.root)/Tests/Commands/Fixtures"

  /// Fails the test unless `layout` is whole, down to each byte, and has the images of these full names.
  func expectWhole(_ layout: String, _ names: String..., location: SourceLocation = #_sourceLocation) throws {
    let outcome = try run(
      "/usr/bin/python3 \(Self.fixtures)/check.py \(layout) \(names.joined(separator: " "))")
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: location)
  }

  /// What is in a directory, byte for byte, but for partial downloads.
  func snapshot(_ directory: String) throws -> String {
    try ok(
      "cd \(directory) && find . -path ./.partial -prune -o -type f -print0 | sort -z | xargs -0 sha256sum")
  }

  /// Places in a tar: `cut`, `blob` or `header` (Fixtures/offsets.py).
  func offsets(_ kind: String, _ tar: String) throws -> [Int] {
    try ok("/usr/bin/python3 \(Self.fixtures)/offsets.py \(kind) \(tar)").split(separator: "\n").compactMap {
      Int($0)
    }
  }

  /// Changes one bit of a file.
  func flip(_ file: String, at offset: Int) throws {
    guard let stream = fopen("\(path)/\(file)", "r+e") else {
      throw CommandFailed(description: "can't open \(file)")
    }
    defer { fclose(stream) }
    fseek(stream, offset, SEEK_SET)
    let byte = fgetc(stream)
    fseek(stream, offset, SEEK_SET)
    fputc(byte ^ 1, stream)
  }

  /// The digest that a stream or layout's only image has in index.json.
  func digest(layout: String) throws -> String { try ok("jq -r '.manifests[].digest' \(layout)/index.json") }
}

/// Fails the test unless a command said just one line, which begins with its name.
func expectOneLine(
  _ outcome: Outcome, from command: String, containing words: String = "",
  location: SourceLocation = #_sourceLocation
) {
  let lines = outcome.errors.split(separator: "\n")
  #expect(lines.count == 1, "\(outcome)", sourceLocation: location)
  #expect(lines.first?.hasPrefix("\(command): ") == true, "\(outcome)", sourceLocation: location)
  #expect(words.isEmpty || outcome.errors.contains(words), "\(outcome)", sourceLocation: location)
}
