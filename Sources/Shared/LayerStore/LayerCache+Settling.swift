import Glibc
import System

// A layer that was published without waiting for the disk is marked with the run of the kernel that has it in memory: a
// symbolic link, which lies in its inode, so that the journal has it no later than the layer's name. After another
// start of the machine such a layer may be damaged, and counts as absent.

extension LayerCache {
  /// The name in a layer's directory of the mark, which leads to the run of the kernel.
  private static let mark = FileName("unsettled")

  /// Makes those of `layers` durable that were published without (one syncfs(2)), and has them stay.
  public func settle(_ layers: [StoredLayer]) throws(Failure) {
    var marked: [FileDescriptor] = []
    for layer in layers {
      do { if try Self.run(marking: layer.lease) != nil { marked.append(layer.lease) } } catch {
        throw failure(error, layer.place)
      }
    }
    guard !marked.isEmpty else { return }
    do throws(Errno) {
      try directory.synchronizeFileSystem()
      for layer in marked {
        // Another process may settle the same layer.
        do { try layer.unlink(Self.mark) } catch { if error.rawValue != ENOENT { throw error } }
      }
    } catch { throw failure(error, "writing layers to disk") }
  }

  /// Marks a layer that is to be published.
  func mark(_ layer: NewLayer) throws(Failure) {
    do throws(Errno) {
      let directory = try layer.workshop.directory.open(FileName(layer.name), O_RDONLY | O_DIRECTORY)
      try directory.makeSymlink(Self.mark, to: FileName(try MountNamespace.bootID()))
    } catch { throw layer.failure(error) }
  }

  /// Whether the layer in `directory` was published in an earlier run of the kernel and never settled.
  func isOfEarlierRun(_ directory: FileDescriptor) throws(Errno) -> Bool {
    guard let run = try Self.run(marking: directory) else { return false }
    return try run.description != MountNamespace.bootID()
  }

  /// The run of the kernel that a mark tells; nil where there is none.
  private static func run(marking directory: FileDescriptor) throws(Errno) -> FileName? {
    do { return try directory.target(of: mark) } catch {
      if error.rawValue == ENOENT { return nil }
      throw error
    }
  }

  /// Takes away what an earlier run of the kernel left unsettled at `place`, which is to be published anew.
  ///
  /// - Parameter workshop: that of the layer, in which nothing else is made.
  func removeUnsettled(_ place: String, into workshop: Workshop) throws(Errno) {
    let old: FileDescriptor
    do { old = try directory.open(place, O_RDONLY | O_DIRECTORY, resolve: Self.inside) } catch {
      if error.rawValue == ENOENT { return }
      throw error
    }
    // Who collects it has it locked until it is gone.
    try old.lock(.exclusive)
    guard try directory.leads(place, to: old), try isOfEarlierRun(old) else { return }
    let grave = "lost"
    try directory.rename(place, to: grave, in: workshop.directory)
    try workshop.directory.removeTree(FileName(grave))
  }
}
