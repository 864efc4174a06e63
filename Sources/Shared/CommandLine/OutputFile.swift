import System

/// The FILE of an `-o FILE`: it appears when it is whole, and stays as it was where it would be equal and that is asked for.
public struct OutputFile {
  private let path: String
  private let ifChanged: Bool
  private let file: AtomicFile

  /// Begins the file for `path`.
  public init(_ path: String, ifChanged: Bool) throws(Failure) {
    self.path = path
    self.ifChanged = ifChanged
    do { file = try AtomicFile(path) } catch { throw error.failure(path) }
  }

  /// Where to write.
  public var descriptor: FileDescriptor { file.descriptor }

  /// Makes it visible, unless it need not be.
  public func commit() throws(Failure) {
    do throws(Errno) {
      if ifChanged, try file.equalsExisting() { return }
      try file.commit()
    } catch { throw error.failure(path) }
  }
}
