import Build
import CommandLine
import Glibc
import Image
import System
import TestSupport
import Testing

@testable import Building

/// What is shown of stages that are executed side by side.
struct BuildDisplayTests {
  private let scratch: Scratch
  private let errors: FileDescriptor
  private let display: BuildDisplay

  init() throws {
    scratch = try Scratch()
    errors = try FileDescriptor.open(scratch.path("errors"), O_WRONLY | O_CREAT)
    let session = Session("img-build", environment: Environment([:], isRoot: true), errors: errors)
    display = BuildDisplay(session, stages: [0, 1, 3], place: "cache/images")
  }

  private func shown() throws -> String { try scratch.text("errors") }

  @Test("later stages are shown after earlier ones, whenever they come")
  func order() throws {
    display.happened(.step(4, of: 5, "FROM b"), in: 3)
    display.happened(.step(1, of: 5, "FROM a"), in: 0)
    display.happened(.output(Array("three\n".utf8)), in: 3)
    display.happened(.ended, in: 3)
    #expect(try shown() == "Step 1/5 : FROM a\n")
    display.happened(.output(Array("zero".utf8)), in: 0)
    display.happened(.step(2, of: 5, "FROM c"), in: 1)
    display.happened(.ended, in: 0)
    #expect(try shown() == "Step 1/5 : FROM a\nzero\nStep 2/5 : FROM c\n")
    display.happened(.ended, in: 1)
    #expect(try shown().hasSuffix("Step 2/5 : FROM c\nStep 4/5 : FROM b\nthree\n"))
  }

  @Test("who writes much waits for its turn, and loses nothing")
  func pressure() throws {
    let display = display
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
    let writer = try Thread {
      for _ in 0..<30 { display.happened(.output(piece), in: 1) }
      display.happened(.ended, in: 1)
    }
    usleep(100_000)
    #expect(try shown().isEmpty)
    display.happened(.ended, in: 0)
    writer.join()
    #expect(try shown().utf8.count == 3_000_000)
  }

  @Test("a step says how to look into it")
  func image() throws {
    display.happened(.image(.of(Array("x".utf8))), in: 0)
    #expect(try shown() == " ---> cache/images:2d711642b726\n")
  }
}
