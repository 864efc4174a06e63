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
    let candidates = try Self.candidates(session, audience)
    if let name, !candidates.contains(where: { $0.name == name }) {
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
      throw Failure(.usage, path, "lies in the layer store")
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
    let programs = session.environment["PATH"] ?? ""
    guard session.environment.isRoot else {
      // As a user meets them: what a COMMAND gets in a namespace, what all see without one.
      return [OverlayDriver(map: .identity), FuseDriver(form: recorded, programs: programs), CopyDriver(form: recorded)]
    }
    return try rootDrivers(UserNamespace.enter(programs: programs), programs)
  }

  private static let recorded = LayerForm.tree(.user, .recorded)

  private static func candidates(
    _ session: Session, _ audience: Audience
  ) throws(Failure) -> [any MountDriver] {
    let programs = session.environment["PATH"] ?? ""
    if !session.environment.isRoot {
      switch audience {
      case .everybody: return [FuseDriver(form: recorded, programs: programs), CopyDriver(form: recorded)]
      case .files: return [CopyDriver(form: recorded)]
      case .command, .options: break
      }
    }
    let namespace = try UserNamespace.enter(programs: programs)
    if let shortcoming = namespace.shortcoming {
      session.diagnostics.verbose("files are all this user's: \(shortcoming)")
    }
    let drivers = rootDrivers(namespace, programs)
    switch audience {
    case .everybody, .command: return drivers
    case .files: return drivers.filter(\.isCopy)
    case .options: return Array(drivers.prefix(1))
    }
  }

  private static func rootDrivers(_ namespace: UserNamespace, _ programs: String) -> [any MountDriver] {
    let overlay = OverlayDriver(map: namespace.map, recorded: namespace.shortcoming != nil)
    return [overlay, FuseDriver(form: overlay.form, programs: programs), CopyDriver(form: overlay.form)]
  }
}
