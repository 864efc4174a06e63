import Testing

@testable import System

struct InterruptionTests {
  @Test("what takes no time at all is watched and done a thousand times")
  func quick() {
    for number in 0..<1000 {
      #expect(Interruption.during(cleaning: {}, { number }) == number)
    }
  }

  @Test("what the body throws is thrown")
  func throwing() {
    #expect(throws: Errno(5)) {
      try Interruption.during(cleaning: {}, { () throws(Errno) in throw Errno(5) })
    }
  }
}
