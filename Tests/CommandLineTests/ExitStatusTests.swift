import Glibc
import System
import Testing

@testable import CommandLine

@Suite struct ExitStatusTests {
  @Test(
    "each kind of failure has its status",
    arguments: [
      (FailureKind.failed, 1), (.usage, 2), (.notFound, 3), (.denied, 4), (.unreachable, 5), (.invalid, 6),
    ] as [(FailureKind, Int32)])
  func statuses(kind: FailureKind, status: Int32) {
    #expect(ExitStatus(kind).rawValue == status)
  }

  @Test("every status has a meaning of its own")
  func meanings() {
    #expect(ExitStatus.all.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6])
    #expect(Set(ExitStatus.all.map(\.meaning)).count == 7)
  }

  @Test("the table in ociutils(7) is the one that the commands follow")
  func manual() throws {
    let page = try readFile("man/ociutils.7")
    #expect(page.contains(ExitStatus.manualTable), "expected:\n\(ExitStatus.manualTable)")
  }
}

/// A file of the source tree.
func readFile(_ path: String) throws -> String {
  let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let file = try FileDescriptor.open("/\(root)/\(path)", O_RDONLY)
  var bytes = [UInt8](repeating: 0, count: Int(try file.status().size))
  let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
  return String(decoding: bytes[..<count], as: UTF8.self)
}
