import CommandLine
import Glibc
import LayerStore
import System

/// Where an image is to be shown: the store, and the driver that works here.
struct MountSetting {
  /// Who is to see it.
  enum Audience {
    /// Whoever sees the directory.
    case everybody
    /// One command.
    case command
    /// Nobody: files are to be copied.
    case files
    /// Whom mount(8) shows it.
    case options
  }

  let store: LayerCache
  let driver: any MountDriver

  /// The setting for `audience`, in a user namespace where that takes one: so to be had before any thread is started.
  init(_ session: Session, _ name: String?, for audience: Audience) throws(Failure) {
    // A copy is the same whoever asked for it.
    let candidates = try Self.candidates(
      session, name == "copy" && audience == .everybody ? .files : audience)
    if let name, !candidates.contains(where: { $0.name == name }) {
      if name == "overlay", audience == .everybody {
        throw Failure(
          .denied, "--driver overlay", "is root's; a user's overlay is seen by a COMMAND only (-- COMMAND)")
      }
      let names = candidates.map(\.name).joined(separator: ", ")
      throw Failure(.usage, "--driver \(name)", "is not to be had for this; there is \(names)")
    }
    var obstacles: [String] = []
    for candidate in candidates where name == nil || candidate.name == name {
      guard let obstacle = candidate.obstacle() else {
        driver = candidate
        store = try LayerCache(session.environment.layerStore())
        return
      }
      obstacles.append("\(candidate.name): \(obstacle)")
    }
    throw Failure(.denied, "", "no driver works here: \(obstacles.joined(separator: "; "))")
  }

  /// The directory at `path`, made sure that nothing is mounted there and that it is not the store's.
  func point(_ path: String) throws(Failure) -> MountPoint {
    let point = try MountPoint(path)
    if point.path == store.path || point.path.hasPrefix(store.path + "/") {
      throw Failure(.failed, path, "lies in the layer store")
    }
    if store.path.hasPrefix(point.path == "/" ? "/" : point.path + "/") {
      throw Failure(.failed, path, "holds the layer store, which the mount would hide")
    }
    if let busy = try MountTable.current().top(at: point.path) {
      throw Failure(.failed, path, "\(busy.source.oneLine) (\(busy.type)) is mounted there already")
    }
    return point
  }
}

extension MountSetting {
  /// Every driver, for whoever this process is.
  static func all(_ session: Session) throws(Failure) -> [any MountDriver] {
    let map: IdentityMap
    do { map = try .current() } catch { throw error.failure("/proc/self/uid_map") }
    return drivers(map, session)
  }

  /// Those that may show an image to `audience`, the best first.
  private static func candidates(
    _ session: Session, _ audience: Audience
  ) throws(Failure) -> [any MountDriver] {
    switch audience {
    case .everybody where !session.environment.isRoot:
      // What is mounted in a namespace of its own, others don't see: overlayfs can't do it.
      return try all(session).filter { $0 is FuseDriver }
    case .everybody: return try all(session).filter { !$0.isCopy }
    case .files, .command, .options: break
    }
    let namespace = try UserNamespace.enter(programs: session.environment["PATH"] ?? "")
    if let shortcoming = namespace.shortcoming {
      session.diagnostics.verbose("all files will be this user's: \(shortcoming)")
    }
    let drivers = drivers(namespace.map, session)
    switch audience {
    case .options: return drivers.filter { $0 is OverlayDriver }
    case .files: return drivers.filter(\.isCopy)
    case .everybody, .command: return drivers.filter { !$0.isCopy }
    }
  }

  private static func drivers(_ map: IdentityMap, _ session: Session) -> [any MountDriver] {
    let programs = session.environment["PATH"] ?? ""
    return [OverlayDriver(map: map), FuseDriver(map: map, programs: programs), CopyDriver(map: map)]
  }

  /// The absolute path of what is at `path`, or will be, symbolic links followed as far as there is something.
  static func resolved(_ path: String) -> String {
    if let resolved = realpath(path, nil) {
      defer { free(resolved) }
      return String(cString: resolved)
    }
    let parts = path.split(separator: "/")
    guard let name = parts.last else { return path }
    let above = parts.dropLast().joined(separator: "/")
    let parent = path.hasPrefix("/") ? "/" + above : above.isEmpty ? "." : above
    return parent == path ? path : resolved(parent) + "/" + name
  }
}

extension MountDriver {
  /// Whether it makes no mount.
  var isCopy: Bool { name == "copy" }
}
