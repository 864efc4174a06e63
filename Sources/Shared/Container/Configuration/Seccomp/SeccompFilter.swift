import CSeccomp
import Glibc
import Image
import System

/// The program of a profile for the kernel (seccomp(2), SECCOMP_SET_MODE_FILTER).
public struct SeccompFilter: Hashable, Sendable {
  /// An array of `struct sock_filter`, eight bytes each.
  public let program: [UInt8]

  /// The program of these bytes.
  init(program: [UInt8]) { self.program = program }

  /// The program of `profile`, made by libseccomp; takes some milliseconds.
  ///
  /// - Throws: `invalid` where the profile contradicts itself.
  public init(_ profile: SeccompProfile) throws(Failure) {
    guard let context = Context(profile.defaultAction) else {
      throw Failure(.failed, "", "seccomp_init failed")
    }
    try context.add(architectures: profile.architectures)
    for rule in profile.rules where rule.action != profile.defaultAction { try context.add(rule) }
    program = try context.program()
  }

  /// The longest program that the kernel takes: BPF_MAXINSNS instructions.
  static let sizeLimit = 4096 * 8

  /// The version of libseccomp: what it knows decides what a profile becomes.
  static var version: String {
    guard let version = seccomp_version()?.pointee else { return "?" }
    return "\(version.major).\(version.minor).\(version.micro)"
  }

  /// libseccomp's state.
  private struct Context: ~Copyable {
    private let filter: scmp_filter_ctx

    init?(_ action: SeccompProfile.Action) {
      guard let filter = seccomp_init(action.rawValue) else { return nil }
      self.filter = filter
      // A binary tree in place of a list: the kernel runs the program for each call number when it is installed.
      seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)
    }

    deinit { seccomp_release(filter) }

    borrowing func add(architectures: [String]) throws(Failure) {
      for name in architectures {
        let token = seccomp_arch_resolve_name(name.replacing("SCMP_ARCH_", with: "").lowercased())
        guard token != 0 else {
          throw Failure(.invalid, "", "is no seccomp profile: unknown architecture \(name.oneLine)")
        }
        let result = seccomp_arch_add(filter, token)
        guard result == 0 || result == -EEXIST else { throw Self.failure(result, name) }
      }
    }

    borrowing func add(_ rule: SeccompProfile.Rule) throws(Failure) {
      let conditions = rule.conditions.map(\.compared)
      // Several comparisons of one argument are alternatives: so the specification's runtimes read them.
      let alternatives =
        Set(rule.conditions.map(\.argument)).count == conditions.count
        ? [conditions] : conditions.map { [$0] }
      for name in rule.names {
        let number = seccomp_syscall_resolve_name(name)
        // __NR_SCMP_ERROR: newer than libseccomp, or of another processor.
        guard number != -1 else { continue }
        for conditions in alternatives {
          let result = seccomp_rule_add_array(
            filter, rule.action.rawValue, number, UInt32(conditions.count), conditions)
          guard result == 0 || result == -EEXIST else { throw Self.failure(result, name) }
        }
      }
    }

    borrowing func program() throws(Failure) -> [UInt8] {
      do throws(Errno) {
        // libseccomp 2.5 writes to descriptors only. A pipe holds more than the longest program, and never blocks.
        let (read, write) = try FileDescriptor.pipe()
        _ = try retrying { fcntl(write.number, F_SETFL, O_NONBLOCK) }
        let result = seccomp_export_bpf(filter, write.number)
        guard result == 0 else { throw Errno(-result) }
        return try Self.content(of: read)
      } catch { throw error.failure("", doing: "making the seccomp filter") }
    }

    /// One read(2): the pipe has its writer still.
    private static func content(of pipe: FileDescriptor) throws(Errno) -> [UInt8] {
      let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: SeccompFilter.sizeLimit + 1, alignment: 8)
      defer { buffer.deallocate() }
      let count = try pipe.read(into: buffer)
      guard count <= SeccompFilter.sizeLimit else { throw Errno(E2BIG) }
      return Array(buffer[..<count])
    }

    private static func failure(_ result: CInt, _ name: String) -> Failure {
      Failure(.invalid, "", "is no seccomp profile: \(name.oneLine): \(Errno(-result))")
    }
  }
}

extension SeccompProfile.Action {
  /// libseccomp's number of it (seccomp_rule_add(3)): its macros are not to be had here.
  var rawValue: UInt32 {
    switch self {
    case .killProcess: 0x8000_0000
    case .killThread: 0
    case .trap: 0x0003_0000
    case .fail(let number): 0x0005_0000 | UInt32(number)
    case .trace(let number): 0x7FF0_0000 | UInt32(number)
    case .log: 0x7FFC_0000
    case .allow: 0x7FFF_0000
    }
  }
}

extension SeccompProfile.Condition {
  fileprivate var compared: scmp_arg_cmp {
    let operation =
      switch comparison {
      case .notEqual: SCMP_CMP_NE
      case .less: SCMP_CMP_LT
      case .lessOrEqual: SCMP_CMP_LE
      case .equal: SCMP_CMP_EQ
      case .greaterOrEqual: SCMP_CMP_GE
      case .greater: SCMP_CMP_GT
      case .maskedEqual: SCMP_CMP_MASKED_EQ
      }
    return scmp_arg_cmp(arg: argument, op: operation, datum_a: value, datum_b: second)
  }
}
