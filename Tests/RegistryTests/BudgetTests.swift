import Testing

@testable import Registry

/// A ledger that an expectation can write to.
private final class Book {
  private(set) var ledger: BudgetLedger
  init(total: Int, readers: Int, minimum: Int) {
    ledger = BudgetLedger(total: total, readers: readers, minimum: minimum)
  }
  var ahead: Int { ledger.ahead }
  var used: Int { ledger.used }
  var refused: Set<Int> { ledger.refused }
  func take(_ stream: Int) -> Bool { ledger.take(stream) }
  func mayTake(_ stream: Int) -> Bool { ledger.mayTake(stream) }
  func give(_ stream: Int) { ledger.give(stream) }
  func want(_ stream: Int) { ledger.want(stream) }
  func close(_ stream: Int) { ledger.close(stream) }
}

struct BudgetTests {
  @Test("those ahead leave what readers need, and readers get their minimum whatever the others hold")
  func minimum() {
    let ledger = Book(total: 10, readers: 2, minimum: 3)
    #expect(ledger.ahead == 4)
    for _ in 0..<4 { #expect(ledger.take(1)) }
    #expect(!ledger.take(1))
    #expect(!ledger.take(2))
    for stream in [3, 4] {
      ledger.want(stream)
      for _ in 0..<3 { #expect(ledger.take(stream)) }
      #expect(!ledger.take(stream))
    }
    #expect(ledger.used == 10)
    #expect(ledger.refused == [1, 2, 3, 4])
  }

  @Test("what is given back can be had again, by a reader first")
  func giveBack() {
    let ledger = Book(total: 4, readers: 1, minimum: 2)
    ledger.want(1)
    #expect(ledger.take(2))
    #expect(ledger.take(2))
    #expect(ledger.take(1))
    #expect(ledger.take(1))
    #expect(!ledger.take(1))
    ledger.give(2)
    #expect(ledger.mayTake(1))
    ledger.give(1)
    #expect(ledger.take(1))
    #expect(ledger.take(1))
    #expect(ledger.used == 4)
    #expect(ledger.refused.isEmpty)
  }

  @Test("a stream that becomes wanted while it holds more than its share keeps the sum within the total")
  func becomesWanted() {
    let ledger = Book(total: 10, readers: 2, minimum: 3)
    for _ in 0..<4 { #expect(ledger.take(1)) }
    ledger.want(1)
    while ledger.take(1) {}
    #expect(ledger.used == 7)
    ledger.want(2)
    while ledger.take(2) {}
    #expect(ledger.used == 10)
  }

  @Test("a closed stream's share ends with its last chunk")
  func close() {
    let ledger = Book(total: 6, readers: 1, minimum: 3)
    ledger.want(1)
    #expect(ledger.take(1))
    ledger.close(1)
    #expect(ledger.used == 1)
    ledger.give(1)
    #expect(ledger.used == 0)
    for _ in 0..<3 { #expect(ledger.take(2)) }
    #expect(!ledger.take(2))
  }
}
