import CommandLine
import Image
import ImageCommand
import LayerStore
import System
import Transfer
import Unpack

/// An image shown as files: mounted, mounted for one command, copied, or only unpacked.
public struct ImageMount {
  /// What becomes of changes.
  public enum Changes: Sendable {
    /// None can be made.
    case refused
    /// They are gone with the mount.
    case forgotten
    /// They are kept in this directory.
    case kept(String)
  }

  /// How it is shown.
  public struct Options: Sendable {
    /// The driver's name; nil: the one that works best here.
    public var driver: String?
    /// What becomes of changes.
    public var changes: Changes
    /// The platform to take of an index; nil: this machine's.
    public var platform: Platform?
    /// The most bytes to unpack; nil: what is free.
    public var limit: UInt64?
    /// Whether the disk has everything before a layer counts as unpacked.
    public var durably: Bool

    /// Showing an image in this manner.
    public init(driver: String?, changes: Changes, platform: Platform?, limit: UInt64?, durably: Bool) {
      self.driver = driver
      self.changes = changes
      self.platform = platform
      self.limit = limit
      self.durably = durably
    }
  }

  private let session: Session
  private let options: Options

  /// Shows images as `session` sees them.
  public init(_ session: Session, _ options: Options) {
    self.session = session
    self.options = options
  }
}

extension ImageMount {
  /// Mounts the image of `operand` at `path`, where it stays until `unmount`.
  public func mount(_ operand: ImageOperand, at path: String) throws(Failure) {
    let setting = try MountSetting(session, options.driver, for: .everybody)
    var point = try setting.point(path)
    let image = try unpack(operand, setting)
    if setting.driver.isCopy { return try copy(image, to: path, setting) }
    let place = try setting.store.beginMount()
    do throws(Failure) {
      point.upper = try upper(for: point, in: setting, temporary: place.makeTemporaryUpper)
      point.source = image.name
      var record = try MountRecord(
        image: image.name, manifest: image.manifest, driver: setting.driver.name, layers: image.layers,
        point: point.path, source: image.name, changes: changes(point.upper), time: Timestamp.now.seconds)
      try place.write(record)
      try setting.driver.mount(LayerChain(image.layers, in: setting.store), at: point)
      record.mount = try MountTable.current().top(at: point.path)
      try place.write(record)
    } catch {
      try? place.remove()
      throw error.about(path, insteadOf: point.path)
    }
  }

  /// Runs `command` where alone it sees the image of `operand`, mounted at `path`; its exit status becomes
  /// that of this process.
  public func run(_ command: [String], _ operand: ImageOperand, at path: String) throws(Failure) {
    let setting = try MountSetting(session, options.driver, for: .command)
    if setting.driver.isCopy {
      throw Failure(.usage, "--driver copy", "what is copied stays: it can't be for a COMMAND only")
    }
    var point = try setting.point(path)
    let image = try unpack(operand, setting)
    // Only for what is temporary: a store that can't be written to will do.
    var place: MountPlace?
    defer { try? place?.remove() }
    point.upper = try upper(for: point, in: setting) { () throws(Failure) in
      let begun = try setting.store.beginMount()
      place = begun
      return try begun.makeTemporaryUpper()
    }
    point.source = image.name
    session.progress.close()
    let chain = LayerChain(image.layers, in: setting.store)
    let end = try PrivateCommand(command, environment: session.environment.variables).run(at: point) {
      point throws(Failure) in try setting.driver.mount(chain, at: point)
    }
    // The kernel lets go of what is temporary; without anything temporary, the namespace goes with the process.
    if point.upper != nil { try? setting.driver.unmount(point.path) }
    session.diagnostics.end(with: ExitStatus(ofCommand: end.status))
    if let problem = end.problem { throw problem }
  }

  /// Prints the options by which mount(8) would mount the image of `operand`.
  ///
  /// - Parameter json: whether in a document that also has the image's name and configuration, as ctr-run wants it.
  public func printOptions(of operand: ImageOperand, json: Bool = false) throws(Failure) {
    let setting = try MountSetting(session, options.driver, for: .options)
    let image = try unpack(operand, setting)
    let upper = try upper(for: nil, in: setting) { () throws(Failure) in
      throw Failure(.usage, "--rw", "is temporary: for mount(8), name a directory with --upper")
    }
    let chain = LayerChain(image.layers, in: setting.store)
    let isUser = setting.driver.form.isOfUserNamespace
    let options = try chain.options(.absolute, upper: upper) + (isUser ? ",userxattr" : "")
    guard json else { return try session.streams.print(options) }
    let document: JSON = [
      "image": .string(image.name), "manifest": .string(image.manifest.description), "config": image.config,
      "options": .string(options),
    ]
    try session.streams.write(document.encodedPretty())
  }

  /// Copies the files of the image of `operand` to the directory at `path`, which is made if it is missing.
  public func unpack(_ operand: ImageOperand, to path: String) throws(Failure) {
    let setting = try MountSetting(session, options.driver, for: .files)
    try copy(try unpack(operand, setting), to: path, setting)
  }
}

extension ImageMount {
  /// An image whose layers are in the store.
  private struct Unpacked {
    /// What people call it.
    let name: String
    let manifest: Digest
    let config: JSON
    let layers: [StoredLayer]
  }

  private func unpack(_ operand: ImageOperand, _ setting: MountSetting) throws(Failure) -> Unpacked {
    let carrier = try Carriers(session).open(operand.place)
    let named = try carrier.select(operand.selector)
    let progress = LayerProgress(
      session.progress,
      .init(waiting: "Waiting", moving: "Unpacking", done: "Unpacked", present: "Already unpacked"))
    do throws(Failure) {
      let entry = try carrier.source.manifest(for: options.platform ?? .host, of: named)
      let manifest = try Manifest(raw: carrier.source.document(entry), mediaType: entry.mediaType)
      let config = try JSON(parsing: carrier.source.document(manifest.config))
      let settings = ImageUnpacking.Settings(
        form: setting.driver.form, limit: options.limit, durably: options.durably)
      let layers = try ImageUnpacking(into: setting.store, settings, observer: progress).run(
        entry, in: carrier)
      let name = named.shortName ?? named.digest.description
      return Unpacked(name: name, manifest: entry.digest, config: config, layers: layers)
    } catch { throw error.about(carrier.name) }
  }

  private func upper(
    for point: MountPoint?, in setting: MountSetting, temporary: () throws(Failure) -> UpperDirectory
  ) throws(Failure) -> UpperDirectory? {
    switch options.changes {
    case .refused: return nil
    case .forgotten: return try temporary()
    case .kept(let path):
      let work = path + ".work"
      for path in [path, work] {
        do throws(Errno) { try FileDescriptor.makeDirectories(path) } catch { throw error.failure(path) }
      }
      let place = MountSetting.resolved(path)
      guard place != point?.path, !(place + "/").hasPrefix(setting.store.path + "/") else {
        throw Failure(
          .usage, "--upper \(path)", "is \(place == point?.path ? "DIR itself" : "in the layer store")")
      }
      return UpperDirectory(path: MountSetting.resolved(path), work: MountSetting.resolved(work))
    }
  }

  private func changes(_ upper: UpperDirectory?) -> MountRecord.Changes {
    switch options.changes {
    case .refused: .none
    case .forgotten: .temporary
    case .kept: upper.map { .kept($0.path) } ?? .none
    }
  }

  private func copy(_ image: Unpacked, to path: String, _ setting: MountSetting) throws(Failure) {
    guard case .refused = options.changes else {
      throw Failure(.usage, path, "what is copied can be changed: --rw and --upper are for mounts")
    }
    do throws(Errno) { try FileDescriptor.makeDirectories(path) } catch { throw error.failure(path) }
    var point = try setting.point(path)
    point.source = image.name
    try setting.driver.mount(LayerChain(image.layers, in: setting.store), at: point)
  }
}

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
  fileprivate func about(_ path: String, insteadOf absolute: String) -> Failure {
    var failure = self
    if subject == absolute { failure.subject = path }
    return failure.about(path)
  }
}
