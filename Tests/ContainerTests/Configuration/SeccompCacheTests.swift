import Glibc
import System
import TestSupport
import Testing

@testable import Container

struct SeccompCacheTests {
  private let profile = SeccompProfile.standard(in: SeccompTests.setting(.standard))

  private let scratch: Scratch
  private var directory: String { scratch.path }

  init() throws { scratch = try Scratch() }

  private func replace(_ path: String, _ bytes: [UInt8]) throws {
    try FileDescriptor.open(path, O_WRONLY | O_TRUNC).write(bytes)
  }

  @Test("a program is made once, and read afterwards, at least ten times as fast")
  func cached() throws {
    let clock = ContinuousClock()
    var first: SeccompFilter?
    let making = try clock.measure { first = try SeccompFilter(profile, cachedIn: directory) }
    #expect(try scratch.names.count == 1)
    var second: SeccompFilter?
    let reading = try clock.measure { second = try SeccompFilter(profile, cachedIn: directory) }
    #expect(first == second)
    #expect(try first == SeccompFilter(profile))
    print("seccomp: made in \(making), read in \(reading)")
    // Debug builds spend their time on the key.
    #expect(reading < making)
    _ = try SeccompFilter(.standard(in: SeccompTests.setting(.all)), cachedIn: directory)
    #expect(try scratch.names.count == 2)
  }

  @Test("what others could have written, or is of another profile, is not read")
  func distrusted() throws {
    let right = try SeccompFilter(profile, cachedIn: directory)
    let file = scratch.path(try scratch.names[0])
    // A program that allows everything: BPF_RET, SECCOMP_RET_ALLOW.
    let evil: [UInt8] = [6, 0, 0, 0, 0, 0, 0xFF, 0x7F]
    try replace(file, SeccompFilter.key(of: profile) + evil)
    #expect(try SeccompFilter(profile, cachedIn: directory).program == evil, "the test's own premise")
    chmod(file, 0o666)
    #expect(try SeccompFilter(profile, cachedIn: directory) == right)
    try replace(file, SeccompFilter.key(of: profile) + evil)
    chmod(directory, 0o777)
    #expect(try SeccompFilter(profile, cachedIn: directory) == right)
    chmod(directory, 0o700)
    try replace(file, Array("another profile\0".utf8) + evil)
    #expect(try SeccompFilter(profile, cachedIn: directory) == right)
    for bytes in [[], SeccompFilter.key(of: profile), SeccompFilter.key(of: profile) + [1, 2, 3]] {
      try replace(file, bytes)
      #expect(try SeccompFilter(profile, cachedIn: directory) == right)
    }
  }

  @Test("nothing is lost where nothing can be kept")
  func unwritable() throws {
    #expect(try SeccompFilter(profile, cachedIn: "/proc/nowhere/seccomp") == SeccompFilter(profile))
  }
}
