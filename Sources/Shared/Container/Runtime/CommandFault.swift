import CLinux
import Glibc
import System

/// Why a command could not be executed, though its container was there.
public struct CommandFault: Error, Sendable {
  /// The exit status of shells for it: 126, it can't be executed; 127, there is none.
  public let status: CInt
  /// The words.
  public let failure: Failure
}

extension CommandFault {
  /// What the error of execve(2) really is about, as far as `root`, the container's, tells.
  init(_ error: Errno, name: String, candidates: [String], in root: FileDescriptor, cwd: String) {
    status = error.rawValue == ENOENT ? 127 : 126
    var words = error.failure(name)
    switch error.rawValue {
    case ENOENT:
      words.problem = name.contains("/") ? "no such file" : "command not found in the image's PATH"
    case EACCES: words.problem = "may not be executed: permission denied"
    case ENOEXEC: words.problem = "not a program of this machine"
    case E2BIG: words.problem = "arguments and environment are too long"
    default: break
    }
    if let (path, head) = Self.firstFile(candidates, in: root, cwd: cwd),
      let problem = Self.problem(of: head, error, in: root, cwd: cwd)
    {
      words.problem = path == name ? problem : "\(path): \(problem)"
    }
    failure = words
  }

  // The first that exists, with its beginning.
  private static func firstFile(
    _ candidates: [String], in root: FileDescriptor, cwd: String
  ) -> (String, [UInt8])? {
    for candidate in candidates {
      if let file = open(candidate, in: root, cwd: cwd), let status = try? file.status() {
        guard status.kind == .regular else { continue }
        var head = [UInt8](repeating: 0, count: 4096)
        let count = head.withUnsafeMutableBytes { buffer in (try? file.read(into: buffer, at: 0)) ?? 0 }
        return (candidate, Array(head[..<count]))
      }
    }
    return nil
  }

  private static func open(_ path: String, in root: FileDescriptor, cwd: String) -> FileDescriptor? {
    let path = path.hasPrefix("/") ? path : cwd + "/" + path
    return try? root.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, resolve: [.inRoot, .noMagicLinks])
  }

  private static func problem(of head: [UInt8], _ error: Errno, in root: FileDescriptor, cwd: String)
    -> String?
  {
    if head.starts(with: "#!".utf8) {
      let line = head.dropFirst(2).prefix { $0 != 0x0a }
      let text = String(decoding: line, as: UTF8.self)
      let name = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).first.map(String.init) ?? ""
      if name.isEmpty { return "its #! names no interpreter" }
      if error.rawValue == ENOENT {
        let hint = name.hasSuffix("\r") ? " (its lines end as on Windows)" : ""
        return "its interpreter \(name.oneLine) does not exist in the image\(hint)"
      }
      return nil
    }
    if head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) {
      guard let machine = ELFHeader(head) else { return "its ELF header is damaged" }
      if machine.machine != ELFHeader.own { return "it is for another processor: \(machine.name)" }
      if error.rawValue == ENOENT, let interpreter = machine.interpreter(head) {
        return "its loader \(interpreter.oneLine) does not exist in the image"
      }
      return nil
    }
    guard error.rawValue == ENOEXEC else { return nil }
    if head.isEmpty { return "it is empty" }
    return "neither a program nor a script with #!"
  }
}

/// What the head of a program says (elf(5)).
private struct ELFHeader {
  let machine: UInt16
  private let isWide: Bool
  private let isBig: Bool

  init?(_ head: [UInt8]) {
    guard head.count >= 64, head[4] == 1 || head[4] == 2, head[5] == 1 || head[5] == 2 else { return nil }
    isWide = head[4] == 2
    isBig = head[5] == 2
    machine = isBig ? UInt16(head[18]) << 8 | UInt16(head[19]) : UInt16(head[19]) << 8 | UInt16(head[18])
  }

  static var own: UInt16 {
    #if arch(x86_64)
      62
    #else
      183
    #endif
  }

  var name: String {
    let names: [UInt16: String] = [
      3: "386", 8: "mips", 20: "ppc", 21: isBig ? "ppc64" : "ppc64le", 22: "s390x", 40: "arm", 62: "amd64",
      183: "arm64", 243: "riscv64", 258: "loong64",
    ]
    return names[machine] ?? "number \(machine)"
  }

  private func number(_ head: [UInt8], _ offset: Int, _ size: Int) -> UInt64? {
    guard offset >= 0, offset <= head.count - size else { return nil }
    let bytes = head[offset..<offset + size]
    return (isBig ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// PT_INTERP, where it lies in what was read.
  func interpreter(_ head: [UInt8]) -> String? {
    guard isWide, let table = number(head, 32, 8), let size = number(head, 54, 2),
      let count = number(head, 56, 2),
      table < 4096, size >= 56
    else { return nil }
    for index in 0..<Int(count) {
      let entry = Int(table) + index * Int(size)
      guard let type = number(head, entry, 4) else { return nil }
      guard type == 3 else { continue }
      guard let offset = number(head, entry + 8, 8), offset < UInt64(head.count) else { return nil }
      return String(decoding: head[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
    }
    return nil
  }
}
