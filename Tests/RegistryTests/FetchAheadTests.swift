import Glibc
import Image
import System
import Testing
import Transfer
import Verification

@testable import Registry

/// Many blobs in little memory.
struct FetchAheadTests {
  /// Room for what one reader needs and three chunks ahead.
  private static func tiny(readers: Int = 1) -> RegistryOptions {
    var options = HostileSetting.impatient
    options.budget = ChunkBudget(chunks: 5 * readers + 3, chunkSize: 16 << 10, readers: readers)
    return options
  }

  private static let blobs = (0..<30).map { noise($0 % 3 == 0 ? 1000 : 200_000 + $0, seed: UInt64($0)) }

  private static func served(_ blobs: [[UInt8]]) -> ScriptedServer.Script {
    let byTarget = Dictionary(
      uniqueKeysWithValues: blobs.map { ("/v2/app/blobs/\(Digest.of($0))", $0) })
    return { request in byTarget[request.target].map { .answer("200 OK", body: $0) } ?? .notFound }
  }

  @Test("a slow reader gets every blob in order, however little memory those ahead leave")
  func inOrder() throws {
    let options = Self.tiny()
    let setting = try HostileSetting(options: options, Self.served(Self.blobs))
    let source = setting.source
    let descriptors = Self.blobs.map(HostileSetting.descriptor)
    source.announce(descriptors)
    for (blob, descriptor) in zip(Self.blobs, descriptors) {
      let reader = try source.open(descriptor)
      var bytes: [UInt8] = []
      while let piece = try reader.next() {
        bytes += piece
        usleep(500)
        #expect(options.budget.used <= 8 * 16 << 10)
      }
      #expect(bytes == blob)
    }
    #expect(eventually { options.budget.used == 0 })
  }

  @Test("the blob that is read is never starved by those announced before it")
  func backwards() throws {
    let options = Self.tiny()
    let setting = try HostileSetting(options: options, Self.served(Self.blobs))
    let source = setting.source
    let descriptors = Self.blobs.map(HostileSetting.descriptor)
    source.announce(descriptors)
    // What is ahead fills its memory and stops.
    usleep(100_000)
    for (blob, descriptor) in zip(Self.blobs, descriptors).reversed() {
      #expect(try source.open(descriptor).readAll() == blob)
    }
  }

  @Test("several readers at once get theirs, each more than once")
  func parallel() throws {
    let options = Self.tiny(readers: 4)
    let setting = try HostileSetting(options: options, Self.served(Self.blobs))
    let source = setting.source
    source.announce(Self.blobs.map(HostileSetting.descriptor))
    let wrong = Monitor(0)
    let next = Monitor(0)
    let threads = try (0..<4).map { _ in
      try System.Thread {
        while true {
          let index: Int = next.update { next in
            next += 1
            return next - 1
          }
          guard index < 60 else { return }
          let blob = Self.blobs[index % 30]
          let bytes = try? source.open(HostileSetting.descriptor(blob)).readAll()
          if bytes != blob { wrong.update { $0 += 1 } }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(wrong.update { $0 } == 0)
    #expect(eventually { options.budget.used == 0 })
  }

  @Test("a reader that has what it may hold back goes on when others take all there is")
  func stuck() throws {
    let options = Self.tiny()
    let blobs = [noise(3_000_000, seed: 1), noise(3_000_000, seed: 2)]
    let setting = try HostileSetting(options: options, Self.served(blobs))
    let source = setting.source
    source.announce(blobs.map(HostileSetting.descriptor))
    // Both are wanted, and one is left standing: more readers than the budget knows of.
    let standing = try source.open(HostileSetting.descriptor(blobs[0]))
    _ = try standing.next()
    usleep(50_000)
    #expect(try source.open(HostileSetting.descriptor(blobs[1])).readAll() == blobs[1])
    var count = 0
    while let piece = try standing.next() { count += piece.count }
    #expect(count > 2_900_000)
  }

  @Test("no more than six requests are under way at once, and ahead only what fits")
  func bounded() throws {
    let most = Monitor((now: 0, most: 0))
    let blobs = (0..<20).map { noise(50_000, seed: UInt64($0)) }
    let serve = Self.served(blobs)
    let setting = try HostileSetting { request in
      most.update { most in
        most.now += 1
        most.most = max(most.most, most.now)
      }
      usleep(20_000)
      most.update { $0.now -= 1 }
      return serve(request)
    }
    let source = setting.source
    source.announce(blobs.map(HostileSetting.descriptor))
    for blob in blobs { #expect(try source.open(HostileSetting.descriptor(blob)).readAll() == blob) }
    #expect(most.update { $0.most } == 6)
    #expect(setting.server.requests.count == 20)
  }

  @Test("a huge blob ahead holds back those after it until it is read")
  func depth() throws {
    let options = Self.tiny()
    let blobs = (0..<5).map { noise(500_000, seed: UInt64($0)) }
    let setting = try HostileSetting(options: options, Self.served(blobs))
    let source = setting.source
    source.announce(blobs.map(HostileSetting.descriptor))
    usleep(100_000)
    #expect(setting.server.requests.count == 1)
    #expect(options.budget.used <= 3 * 16 << 10)
    for blob in blobs { #expect(try source.open(HostileSetting.descriptor(blob)).readAll() == blob) }
  }

  @Test("what is announced and missing fails when it is read, not before")
  func missing() throws {
    let setting = try HostileSetting(Self.served([Self.blobs[0]]))
    let source = setting.source
    let (present, absent) = (HostileSetting.descriptor(Self.blobs[0]), HostileSetting.descriptor([1, 2, 3]))
    source.announce([absent, present])
    #expect(try source.open(present).readAll() == Self.blobs[0])
    #expect(failure { _ = try source.open(absent) }?.kind == .notFound)
  }

  @Test("a source that goes stops what it fetched ahead")
  func dropped() throws {
    let options = Self.tiny()
    let setting = try HostileSetting(options: options, Self.served(Self.blobs))
    setting.source.announce(Self.blobs.map(HostileSetting.descriptor))
    #expect(eventually { options.budget.used == 0 })
  }
}
