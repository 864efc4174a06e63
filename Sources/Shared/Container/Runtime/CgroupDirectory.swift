import CLinux
import Glibc
import System

/// A control group of a run in one hierarchy.
struct CgroupDirectory {
  /// Its directory, locked.
  let descriptor: FileDescriptor
  let isUnified: Bool
  private let parent: FileDescriptor
  private let name: String
  /// Where it is, for people.
  let path: String

  private static let prefix = "ctr-run-"

  /// Makes a group below that of this process, or, in version 2, where processes in a group forbid groups below it,
  /// below the nearest above it in which these controllers can be had.
  static func make(in hierarchy: CgroupHierarchy, for controllers: [String]) throws(Failure)
    -> CgroupDirectory
  {
    var path = hierarchy.path == "/" ? "" : hierarchy.path
    var first: Failure?
    while true {
      let place = hierarchy.root + path
      do throws(Errno) {
        let parent = try FileDescriptor.open(place, O_RDONLY | O_DIRECTORY)
        if hierarchy.isUnified { try enable(controllers, in: parent) }
        sweep(parent)
        let made = try make(in: parent, place, isUnified: hierarchy.isUnified)
        return made
      } catch {
        if first == nil { first = refusal(error, place, hierarchy, controllers) }
      }
      guard hierarchy.isUnified, !path.isEmpty, let slash = path.lastIndex(of: "/") else { break }
      path = String(path[..<slash])
    }
    throw first ?? Failure(.denied, "cgroup", "none can be made")
  }

  private static func refusal(
    _ error: Errno, _ place: String, _ hierarchy: CgroupHierarchy, _ controllers: [String]
  ) -> Failure {
    var failure = error.failure("cgroup \(place)", doing: controllers.joined(separator: ", "))
    if hierarchy.isUnified {
      failure.problem +=
        "; systemd gives one that is yours: systemd-run --user --scope -p Delegate=yes ctr-run ..."
    } else if [EACCES, EPERM, EROFS].contains(error.rawValue) {
      failure.problem += "; only root has control groups of version 1"
    }
    return failure
  }

  // What is to be limited in a group must be handed down by the one above (cgroup.subtree_control).
  private static func enable(_ controllers: [String], in parent: FileDescriptor) throws(Errno) {
    let known = try words("cgroup.controllers", in: parent)
    guard controllers.allSatisfy(known.contains) else { throw Errno(ENOTSUP) }
    let on = try words("cgroup.subtree_control", in: parent)
    let missing = controllers.filter { !on.contains($0) }
    guard !missing.isEmpty else { return }
    let text = missing.map { "+\($0)" }.joined(separator: " ")
    try parent.open("cgroup.subtree_control", O_WRONLY).write(Array(text.utf8))
  }

  private static func words(_ file: String, in directory: FileDescriptor) throws(Errno) -> Set<String> {
    let text = String(decoding: try directory.open(file, O_RDONLY).readToEnd(limit: 1 << 16), as: UTF8.self)
    return Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  private static func make(
    in parent: FileDescriptor, _ place: String, isUnified: Bool
  ) throws(Errno) -> CgroupDirectory {
    while true {
      let name = prefix + String(UInt64.random(in: 0 ... .max), radix: 36)
      do { try parent.makeDirectory(name, mode: 0o755) } catch {
        if error.rawValue == EEXIST { continue }
        throw error
      }
      // Between making and locking it another run may sweep it away: then again.
      do {
        let descriptor = try parent.open(name, O_RDONLY | O_DIRECTORY)
        try descriptor.lock(.exclusive, waiting: false)
        let (here, there) = (try descriptor.status(), try parent.status(of: name))
        guard here.raw.st_ino == there.raw.st_ino else { continue }
        return CgroupDirectory(
          descriptor: descriptor, isUnified: isUnified, parent: parent, name: name, path: place + "/" + name)
      } catch {
        if error.rawValue != ENOENT, error.rawValue != EWOULDBLOCK { throw error }
      }
    }
  }

  /// Removes the groups of runs that are dead.
  private static func sweep(_ parent: FileDescriptor) {
    for bytes in (try? parent.names()) ?? [] where bytes.starts(with: prefix.utf8) {
      let name = String(decoding: bytes, as: UTF8.self)
      guard let directory = try? parent.open(name, O_RDONLY | O_DIRECTORY),
        (try? directory.lock(.exclusive, waiting: false)) != nil
      else { continue }
      _ = unlinkat(parent.number, name, AT_REMOVEDIR)
    }
  }

  /// Writes a setting, or the first of those that may take its place and is there.
  func set(_ setting: CgroupSetting) throws(Failure) {
    func isThere(_ setting: CgroupSetting) -> Bool {
      faccessat(descriptor.number, setting.file, F_OK, 0) == 0
    }
    let all = [setting] + setting.others
    guard let setting = all.first(where: isThere) else {
      let names = all.map(\.file).joined(separator: " nor ")
      throw Failure(
        .failed, "cgroup \(path)",
        "the kernel has no \(names), so the limit can't be had"
          + (names.contains("bfq") ? ": load its I/O scheduler BFQ (modprobe bfq)" : ""))
    }
    do throws(Errno) {
      var value = Array(setting.value.utf8)
      // Empty: as the group above has it.
      if value.isEmpty { value = try parent.open(setting.file, O_RDONLY).readToEnd(limit: 1 << 16) }
      try descriptor.open(setting.file, O_WRONLY).write(value)
    } catch {
      throw error.failure("cgroup \(path)", doing: "\(setting.file) = \(setting.value)")
    }
  }

  /// The file of a group of version 1 by which a thread puts itself into it.
  func tasks() throws(Failure) -> FileDescriptor {
    do { return try descriptor.open("tasks", O_WRONLY) } catch {
      throw error.failure("cgroup \(path)", doing: "tasks")
    }
  }

  /// Removes it, and ends what runs in it, which only happens where the container had no processes of its own.
  func remove() {
    for attempt in 0..<100 {
      if unlinkat(parent.number, name, AT_REMOVEDIR) == 0 || errno != EBUSY { return }
      for process in (try? Self.words("cgroup.procs", in: descriptor)) ?? [] {
        if let number = pid_t(process), number > 0 { kill(number, SIGKILL) }
      }
      // What has just ended is not gone at once.
      usleep(attempt < 10 ? 200 : 5_000)
    }
  }
}
