import CommandLine
import Glibc
import System

/// What a container is known by to others while it runs: `--name`, `--cidfile`, `--pidfile`.
final class Claim {
  private let name: (directory: FileDescriptor, text: String)?
  private let lock: FileDescriptor?
  private let identity: (file: String, id: String)?
  private let pidfile: String?

  /// Takes the name, and writes the ID.
  ///
  /// - Throws: `failed` where the name or the file is taken.
  init(_ options: LifeOptions, id: String, _ environment: Environment) throws(Failure) {
    pidfile = options.pidfile
    Self.removeLeftOver(environment)
    identity = options.cidfile.map { ($0, id) }
    if let text = options.name {
      guard Self.isName(text) else {
        throw Failure(
          .usage, "--name \(text)", "invalid container name: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
      }
      let directory = try Self.directory(environment)
      name = (directory, text)
      lock = try Self.take(text, in: directory)
    } else {
      (name, lock) = (nil, nil)
    }
    if let identity { try Self.create(identity.file, identity.id) }
  }

  /// The name is free again; who waits for the lock finds that the path leads elsewhere.
  deinit { if let name { unlinkat(name.directory.number, name.text, AT_REMOVEDIR) } }

  /// Writes the number of the first process.
  func write(process: pid_t) throws(Failure) {
    guard let pidfile else { return }
    do { try AtomicFile.write(Array("\(process)\n".utf8), to: pidfile) } catch {
      throw error.failure(pidfile)
    }
  }

  private static func isName(_ text: String) -> Bool {
    func isWord(_ character: Character) -> Bool {
      character.isASCII && (character.isLetter || character.isNumber)
    }
    return text.count <= 128 && text.first.map(isWord) == true
      && text.allSatisfy { isWord($0) || "_.-".contains($0) }
  }

  /// The path of the directory of names.
  private static func path(_ environment: Environment) -> String {
    environment.isRoot
      ? "/run/ociutils/names"
      : environment["XDG_RUNTIME_DIR"].map { "\($0)/ociutils/names" } ?? "/tmp/ociutils-\(environment.userID)"
  }

  /// The directory of names; only its owner can take one.
  private static func directory(_ environment: Environment) throws(Failure) -> FileDescriptor {
    let path = path(environment)
    do throws(Errno) {
      try FileDescriptor.makeDirectories(path)
      return try open(path)
    } catch { throw error.failure(path) }
  }

  private static func open(_ path: String) throws(Errno) -> FileDescriptor {
    let directory = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    guard try directory.status().raw.st_uid == geteuid() else { throw Errno(EPERM) }
    return directory
  }

  /// Removes names whose owners were killed; what can't be removed stays, and can be taken all the same.
  private static func removeLeftOver(_ environment: Environment) {
    // Locked, so that nobody takes a name for used that is just being looked at.
    guard let directory = try? open(path(environment)), (try? directory.lock(.exclusive)) != nil,
      let names = try? directory.names()
    else { return }
    for name in names.compactMap({ FileName($0) }) {
      guard let lock = try? directory.open(name, O_RDONLY | O_DIRECTORY),
        (try? lock.lock(.exclusive, waiting: false)) != nil
      else { continue }
      try? directory.unlink(name, directory: true)
    }
  }

  private static func take(_ name: String, in directory: FileDescriptor) throws(Failure) -> FileDescriptor {
    do throws(Errno) {
      // By a descriptor of its own, with which the lock goes.
      let latch = try directory.open(".", O_RDONLY | O_DIRECTORY)
      try latch.lock(.exclusive)
      defer { withExtendedLifetime(latch) {} }
      while true {
        let lock = try directory.subdirectory(name)
        try lock.lock(.exclusive, waiting: false)
        // Its last owner may have removed it in between.
        let open = try lock.status().raw
        if let named = try? directory.status(of: name).raw, named.st_ino == open.st_ino { return lock }
      }
    } catch {
      guard error.rawValue == EWOULDBLOCK else { throw error.failure("--name \(name)") }
      throw Failure(.failed, "--name \(name)", "the name is in use by a container that runs")
    }
  }

  private static func create(_ path: String, _ id: String) throws(Failure) {
    do throws(Errno) {
      try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644).write(Array(id.utf8))
    } catch {
      guard error.rawValue == EEXIST else { throw error.failure(path) }
      throw Failure(
        .failed, "--cidfile \(path)",
        "the file exists: make sure that the other container isn't running, or remove it")
    }
  }
}
