import Glibc
import Image
import System
import Testing

@testable import Container

struct SeccompTests {
  static let reference = "/usr/share/containers/seccomp.json"
  static let settings: [CapabilitySet] = [
    .standard, [], .all, CapabilitySet([.sysAdmin]), CapabilitySet([.auditWrite, .sysTime]),
  ]

  static func setting(_ capabilities: CapabilitySet) -> SeccompProfile.Setting {
    SeccompProfile.Setting(architecture: "amd64", capabilities: capabilities, kernel: [6, 1])
  }

  static func file(_ path: String) -> [UInt8]? {
    guard let file = try? FileDescriptor.open(path, O_RDONLY) else { return nil }
    return try? file.regularContent(limit: 1 << 20)
  }

  static var hasReference: Bool { access(reference, R_OK) == 0 }

  /// Calls that containers-common's list, of this machine's version, does not have: by their numbers on x86-64.
  static let later: [UInt32] = [
    449, 450, 451, 452, 453, 454, 455, 456, 457, 458, 462, 463, 464, 465, 466, 468, 469, 335,
  ]

  /// Calls that Docker's list forbids and containers-common's allows, by their numbers on x86-64 and x86: keyctl and,
  /// without its capability, syslog.
  static let tightened: [UInt32: [UInt32]] = [
    FilterMachine.x8664: [250, 103], FilterMachine.x86: [288, 103],
  ]

  @Test(
    "the default profile decides every system call as containers-common's seccomp.json does",
    .enabled(if: hasReference, "not installed: golang-github-containers-common"), arguments: settings)
  func sameAsReference(capabilities: CapabilitySet) throws {
    let setting = Self.setting(capabilities)
    let bytes = try #require(Self.file(Self.reference))
    let theirs = try FilterMachine(program: SeccompFilter(SeccompProfile(docker: bytes, in: setting)).program)
    let ours = try FilterMachine(program: SeccompFilter(.standard(in: setting)).program)
    var compared = 0
    for (architecture, base) in [
      (FilterMachine.x8664, UInt32(0)), (FilterMachine.x86, 0), (FilterMachine.x8664, 0x4000_0000),
    ] {
      for number in UInt32(0)..<600 {
        // personality and socket depend on arguments; of families there are none so large.
        for arguments in [[UInt64](), [8], [0xFFFF_FFFF], [2, 1, 0], [16, 3, 9], [16, 3, 0], [10, 2, 0]] {
          let (our, their) = (
            ours.result(base + number, arguments, architecture: architecture),
            theirs.result(base + number, arguments, architecture: architecture)
          )
          let isSocket = [41, 359].contains(number) && arguments == [0xFFFF_FFFF]
          if our != their, !isSocket {
            let isLater = their == FilterMachine.fail(38) && our == FilterMachine.allow
            let isTightened = their == FilterMachine.allow && our == FilterMachine.fail(1)
            #expect(
              isLater && Self.later.contains(number)
                || isTightened && Self.tightened[architecture]?.contains(number) ?? false,
              "call \(number) of \(String(architecture, radix: 16)), \(arguments): \(our) for \(their)")
          }
          compared += 1
        }
      }
    }
    #expect(compared == 3 * 600 * 7)
  }

  @Test("forbidden calls fail with EPERM, unknown ones with ENOSYS, those of other processors end it")
  func outcomes() throws {
    let machine = try FilterMachine(program: SeccompFilter(.standard(in: Self.setting(.standard))).program)
    #expect(machine.result(0) == FilterMachine.allow, "read")
    #expect(machine.result(246) == FilterMachine.fail(1), "kexec_load")
    #expect(
      machine.result(308) == FilterMachine.allow, "setns, as in the reference, where it is in both lists")
    #expect(machine.result(425) == FilterMachine.fail(38), "io_uring_setup")
    #expect(machine.result(5000) == FilterMachine.fail(38))
    #expect(machine.result(0, architecture: 0xC000_00B7) == 0, "an ARM process")
  }

  @Test("no socket reaches the hypervisor or the audit log, whatever the upper half of an argument says")
  func sockets() throws {
    let machine = try FilterMachine(program: SeccompFilter(.standard(in: Self.setting(.standard))).program)
    let high: UInt64 = 1 << 32
    for family in UInt64(0)..<46 where family != 40 {
      #expect(machine.result(41, [family, 1, 0]) == FilterMachine.allow, "family \(family)")
      #expect(machine.result(41, [family | high, 1, 0]) != FilterMachine.allow, "family \(family)")
    }
    #expect(machine.result(41, [40, 1, 0]) == FilterMachine.fail(97))
    #expect(machine.result(41, [16, 3, 9]) == FilterMachine.fail(22))
    #expect(machine.result(41, [16, 3, 9 | high]) != FilterMachine.allow)
    for kind in UInt64(0)..<23 where kind != 9 {
      #expect(machine.result(41, [16, 3, kind]) == FilterMachine.allow, "netlink \(kind)")
    }
    #expect(machine.result(41, [2, 1, 9]) == FilterMachine.allow)
  }

  @Test(
    "Docker's own cases of includes and excludes",
    arguments: [
      (#""includes":{"caps":["CAP_SYS_ADMIN"]}"#, false), (#""excludes":{"caps":["CAP_SYS_ADMIN"]}"#, true),
      (#""includes":{"caps":["CAP_CHOWN"]}"#, true), (#""includes":{"caps":["CAP_CHOWN","CAP_BPF"]}"#, false),
      (#""excludes":{"caps":["CAP_CHOWN","CAP_BPF"]}"#, false),
      (#""includes":{"arches":["amd64","x32"]}"#, true),
      (#""includes":{"arches":["arm64"]}"#, false), (#""excludes":{"arches":["amd64"]}"#, false),
      (#""includes":{"minKernel":"4.8"}"#, true), (#""includes":{"minKernel":"6.2"}"#, false),
      (#""includes":{"minKernel":"6.1"}"#, true), (#""excludes":{"minKernel":"4.8"}"#, false),
    ])
  func filters(field: String, counts: Bool) throws {
    let text =
      #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW",\#(field)}]}"#
    let profile = try SeccompProfile(docker: Array(text.utf8), in: Self.setting(.standard))
    #expect(profile.rules.count == (counts ? 1 : 0))
    #expect(profile.defaultAction == .fail(1))
  }

  @Test("several comparisons of one argument are alternatives, of different ones all must hold")
  func comparisons() throws {
    func machine(_ arguments: String) throws -> FilterMachine {
      let text =
        #"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"syscalls":[{"name":"kill","action":"SCMP_ACT_ALLOW","args":[\#(arguments)]}]}"#
      return try FilterMachine(
        program: SeccompFilter(SeccompProfile(docker: Array(text.utf8), in: Self.setting([]))).program)
    }
    func argument(_ index: Int, _ value: Int) -> String {
      #"{"index":\#(index),"value":\#(value),"op":"SCMP_CMP_EQ"}"#
    }
    let alternatives = try machine("\(argument(1, 9)),\(argument(1, 15))")
    #expect(
      [9, 15, 2].map { alternatives.result(62, [1, $0]) == FilterMachine.allow } == [true, true, false])
    let both = try machine("\(argument(0, 1)),\(argument(1, 15))")
    #expect(both.result(62, [1, 15]) == FilterMachine.allow)
    #expect(both.result(62, [2, 15]) == FilterMachine.fail(38))
  }

  @Test(
    "what is no profile is refused, and says where",
    arguments: [
      ("", "line 1"), ("[]", "not an object"), ("{}", "defaultAction is missing"),
      (#"{"defaultAction":"SCMP_ACT_FLY"}"#, "SCMP_ACT_FLY is not supported"),
      (#"{"defaultAction":"SCMP_ACT_NOTIFY"}"#, "not supported"),
      (#"{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/x"}"#, "supervisor"),
      (#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":70000}"#, "no error number"),
      (#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":-1}"#, "whole number"),
      (#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}}"#, "not an array"),
      (
        #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ERRNO"}]}"#,
        "syscalls[0] names no"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"],"action":"SCMP_ACT_ERRNO"}]}"#,
        "both name and names"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","action":"SCMP_ACT_ERRNO","args":[{"index":6,"op":"SCMP_CMP_EQ"}]}]}"#,
        "not 0 to 5"
      ),
      (
        #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","action":"SCMP_ACT_ERRNO","args":[{"index":0,"op":"EQ"}]}]}"#,
        "no comparison"
      ),
      (#"{"defaultAction":"SCMP_ACT_ALLOW","architectures":["X"],"archMap":[{"architecture":"Y"}]}"#, "both"),
    ])
  func refused(text: String, words: String) {
    let failure = #expect(throws: Failure.self) {
      try SeccompProfile(docker: Array(text.utf8), in: Self.setting([]))
    }
    #expect(failure?.kind == .invalid)
    #expect(failure?.problem.contains(words) == true, "\(failure?.problem ?? "")")
  }

  @Test("an architecture that does not exist is refused when compiling")
  func architecture() {
    let profile = SeccompProfile(defaultAction: .allow, architectures: ["SCMP_ARCH_VAX"], rules: [])
    #expect(throws: Failure.self) { try SeccompFilter(profile) }
  }
}
