import CommandLine
import LayerStore
import System

extension ImageMount {
  /// Unmounts what is mounted at `path`, and removes what was temporary.
  ///
  /// - Throws: `notFound` where it was not mounted by img-mount.
  public static func unmount(_ path: String, _ session: Session) throws(Failure) {
    let point = MountSetting.resolved(path)
    let storePath = try session.environment.layerStore()
    let mounts = ImageOperand.exists(storePath) ? try LayerCache(storePath).mounts() : []
    guard let mount = mounts.last(where: { $0.isAlive && $0.record.point == point }),
      let place = try LayerCache(storePath).take(mount)
    else { throw Failure(.notFound, path, "no image is mounted there (img-mount lists those that are)") }
    guard let driver = try MountSetting.all(session).first(where: { $0.name == mount.record.driver }) else {
      throw Failure(.failed, path, "was mounted by the driver \(mount.record.driver), which is not known")
    }
    do throws(Failure) {
      try driver.unmount(point)
      try place.remove()
    } catch { throw error.about(path, insteadOf: point) }
  }
}

extension Failure {
  /// The same failure about `path`, as the user gave it, where it speaks of that place by its absolute path.
  func about(_ path: String, insteadOf absolute: String) -> Failure {
    var failure = self
    if subject == absolute { failure.subject = path }
    return failure.about(path)
  }
}
