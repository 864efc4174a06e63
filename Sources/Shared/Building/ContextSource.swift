import Archive
import Build
import CommandLine
import Dockerfile
import Glibc
import Layer
import System

/// The context of a build and its Dockerfile, whatever way they came.
struct ContextSource {
  /// The directory; nil where the Dockerfile is all there is.
  let directory: String?
  /// The Dockerfile.
  let dockerfile: [UInt8]
  /// What it is called in errors.
  let name: String
  /// What of the directory is not to be seen.
  let ignored: IgnoreRules
  /// The files that were read to know this, for make.
  let files: [String]
  /// What is removed in the end.
  private let scratch: ScratchDirectory?

  /// Removes what was unpacked for it.
  func remove() { scratch?.remove() }

  /// The largest Dockerfile or list of patterns, bytes.
  private static let limit = 16 << 20

  /// The context of `operand`: a directory, `-` or the address of a git repository.
  ///
  /// - Parameters:
  ///   - file: `-f`.
  ///   - made: told of a directory that is to be removed in the end, before anything is put there.
  init(
    _ operand: String, file: String?, _ session: Session, made: (ScratchDirectory) -> Void
  ) throws(Failure) {
    if operand == "-" {
      guard file != "-" else { throw Failure(.usage, "-f -", "standard input is the context already") }
      let input = try ContextStream(session.streams.inputStream())
      guard input.isArchive else {
        guard file == nil else {
          throw Failure(.usage, "-f \(file ?? "")", "standard input is a Dockerfile, not a context (a tar)")
        }
        self.init(directory: nil, try input.text(limit: Self.limit), "Dockerfile", IgnoreRules(), [], nil)
        return
      }
      let scratch = try ScratchDirectory(in: session.environment.temporaryDirectory())
      made(scratch)
      try input.unpack(to: scratch.path)
      try self.init(inside: scratch.path, file: file, scratch)
    } else if GitAddress.isOne(operand) {
      let scratch = try ScratchDirectory(in: session.environment.temporaryDirectory())
      made(scratch)
      let address = try GitAddress(parsing: operand)
      let path = try address.checkOut(
        below: scratch.path, keepsGitDirectory: false, environment: session.environment.variables)
      try self.init(inside: path, file: file, scratch)
    } else {
      try self.init(directory: operand, file: file, session)
    }
  }

  private init(
    directory: String?, _ dockerfile: [UInt8], _ name: String, _ ignored: IgnoreRules, _ files: [String],
    _ scratch: ScratchDirectory?
  ) {
    self.directory = directory
    self.dockerfile = dockerfile
    self.name = name
    self.ignored = ignored
    self.files = files
    self.scratch = scratch
  }

  /// A directory of the user's: `-f` is as they see it from where they stand.
  private init(directory: String, file: String?, _ session: Session) throws(Failure) {
    let root: FileDescriptor
    do { root = try FileDescriptor.open(directory, O_RDONLY | O_DIRECTORY) } catch {
      throw error.failure(directory)
    }
    if file == "-" {
      let text = try ContextStream(session.streams.inputStream()).text(limit: Self.limit)
      let ignored = try Self.rules([(root, ".dockerignore", "\(directory)/.dockerignore", .found)])
      self.init(directory: directory, text, "Dockerfile", ignored.rules, ignored.files, nil)
      return
    }
    let here = FileDescriptor(borrowing: AT_FDCWD)
    var candidates: [Candidate] = []
    if let file {
      candidates = [(here, file, file, .named)]
      // As docker has it for who thinks of the context.
      if !file.hasPrefix("/") { candidates.append((root, file, "\(directory)/\(file)", .named)) }
    } else {
      candidates = ["Dockerfile", "dockerfile"].map {
        (root, $0, directory == "." ? $0 : "\(directory)/\($0)", .found)
      }
    }
    let (text, found) = try Self.first(candidates)
    let (place, relative, path, _) = candidates[found]
    let ignored = try Self.rules([
      (place, relative + ".dockerignore", path + ".dockerignore", .found),
      (root, ".dockerignore", directory == "." ? ".dockerignore" : "\(directory)/.dockerignore", .found),
    ])
    self.init(directory: directory, text, path, ignored.rules, [path] + ignored.files, nil)
  }

  /// A tree that came from elsewhere: nothing in it leads out of it.
  private init(inside path: String, file: String?, _ scratch: ScratchDirectory) throws(Failure) {
    let root: FileDescriptor
    do { root = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY) } catch { throw error.failure(path) }
    let names = file.map { [$0] } ?? ["Dockerfile", "dockerfile"]
    let (text, found) = try Self.first(names.map { (root, $0, $0, .strange) })
    let ignored = try Self.rules(
      ["\(names[found]).dockerignore", ".dockerignore"].map { (root, $0, $0, .strange) })
    self.init(directory: path, text, names[found], ignored.rules, [], scratch)
  }

  /// How far a file is trusted.
  private enum Trust {
    /// The user named it: it may be a pipe.
    case named
    /// It lies in a directory that the user named: whatever it is, it must not keep anybody waiting.
    case found
    /// It came from elsewhere, and must not lead out of where it is.
    case strange
  }

  private typealias Candidate = (place: FileDescriptor, path: String, name: String, trust: Trust)

  /// The content of the first candidate that exists, and which one it is.
  private static func first(_ candidates: [Candidate]) throws(Failure) -> ([UInt8], Int) {
    for (index, candidate) in candidates.enumerated() {
      if let content = try content(candidate) { return (content, index) }
    }
    throw Failure(.notFound, candidates[0].name, "not found: it is the Dockerfile (-f names another)")
  }

  private static func rules(
    _ candidates: [Candidate]
  ) throws(Failure) -> (rules: IgnoreRules, files: [String]) {
    for candidate in candidates {
      if let content = try content(candidate) {
        return (try IgnoreRules(parsing: content, name: candidate.name), [candidate.name])
      }
    }
    return (IgnoreRules(), [])
  }

  /// What the file has; nil where there is none.
  private static func content(_ candidate: Candidate) throws(Failure) -> [UInt8]? {
    func failure(_ error: Errno) -> Failure { error.failure(candidate.name) }
    let flags = O_RDONLY | O_NOCTTY | (candidate.trust == .named ? 0 : O_NONBLOCK)
    let file: FileDescriptor
    do {
      file = try candidate.place.open(
        candidate.path, flags, resolve: candidate.trust == .strange ? [.inRoot, .noMagicLinks] : [])
    } catch {
      if error.rawValue == ENOENT || error.rawValue == ENOTDIR { return nil }
      throw failure(error)
    }
    let kind: FileStatus.Kind
    do { kind = try file.status().kind } catch { throw failure(error) }
    guard candidate.trust == .named || kind == .regular || kind == .directory else {
      throw Failure(.failed, candidate.name, "is not a regular file")
    }
    do { return try file.readToEnd(limit: limit) } catch { throw failure(error) }
  }
}
