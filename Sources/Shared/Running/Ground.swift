import CommandLine
import Container
import Glibc
import Image
import LayerStore
import Overlay
import System

/// What a container stands on: the layers of its image and a place for changes, or a directory.
struct Ground {
  /// How it is run.
  let config: RunConfig
  /// What `/` is.
  let root: ContainerRoot
  /// The users and groups that are known in it.
  let accounts: Accounts
  /// What people call it.
  let name: String
  private let image: RunnableImage?
  private let place: MountPlace?
  private let images: (ImageOperand) throws(Failure) -> RunnableImage

  /// The ground of the image of `operand`, or of `--rootfs` where that is nil.
  ///
  /// - Parameters:
  ///   - map: that of this process.
  ///   - target: that of the container, where it gets a user namespace of its own.
  init(
    _ options: RunOptions, _ operand: ImageOperand?, _ platform: Platform?, _ map: IdentityMap,
    shiftedTo target: IdentityMap?, _ session: Session
  ) throws(Failure) {
    let programs = UnpackingProgram(
      environment: session.environment, platform: platform, isQuiet: session.diagnostics.isQuiet)
    func store() throws(Failure) -> LayerCache {
      try LayerCache(session.environment.layerStore())
    }
    images = { (operand) throws(Failure) in
      try RunnableImage(
        operand, in: store(), OverlayDriver(map: map).form, isShifted: target != nil, programs)
    }
    guard let operand else {
      let path = options.files.rootfs ?? ""
      let directory: FileDescriptor
      do { directory = try FileDescriptor.open(path, O_PATH | O_DIRECTORY) } catch {
        throw error.failure(path)
      }
      (image, place, name) = (nil, nil, path)
      config = RunConfig()
      root = .directory(try HostFile.absolute(path))
      accounts = try Accounts(in: .directory(directory))
      return
    }
    let image = try images(operand)
    self.image = image
    name = image.name
    config = image.config
    do { accounts = try Accounts(in: image.tree()) } catch { throw error.about(image.name) }
    if let path = options.files.keep {
      if target != nil {
        throw Failure(.usage, "--keep \(path)", "with --userns the files would be of the numbers outside")
      }
      place = nil
      root = .overlay(try Self.kept(image, path))
    } else {
      let place = try store().beginMount()
      self.place = place
      do {
        let upper = try place.makeTemporaryUpper()
        if let target { try Self.give(upper.path, toRootOf: target) }
        root = .overlay(try image.overlay(upper: .directory(upper.path, work: upper.work)))
      } catch {
        try? place.remove()
        throw error
      }
    }
  }

  /// Removes what was temporary.
  func remove() { try? place?.remove() }

  /// The layers of another image.
  func overlay(ofImage text: String) throws(Failure) -> ContainerOverlay {
    do { return try images(ImageOperand(parsing: text)).overlay(upper: .none) } catch {
      throw error.about("--mount type=image,source=\(text)")
    }
  }

  private static func kept(_ image: RunnableImage, _ path: String) throws(Failure) -> ContainerOverlay {
    let work = path + ".work"
    for path in [path, work] {
      do { try FileDescriptor.makeDirectories(path) } catch { throw error.failure(path) }
    }
    var overlay = try image.overlay(upper: .directory(HostFile.absolute(path), work: HostFile.absolute(work)))
    // What a crash of the machine must not lose; and a volatile one could not be mounted again.
    overlay.isVolatile = false
    return overlay
  }

  // What overlayfs writes it writes unshifted: `/` is the number outside that is 0 inside.
  private static func give(_ path: String, toRootOf map: IdentityMap) throws(Failure) {
    guard let user = map.users.first(where: { $0.inside == 0 })?.outside,
      let group = map.groups.first(where: { $0.inside == 0 })?.outside
    else { return }
    guard lchown(path, user, group) == 0 else { throw Errno.current.failure(path) }
  }
}
