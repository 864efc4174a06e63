import Glibc
import System

/// A pipe that gives `bytes`, `chunk` at a time, written by a thread of its own.
public func pipe(giving bytes: [UInt8], chunk: Int = .max) throws -> FileDescriptor {
  let (output, input) = try FileDescriptor.pipe()
  signal(SIGPIPE, SIG_IGN)
  _ = try Thread {
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      let rest = bytes[start...]
      guard (try? input.write(Array(rest.prefix(chunk)))) != nil else { return }
    }
  }
  return output
}
