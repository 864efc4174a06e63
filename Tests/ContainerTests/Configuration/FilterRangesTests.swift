import Testing

@testable import Container

struct FilterRangesTests {
  @Test(
    "a filter with ranges decides every call as libseccomp's does, with half the instructions",
    arguments: [CapabilitySet.standard, []])
  func same(capabilities: CapabilitySet) throws {
    let before = try SeccompFilter.exported(.standard(in: SeccompTests.setting(capabilities)))
    let after = FilterRanges.applied(to: before)
    #expect(after.count * 2 < before.count)
    let (theirs, ours) = (FilterMachine(program: before), FilterMachine(program: after))
    // Between two constants that are compared nothing changes.
    let constants = FilterInstruction.parsing(before).filter { $0.isComparison }.map(\.value)
    let edges = Set(constants.flatMap { [$0 &- 1, $0, $0 &+ 1] } + [0, .max])
    // Of the calls of which arguments are looked at: personality, socket and clone.
    let particular: Set<UInt32> = [41, 56, 120, 135, 136, 359]
    let arguments: [[UInt64]] = [
      [8], [0x20000], [0xFFFF_FFFF], [2, 1, 0], [16, 3, 9], [16, 3, 0], [40, 1, 0], [1 << 32 | 40, 1, 0],
      [10, 2, 0], [0x7E02_0000],
    ]
    for number in edges {
      for architecture in [FilterMachine.x8664, FilterMachine.x86, 0xC000_00B7] {
        for values in particular.contains(number & ~0x4000_0000) ? [[]] + arguments : [[]] {
          #expect(
            ours.result(number, values, architecture: architecture)
              == theirs.result(number, values, architecture: architecture), "\(number) \(values)")
        }
      }
    }
  }

  private func program(_ instructions: FilterInstruction...) -> [UInt8] { instructions.flatMap(\.bytes) }

  @Test("outcomes that lie far apart, and ranges up to the last number, are found")
  func wide() {
    // 300 numbers, of which every other one is refused with its own.
    var instructions = [FilterInstruction(0x20, 0)]
    for number in UInt32(0)..<300 {
      instructions.append(FilterInstruction(0x15, number * 2, yes: 0, no: 1))
      instructions.append(FilterInstruction(0x06, 0x0005_0000 | number))
    }
    instructions.append(FilterInstruction(0x15, .max, yes: 0, no: 1))
    instructions += [FilterInstruction(0x06, 1), FilterInstruction(0x06, 2)]
    var ranges = instructions
    // Made longer, so that the other is taken.
    for _ in 0..<700 { ranges.insert(FilterInstruction(0x15, 7, yes: 0, no: 0), at: 1) }
    let (before, after) = (ranges.flatMap(\.bytes), FilterRanges.applied(to: ranges.flatMap(\.bytes)))
    #expect(after.count < before.count)
    let (theirs, ours) = (FilterMachine(program: before), FilterMachine(program: after))
    for number in Array(UInt32(0)..<610) + [.max - 1, .max] {
      #expect(ours.result(number) == theirs.result(number), "\(number)")
    }
  }

  @Test("what is not understood stays as it is")
  func unknown() {
    for odd in [
      [], program(FilterInstruction(0x20, 0)),
      program(FilterInstruction(0x99, 0), FilterInstruction(0x06, 0)),
      program(FilterInstruction(0x20, 0), FilterInstruction(0x05, 7), FilterInstruction(0x06, 0)),
      program(FilterInstruction(0x20, 0), FilterInstruction(0x05, .max), FilterInstruction(0x06, 0)),
      program(FilterInstruction(0x15, 1, yes: 9, no: 0), FilterInstruction(0x06, 0)), [1, 2, 3],
    ] {
      #expect(FilterRanges.applied(to: odd) == odd)
    }
  }
}
