/// A filter in which the number of a call is looked for among ranges.
///
/// libseccomp compares it with each number that a rule names. Most are neighbours with the same outcome: a third of the
/// instructions says the same, and the kernel, which checks and compiles all of them at every start, takes a third of
/// the time. What is done with arguments stays as it is.
struct FilterRanges {
  /// Where a range begins, and where the old program would have gone for it.
  private typealias Range = (first: UInt32, target: Int)

  private let old: [FilterInstruction]
  private var new: [FilterInstruction] = []
  // Where instructions of the old program are in the new one.
  private var places: [Int: Int] = [:]
  // Jumps, and the instructions of the old program to which they lead.
  private var open: [(place: Int, target: Int)] = []

  /// The program that decides as `program` does; that itself where there is something in it that is not understood.
  static func applied(to program: [UInt8]) -> [UInt8] {
    var ranges = FilterRanges(old: FilterInstruction.parsing(program))
    guard ranges.rewrite(), ranges.new.count < ranges.old.count else { return program }
    return ranges.new.flatMap(\.bytes)
  }

  private init(old: [FilterInstruction]) { self.old = old }

  // Jumps only lead forward: what is reached is known when its turn comes.
  private mutating func rewrite() -> Bool {
    var isReached = [Bool](repeating: false, count: old.count)
    guard !old.isEmpty else { return false }
    isReached[0] = true
    for index in old.indices where isReached[index] {
      places[index] = new.count
      guard let next = write(index) else { return false }
      for target in next {
        guard target > index, old.indices.contains(target) else { return false }
        isReached[target] = true
      }
    }
    for (place, target) in open {
      guard let there = places[target], there > place else { return false }
      new[place] = FilterInstruction(FilterInstruction.Code.jump, UInt32(there - place - 1))
    }
    return true
  }

  // Writes what stands at `index`: where it may go on; nil where it is not understood.
  private mutating func write(_ index: Int) -> [Int]? {
    let instruction = old[index]
    switch instruction.code {
    case FilterInstruction.Code.end:
      new.append(instruction)
      return []
    case FilterInstruction.Code.jump:
      guard let target = destination(from: index, instruction.value) else { return nil }
      go(to: target)
      return [target]
    case FilterInstruction.Code.load where instruction.value == 0:
      guard let ranges = ranges(from: index + 1) else { return nil }
      new.append(instruction)
      search(ranges[...])
      return ranges.map(\.target)
    case FilterInstruction.Code.load, FilterInstruction.Code.and:
      new.append(instruction)
      return [index + 1]
    case _ where instruction.isComparison || instruction.code == FilterInstruction.Code.ifAny:
      guard let yes = destination(from: index, UInt32(instruction.jumps.yes)),
        let no = destination(from: index, UInt32(instruction.jumps.no))
      else { return nil }
      new.append(FilterInstruction(instruction.code, instruction.value, yes: 0, no: 1))
      go(to: yes)
      go(to: no)
      return [yes, no]
    default: return nil
    }
  }

  private func destination(from index: Int, _ distance: UInt32) -> Int? {
    let target = index + 1 + Int(distance)
    return target < old.count ? target : nil
  }

  // One instruction: the end itself rather than a jump to it.
  private mutating func go(to target: Int) {
    if old[target].code != FilterInstruction.Code.end { open.append((new.count, target)) }
    new.append(old[target])
  }

  /// Where each number goes by the comparisons that begin at `start`.
  private func ranges(from start: Int) -> [Range]? {
    var (limits, waiting, seen) = ([UInt32(0)], [start], Set<Int>())
    while let index = waiting.popLast() {
      guard old.indices.contains(index) else { return nil }
      let instruction = old[index]
      guard instruction.isComparison || instruction.code == FilterInstruction.Code.jump,
        seen.insert(index).inserted
      else { continue }
      if instruction.code == FilterInstruction.Code.jump {
        waiting.append(index + 1 + Int(instruction.value))
        continue
      }
      waiting += [index + 1 + Int(instruction.jumps.yes), index + 1 + Int(instruction.jumps.no)]
      limits.append(instruction.value)
      if instruction.value < .max { limits.append(instruction.value + 1) }
    }
    var ranges: [Range] = []
    for first in limits.sorted() {
      let target = target(of: first, from: start)
      if ranges.last.map({ same($0.target, target) }) != true { ranges.append((first, target)) }
    }
    return ranges
  }

  private func target(of number: UInt32, from start: Int) -> Int {
    var index = start
    while true {
      let instruction = old[index]
      if instruction.isComparison {
        index += 1 + Int(instruction.holds(number) ? instruction.jumps.yes : instruction.jumps.no)
      } else if instruction.code == FilterInstruction.Code.jump {
        index += 1 + Int(instruction.value)
      } else {
        return index
      }
    }
  }

  // The same place, or the same end.
  private func same(_ one: Int, _ other: Int) -> Bool {
    one == other || (old[one].code == FilterInstruction.Code.end && old[one] == old[other])
  }
}

extension FilterRanges {
  /// So few that comparisons reach all outcomes, whose jumps are of one byte.
  private static let limit = 64

  /// Finds the range of the accumulator.
  private mutating func search(_ ranges: ArraySlice<Range>) {
    guard ranges.count > Self.limit else { return searchFew(Array(ranges)) }
    let middle = ranges.startIndex + ranges.count / 2
    new.append(FilterInstruction(FilterInstruction.Code.ifNotLess, ranges[middle].first, yes: 0, no: 1))
    let jump = new.count
    new.append(FilterInstruction(FilterInstruction.Code.jump, 0))
    search(ranges[..<middle])
    new[jump].value = UInt32(new.count - jump - 1)
    search(ranges[middle...])
  }

  // A tree of comparisons, one less than ranges, and behind it each outcome once.
  private mutating func searchFew(_ ranges: [Range]) {
    var outcomes: [Int] = []
    let start = new.count
    let slots = ranges.map { range in
      if let known = outcomes.firstIndex(where: { same($0, range.target) }) { return known }
      outcomes.append(range.target)
      return outcomes.count - 1
    }
    // Where a part of the ranges is decided, as the number of an instruction from the start on.
    func place(_ first: Int, _ end: Int, at tree: Int) -> Int {
      end - first == 1 ? ranges.count - 1 + slots[first] : tree
    }
    func compare(_ first: Int, _ end: Int) {
      guard end - first > 1 else { return }
      let (here, middle) = (new.count - start, first + (end - first) / 2)
      let right = here + 1 + (middle - first - 1)
      new.append(
        FilterInstruction(
          FilterInstruction.Code.ifNotLess, ranges[middle].first,
          yes: UInt8(place(middle, end, at: right) - here - 1),
          no: UInt8(place(first, middle, at: here + 1) - here - 1)))
      compare(first, middle)
      compare(middle, end)
    }
    compare(0, ranges.count)
    outcomes.forEach { go(to: $0) }
  }
}
