import Glibc
import LayerStore
import System
import Testing

@testable import Unpack

struct BudgetTests {
  private func store() throws -> (LayerCache, path: String) {
    var template = Array("/dev/shm/ociutils-budget.XXXXXX".utf8CString)
    let path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    return (try LayerCache(path), path)
  }

  @Test("what is left can be spent to the last byte, by several together, and no more")
  func spending() throws {
    let (store, path) = try store()
    defer { rmdir(path) }
    let budget = try Budget(100, in: store)
    try budget.spend(60)
    #expect(throws: Failure.self) { try budget.spend(41) }
    try budget.spend(40)
    try budget.spend(0)
    let failure = #expect(throws: Failure.self) { try budget.spend(1) }
    #expect(failure?.kind == .failed && failure?.problem.contains("--max-size") == true)
  }

  @Test("without a limit it is what the disk has free; no number a stranger may say overflows it")
  func free() throws {
    let (store, path) = try store()
    defer { rmdir(path) }
    let budget = try Budget(nil, in: store)
    try budget.spend(1)
    #expect(throws: Failure.self) { try budget.spend(.max) }
  }
}
