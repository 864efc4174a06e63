import Glibc
import Image
import System
import Verification

/// A blob whose descriptor is not known yet, in the file system of its layout; gone with the process unless adopted.
public final class StagedBlob: Sendable {
  /// The digest of its bytes.
  public let digest: Digest
  /// The number of its bytes.
  public let size: UInt64
  /// The bytes, to be read.
  public let file: FileDescriptor
  let layout: LayoutDirectory

  fileprivate init(_ digest: Digest, _ size: UInt64, _ file: FileDescriptor, _ layout: LayoutDirectory) {
    self.digest = digest
    self.size = size
    self.file = file
    self.layout = layout
    layout.staged.update { $0 += 1 }
  }

  deinit { layout.staged.update { $0 -= 1 } }
}

extension LayoutDirectory {
  /// The most staged blobs at once: each is an open file, and many systems allow a process 1024.
  private static let mostStaged = 400

  /// Whether one more blob may be staged; else it is to wait elsewhere, and to be copied.
  public var canStage: Bool { staged.update { $0 } < Self.mostStaged }

  /// Writes `bytes`, about `size` of them, to where they can become a blob without being copied again.
  public func stage(
    _ bytes: UnverifiedBytes, expecting size: UInt64
  ) throws(Failure) -> StagedBlob {
    let file = try spoolFile()
    let reader = try MeasuringReader(bytes, expecting: size)
    while let piece = try reader.next() {
      do throws(Errno) { try file.write(piece) } catch { throw failure(error, "staging a blob") }
    }
    return StagedBlob(reader.digest(), reader.count, file, self)
  }

  /// Makes a staged blob one of the layout's.
  ///
  /// - Returns: whether it was of this layout, is the blob of `descriptor`, and could be had without a copy.
  public func adopt(_ staged: StagedBlob, as descriptor: Descriptor) throws(Failure) -> Bool {
    guard staged.layout === self, staged.digest == descriptor.digest, staged.size == descriptor.size else {
      return false
    }
    do throws(Errno) {
      let blobs = try directory.subdirectory(Name.blobs).subdirectory(descriptor.digest.algorithm.rawValue)
      do { try staged.file.link(as: descriptor.digest.hex, in: blobs) } catch {
        // No name to be had (no O_TMPFILE here), or one that is taken: by the same blob, or by a damaged one.
        guard error.rawValue == EEXIST || error.rawValue == ENOENT else { throw error }
        if contains(descriptor) { return true }
        return false
      }
    } catch { throw failure(error, "writing blob \(descriptor.digest)") }
    unsynchronized.update { $0 = true }
    return true
  }
}

extension LayoutDirectory {
  /// An unlinked file in the layout's file system, for what need not become a blob.
  public func spoolFile() throws(Failure) -> FileDescriptor {
    do { return try directory.subdirectory(Name.partial).stagingFile() } catch {
      throw failure(error, "making a spool file")
    }
  }
}
