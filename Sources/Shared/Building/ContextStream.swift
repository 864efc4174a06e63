import Archive
import Glibc
import Layer
import Overlay
import System

/// Standard input: a Dockerfile, or a context as a tar, compressed or not.
struct ContextStream {
  private let input: FileDescriptor
  private let beginning: [UInt8]
  private static let name = "standard input"

  /// Reads enough to know what it is.
  init(_ input: FileDescriptor) throws(Failure) {
    self.input = input
    var bytes = [UInt8](repeating: 0, count: 512)
    var count = 0
    do throws(Errno) {
      while count < bytes.count {
        let got = try retrying { read(input.number, &bytes[count], bytes.count - count) }
        if got == 0 { break }
        count += got
      }
    } catch { throw error.failure(Self.name) }
    guard count > 0 else {
      throw Failure(.failed, Self.name, "nothing arrived (did the command before fail?)")
    }
    beginning = Array(bytes[..<count])
  }

  private var compression: Compression { beginning.withUnsafeBytes(Compression.detect) }

  /// Whether it is a tar: by its magic, as no Dockerfile begins with binary bytes.
  var isArchive: Bool {
    compression != .none
      || beginning.count == 512 && (beginning[257...].starts(with: "ustar".utf8) || beginning.contains(0))
  }

  /// All of it.
  func text(limit: Int) throws(Failure) -> [UInt8] {
    do { return beginning + (try input.readToEnd(limit: limit)) } catch { throw error.failure(Self.name) }
  }

  /// Unpacks the tar to the directory at `path`: every file is the user's, and none lands elsewhere.
  func unpack(to path: String) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    defer { buffer.deallocate() }
    var given = false
    let (input, beginning) = (input, beginning)
    let decompressor = Decompressor(compression, name: Self.name) { () throws(Failure) in
      if !given {
        given = true
        buffer.copyBytes(from: beginning)
        return UnsafeRawBufferPointer(rebasing: buffer[..<beginning.count])
      }
      do throws(Errno) {
        let count = try input.read(into: buffer)
        return count > 0 ? UnsafeRawBufferPointer(rebasing: buffer[..<count]) : nil
      } catch { throw error.failure(Self.name) }
    }
    let directory: FileDescriptor
    do { directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY) } catch {
      throw error.failure(path)
    }
    let unpacker = try LayerUnpacker(
      into: directory, name: Self.name, dialect: .user, owners: .ignored, below: { nil })
    let reader = LayerReader(Self.name) { () throws(Failure) in try decompressor.next() }
    try unpacker.unpack(reader)
    // No digest says that it is whole.
    guard reader.hasEnd else {
      throw Failure(.invalid, Self.name, "cut off: its end-of-archive blocks are missing")
    }
  }
}
