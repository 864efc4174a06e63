import Glibc
import System

/// Where, and with what on top, layers are to be shown.
public struct MountPoint: Sendable {
  /// The directory, opened (O_PATH | O_DIRECTORY), so that its name can't come to mean another.
  public let directory: FileDescriptor
  /// Its absolute path without symbolic links, for messages, mountinfo and programs.
  public let path: String
  /// Where changes go; nil for read-only.
  public var upper: UpperDirectory?
  /// What mount(8) shows as the source: the image's name.
  public var source: String
  /// What holds for all of it, besides that it is read-only without an upper directory.
  ///
  /// By default devices don't work nor set-user-ID bits: an image that root mounts where others see it must not give
  /// them its programs' rights.
  public var attributes: MountAttributes = [.noDevices, .noSetUserID]

  /// The directory at `path`, symbolic links followed now and never again.
  ///
  /// - Throws: `notFound` where there is none.
  public init(_ path: String, upper: UpperDirectory? = nil, source: String = "image") throws(Failure) {
    do throws(Errno) {
      directory = try FileDescriptor.openDirectory(path)
      self.path = try directory.currentPath()
    } catch {
      if error.rawValue == ENOTDIR { throw Failure(.failed, path, "is not a directory") }
      throw error.failure(path)
    }
    self.upper = upper
    self.source = source
  }

  /// The same directory as the mount namespace that this thread has entered since has it.
  ///
  /// - Throws: `failed` where another is there now.
  func reopened() throws(Failure) -> MountPoint {
    do throws(Errno) {
      let known = try directory.status().raw
      let again = try MountPoint(self, try FileDescriptor.openDirectory(path))
      let found = try again.directory.status().raw
      guard known.st_dev == found.st_dev, known.st_ino == found.st_ino else {
        throw Errno(ESTALE)
      }
      return again
    } catch { throw error.failure(path, doing: "is another directory now") }
  }

  private init(_ other: MountPoint, _ directory: FileDescriptor) throws(Errno) {
    self.directory = directory
    path = try directory.currentPath()
    upper = other.upper
    source = other.source
    attributes = other.attributes
  }

  /// What holds for the mount.
  var allAttributes: MountAttributes { upper == nil ? attributes.union(.readOnly) : attributes }
}

/// The two directories that overlayfs needs for changes, in one file system.
public struct UpperDirectory: Sendable {
  /// The absolute path of the changes.
  public var path: String
  /// The absolute path of overlayfs's own work directory.
  public var work: String

  /// Changes in `path`, made by way of `work`.
  public init(path: String, work: String) {
    self.path = path
    self.work = work
  }
}

extension FileDescriptor {
  /// Its absolute path now (/proc/self/fd).
  ///
  /// - Throws: ENOENT where it was removed, EILSEQ where it isn't UTF-8.
  fileprivate func currentPath() throws(Errno) -> String {
    let target = try FileDescriptor(borrowing: AT_FDCWD).target(of: FileName(magicPath))
    guard let path = String(validating: target.bytes, as: UTF8.self) else { throw Errno(EILSEQ) }
    guard path.hasPrefix("/"), try status().raw.st_nlink > 0 else { throw Errno(ENOENT) }
    return path
  }
}
