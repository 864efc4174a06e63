import Image
import System

/// What is known of a mount that may outlive the command that made it; kept in `mounts/ID/record`.
public struct MountRecord: Hashable, Sendable {
  /// Where changes go.
  public enum Changes: Hashable, Sendable {
    /// Nowhere: it is read-only.
    case none
    /// Into `mounts/ID/upper`, which is removed with the mount.
    case temporary
    /// Into this directory, an absolute path, which stays.
    case kept(String)
  }

  /// The image, as the user named it.
  public var image: String
  /// Its manifest.
  public var manifest: Digest?
  /// What `--driver` calls the driver.
  public var driver: String
  /// The layers' directories relative to the store, `FORM/KEY`, the base first.
  public var layers: [String]
  /// The absolute path of the mount point, without symbolic links.
  public var point: String
  /// The source that the driver was to show.
  public var source: String
  /// Where changes go.
  public var changes: Changes
  /// When it was made, seconds since 1970.
  public var time: Int64
  /// Which system it is of: this run of this kernel, and the mount namespace.
  public var namespace: MountNamespace
  /// The mount itself, once it is made.
  public var mount: MountTable.Entry?
  /// The process that serves it, of a FUSE file system.
  public var helper: Int32?

  /// A mount that is about to be made in this process's namespace.
  public init(
    image: String, manifest: Digest?, driver: String, layers: [StoredLayer], point: String, source: String,
    changes: Changes, time: Int64
  ) throws(Failure) {
    self.image = image
    self.manifest = manifest
    self.driver = driver
    self.layers = layers.map(\.place)
    self.point = point
    self.source = source
    self.changes = changes
    self.time = time
    namespace = try .current()
  }
}

extension MountRecord {
  /// The document; its members only ever become more.
  public var json: JSON {
    var object: JSON.Object = [
      "image": .string(image), "driver": .string(driver), "layers": .array(layers.map { .string($0) }),
      "point": .string(point), "source": .string(source), "time": .number(String(time)),
      "bootID": .string(namespace.bootID), "mountNamespace": .number(String(namespace.inode)),
    ]
    object["manifest"] = manifest.map { .string($0.description) }
    object["helper"] = helper.map { .number(String($0)) }
    object["mount"] = mount.map {
      [
        "id": .number(String($0.id)), "device": .string($0.device), "point": .string($0.point),
        "type": .string($0.type), "source": .string($0.source),
      ]
    }
    switch changes {
    case .none: break
    case .temporary: object["temporary"] = .bool(true)
    case .kept(let path): object["upper"] = .string(path)
    }
    return .object(object)
  }

  /// The record that `bytes` hold.
  ///
  /// - Throws: `invalid`.
  init(parsing bytes: [UInt8]) throws(Failure) {
    let json = try JSON(parsing: bytes)
    guard let image = json["image"]?.string, let driver = json["driver"]?.string,
      let layers = json["layers"]?.array, let point = json["point"]?.string,
      let source = json["source"]?.string, let time = json["time"]?.integer,
      let bootID = json["bootID"]?.string, let inode = json["mountNamespace"]?.integer
    else { throw Failure(.invalid, "", "is not a record of a mount") }
    (self.image, self.driver, self.point, self.source, self.time) = (image, driver, point, source, time)
    self.layers = layers.compactMap(\.string)
    namespace = MountNamespace(bootID: bootID, inode: UInt64(clamping: inode))
    manifest = json["manifest"]?.string.flatMap { Digest($0) }
    helper = json["helper"]?.integer.flatMap { Int32(exactly: $0) }
    mount = json["mount"].flatMap(MountTable.Entry.init)
    changes =
      if let path = json["upper"]?.string { .kept(path) } else {
        json["temporary"]?.bool == true ? .temporary : .none
      }
  }
}

extension MountTable.Entry {
  fileprivate init?(_ json: JSON) {
    guard let id = json["id"]?.integer, let device = json["device"]?.string,
      let point = json["point"]?.string,
      let type = json["type"]?.string, let source = json["source"]?.string
    else { return nil }
    self.init(id: UInt64(clamping: id), device: device, point: point, type: type, source: source)
  }
}
