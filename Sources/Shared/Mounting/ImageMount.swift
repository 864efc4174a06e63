import CommandLine
import Image
import ImageCommand
import LayerStore
import System

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

  let session: Session
  let options: Options

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
      "image": .string(image.name), "manifest": .string(image.manifest.description),
      "config": try JSON(parsing: image.config.raw),
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
