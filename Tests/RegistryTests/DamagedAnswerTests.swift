import System
import Testing

@testable import Registry

struct DamagedAnswerTests {
  @Test("an answer with any few bytes changed, lost or added is the right blob or a failure, never another")
  func damaged() throws {
    let blob = noise(2000, seed: 8)
    let whole =
      Array("HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n".utf8)
      + blob
    var options = HostileSetting.impatient
    options.retry.tries = 1
    let setting = try HostileSetting(options: options) { request in
      var random = noise(16, seed: UInt64(request.earlier + 1)).makeIterator()
      var answer = whole
      // Mostly in the head, where it hurts.
      for _ in 0..<3 {
        let place =
          (Int(random.next()!) << 8 | Int(random.next()!)) % (random.next()! < 200 ? 80 : answer.count)
        switch random.next()! % 3 {
        case 0: answer[place] = random.next()!
        case 1: answer.remove(at: place)
        default: answer.insert(random.next()!, at: place)
        }
      }
      return [.send(answer), .close]
    }
    var failures = 0
    for _ in 0..<150 {
      do { #expect(try setting.read(blob) == blob) } catch {
        failures += 1
      }
    }
    #expect(failures > 50)
    #expect(eventually { setting.client.options.budget.used == 0 })
  }
}
