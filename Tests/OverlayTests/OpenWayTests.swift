import Overlay
import System
import Testing

@Suite("The way down to a directory")
struct OpenWayTests {
  /// A directory that knows its path, and how many are open.
  private final class Place {
    static nonisolated(unsafe) var open = 0
    let path: String
    init(_ path: String) {
      self.path = path
      Self.open += 1
    }
    deinit { Self.open -= 1 }
  }

  @Test("however long it is, few directories are open, and it leads back through all of them")
  func long() throws {
    var opened = 0
    var way = OpenWay(Place("")) { (name, place) in
      opened += 1
      return Place("\(place.path)/\(name)")
    }
    var paths = [""]
    for number in 0..<2000 {
      let place = try Place("\(way.last().path)/\(number)")
      paths.append(place.path)
      way.enter(FileName("\(number)"), place)
      #expect(Place.open <= 40)
    }
    #expect(opened == 0)
    while let path = paths.popLast() {
      #expect(try way.last().path == path)
      #expect(Place.open <= 80)
      way.leave()
    }
    #expect(opened < 2000 * 2000 / 2 / 10)
    // From the root it leads nowhere.
    #expect(try way.last().path == "")
  }

  @Test("a directory that has gone is an error")
  func gone() throws {
    var way = OpenWay(0) { (_, _) in nil }
    for number in 1...100 { way.enter(FileName("d"), number) }
    #expect(try way.last() == 100)
    for _ in 0..<32 { way.leave() }
    #expect(throws: Failure.self) { try way.last() }
  }
}
