import System

/// The FILE of `-o`: it appears when it is whole, and stays as it was where it would be equal and that is asked for.
struct SavedFile {
  private let path: String
  private let ifChanged: Bool
  private let file: AtomicFile

  /// Begins the file for `path`.
  init(_ path: String, ifChanged: Bool) throws(Failure) {
    self.path = path
    self.ifChanged = ifChanged
    do { file = try AtomicFile(path) } catch { throw error.failure(path) }
  }

  /// Where to write.
  var descriptor: FileDescriptor { file.descriptor }

  /// Makes it visible, unless it need not be.
  func commit() throws(Failure) {
    do throws(Errno) {
      if ifChanged, try file.equalsExisting() { return }
      try file.commit()
    } catch { throw error.failure(path) }
  }
}
