import Glibc
import System

extension GitAddress {
  /// Writes the files of what it means now below `path`, an empty directory; the path of the directory that is wanted.
  public func checkOut(
    below path: String, keepsGitDirectory: Bool, environment: [String: String]
  ) throws(Failure) -> String {
    let program = try GitProgram(environment: environment, scratch: path)
    let commit = try checked(commit(by: program), nil)
    _ = try checkOut(
      commit, below: path, keepsGitDirectory: keepsGitDirectory || self.keepsGitDirectory, by: program)
    return "\(path)/\(Self.files)/\(subdirectory ?? "")"
  }

  private static let files = "files"

  /// The commit that it means now.
  ///
  /// - Throws: `notFound` where the repository has none of that name; what git says else.
  func commit(by program: GitProgram) throws(Failure) -> String {
    if let reference, Self.isCommit(reference) { return reference }
    let candidates = candidates
    let output = try program.run(["ls-remote", "-q", "--", remote] + candidates, for: self)
    var commits: [Substring: Substring] = [:]
    let text = String(decoding: output, as: UTF8.self)
    for line in text.split(separator: "\n") {
      let columns = line.split(separator: "\t", maxSplits: 1)
      if columns.count == 2 { commits[columns[1]] = columns[0] }
    }
    for candidate in candidates {
      if let commit = commits[candidate[...]], Self.isCommit(String(commit)) { return String(commit) }
    }
    throw Failure(.notFound, shown, "the repository does not contain ref \(reference ?? "HEAD")")
  }

  /// What the reference may be in full, the first one before the others; a tag's commit before its own object.
  private var candidates: [String] {
    guard let reference else { return ["HEAD"] }
    if reference.hasPrefix("refs/") { return [reference + "^{}", reference] }
    return ["refs/heads/\(reference)", "refs/tags/\(reference)^{}", "refs/tags/\(reference)"]
  }

  /// The same commit, if it is the one that it has to be.
  func checked(_ commit: String, _ other: String?) throws(Failure) -> String {
    for expected in [checksum, other] {
      if let expected, expected != commit {
        throw Failure(.invalid, shown, "its commit is \(commit), expected \(expected)")
      }
    }
    return commit
  }

  /// Writes the files of a commit below `path`, an empty directory; the directory that is wanted.
  func checkOut(
    _ commit: String, below path: String, keepsGitDirectory: Bool, by program: GitProgram
  ) throws(Failure) -> FileDescriptor {
    let place = "\(path)/\(Self.files)"
    var initial = ["init", "-q", "--template="]
    if commit.utf8.count == 64 { initial.append("--object-format=sha256") }
    _ = try program.run(initial + ["--", place], for: self)
    // Where submodules are relative to.
    _ = try program.run(["config", "remote.origin.url", remote], in: place, for: self)
    try fetch(commit, into: place, by: program)
    _ = try program.run(["checkout", "-q", "--detach", commit, "--"], in: place, isAlone: true, for: self)
    if hasSubmodules { try fetchSubmodules(of: place, by: program) }
    let root: FileDescriptor
    do throws(Errno) {
      root = try FileDescriptor.open(place, O_RDONLY | O_DIRECTORY)
      if !keepsGitDirectory { try root.removeTree(FileName(".git")) }
    } catch { throw error.failure(shown) }
    // What was given to log in is nobody else's business.
    if keepsGitDirectory {
      _ = try program.run(["config", "remote.origin.url", shown], in: place, for: self)
    }
    return try subdirectory(of: root)
  }

  /// Brings the commit alone, or everything from servers that can't give it alone.
  private func fetch(_ commit: String, into place: String, by program: GitProgram) throws(Failure) {
    do {
      _ = try program.run(
        ["fetch", "-q", "--depth=1", "--no-tags", "--", remote, commit], in: place, for: self)
    } catch {
      guard error.kind == .failed || error.kind == .notFound else { throw error }
      var refs = [
        "+HEAD:refs/remotes/origin/HEAD", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*",
      ]
      if let reference, reference.hasPrefix("refs/") { refs.append("+\(reference):refs/remotes/wanted") }
      _ = try program.run(["fetch", "-q", "--no-tags", "--", remote] + refs, in: place, for: self)
    }
  }

  private func fetchSubmodules(of place: String, by program: GitProgram) throws(Failure) {
    var status = stat()
    guard lstat("\(place)/.gitmodules", &status) == 0 else { return }
    let update = ["submodule", "-q", "update", "--init", "--recursive"]
    do { _ = try program.run(update + ["--depth=1"], in: place, for: self) } catch {
      _ = try program.run(update, in: place, for: self)
    }
  }

  /// The directory that is wanted, never outside of the repository, wherever its links lead.
  private func subdirectory(of root: FileDescriptor) throws(Failure) -> FileDescriptor {
    let names = (subdirectory ?? "").split(separator: "/")
    if names.isEmpty { return root }
    do throws(Errno) {
      return try root.open(
        names.joined(separator: "/"), O_RDONLY | O_DIRECTORY, resolve: [.beneath, .noMagicLinks])
    } catch {
      let subject = "\(shown): \(subdirectory ?? "")".oneLine
      switch error.rawValue {
      case ENOENT, ENOTDIR: throw Failure(.notFound, subject, "no such directory in the repository")
      case EXDEV, ELOOP: throw Failure(.failed, subject, "the directory leads out of the repository")
      default: throw error.failure(subject)
      }
    }
  }
}
