import CLinux
import Glibc
import System

/// pasta(1) at work for one container; it ends with this process, however that ends.
public final class PastaProcess {
  private let child: ChildProcess
  private var keeper: pid_t = -1

  /// Connects the network namespace of `process`, and returns when that is done.
  ///
  /// - Parameters:
  ///   - path: pasta's file.
  ///   - scratch: a directory for a file without a name.
  /// - Throws: `failed`, with pasta's own words.
  public init(_ path: String, _ pasta: Pasta, connecting process: pid_t, scratch: String) throws(Failure) {
    var words: FileDescriptor?
    do throws(Errno) {
      let null = try FileDescriptor.open("/dev/null", O_RDONLY)
      let errors = try FileDescriptor.spool(in: scratch)
      words = errors
      // By a descriptor: by its path pasta, which gives up its rights first, could not open it.
      let network = try FileDescriptor.open("/proc/\(process)/ns/net", O_RDONLY)
      var program = Program(
        path,
        ["--foreground", "--runas", "0", "--pid", "/proc/self/fd/1"]
          + pasta.arguments(network: "/proc/self/fd/\(network.number)"), environment: [:])
      program.kept = network
      let ready: FileDescriptor
      (child, ready) = try Self.start(program, null, errors)
      // The death signal goes where pasta changes who it is.
      let descriptor = FileDescriptor(owning: try retrying { clinux_pidfd_open(child.number) })
      keeper = clinux_container_keeper(descriptor.number)
      guard keeper > 0 else { throw Errno.current }
      // The number of its process, when all is set up.
      if try !ready.hasByte() { throw Errno(ENOTCONN) }
    } catch {
      var failure = Failure(.failed, "pasta", Self.complaint(words) ?? "\(error)")
      let device = "/dev/net/tun"
      if access(device, R_OK | W_OK) != 0 {
        failure.problem += " (\(device): \(Errno.current)); or use --network none or host"
      }
      throw failure
    }
  }

  /// The writing end of the pipe goes with this function.
  private static func start(
    _ program: Program, _ input: FileDescriptor, _ errors: FileDescriptor
  ) throws(Errno) -> (ChildProcess, FileDescriptor) {
    let (read, write) = try FileDescriptor.pipe()
    return (try program.start(input: input, output: write, errors: errors, diesWithParent: true), read)
  }

  /// The last that pasta said, but for what it says of having nowhere to say it.
  private static func complaint(_ words: FileDescriptor?) -> String? {
    guard let words, lseek(words.number, 0, SEEK_SET) == 0, let bytes = try? words.readToEnd(limit: 1 << 16)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .last { !$0.contains("to syslog") }.map { String($0).oneLine }
  }

  deinit {
    child.destroy()
    if keeper > 0 { while waitpid(keeper, nil, 0) < 0, errno == EINTR {} }
  }
}

extension FileDescriptor {
  /// Whether something comes before the end.
  fileprivate func hasByte() throws(Errno) -> Bool {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
    defer { buffer.deallocate() }
    return try read(into: buffer) > 0
  }
}
