import Image
import System

/// The configuration of an image that is being built (image-spec, config.md): what of the base's is unknown stays.
struct ImageConfiguration: Sendable {
  /// One step, as the history has it.
  struct Step: Sendable {
    /// RFC 3339.
    var created: String
    /// The instruction.
    var text: String
    /// Whether it left no layer.
    var isEmpty: Bool
  }

  private var document: JSON.Object

  /// That of an image with nothing in it.
  init(platform: Platform) {
    document = ["architecture": .string(platform.architecture), "os": .string(platform.os)]
    document["variant"] = platform.variant.map(JSON.string)
    document["config"] = [:]
    document["rootfs"] = ["type": .string("layers"), "diff_ids": .array([])]
    document["history"] = .array([])
    self["Env"] = .array([.string("PATH=\(Self.standardPath)")])
    self["WorkingDir"] = .string("/")
  }

  /// That of `base`, from which another is made.
  ///
  /// - Throws: `invalid`.
  init(base: ImageConfig) throws(Failure) {
    document = try JSON(parsing: base.raw).object ?? [:]
    // What is of the container that a builder once committed.
    for name in ["container", "container_config", "docker_version", "id", "parent"] { document[name] = nil }
    if document["config"]?.object == nil { document["config"] = [:] }
    // Tools that count the layers in the history expect each of them there.
    var history = document["history"]?.array ?? []
    let told = base.history.count { !$0.isEmptyLayer }
    var unknown: JSON.Object = ["comment": .string("not in the history of the base image")]
    unknown["created"] = base.created.map(JSON.string)
    history += repeatElement(.object(unknown), count: max(0, base.diffIDs.count - told))
    document["history"] = .array(history)
  }

  /// What programs are found along where an image does not say.
  static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// A member of `config`; nil removes it.
  subscript(name: String) -> JSON? {
    get { document["config"]?[name] }
    set {
      var config = document["config"]?.object ?? [:]
      config[name] = newValue
      document["config"] = .object(config)
    }
  }

  /// A member of `config` that is a list of texts.
  func list(_ name: String) -> [String]? { self[name]?.array?.compactMap(\.string) }

  /// Sets a list of texts; an empty one stays.
  mutating func set(_ name: String, to list: [String]) { self[name] = .array(list.map(JSON.string)) }

  /// Adds to the keys of an object that stands for a set.
  mutating func add(_ keys: [String], to name: String) {
    var set = self[name]?.object ?? [:]
    for key in keys { set[key] = [:] }
    self[name] = .object(set.sorted())
  }

  /// The variables, in order.
  var variables: [(name: String, value: String)] {
    (list("Env") ?? []).map { entry in
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
  }

  /// Sets a variable, which keeps its place.
  mutating func setVariable(_ name: String, to value: String) {
    var list = self.list("Env") ?? []
    let entry = "\(name)=\(value)"
    if let index = list.firstIndex(where: { $0.hasPrefix("\(name)=") || $0 == name }) {
      list[index] = entry
    } else {
      list.append(entry)
    }
    set("Env", to: list)
  }

  /// Sets a label.
  mutating func setLabel(_ name: String, to value: String) {
    var labels = self["Labels"]?.object ?? [:]
    labels[name] = .string(value)
    self["Labels"] = .object(labels.sorted())
  }

  /// The author.
  var author: String? {
    get { document["author"]?.string }
    set { document["author"] = newValue.map(JSON.string) }
  }

  /// The layers.
  var diffIDs: [DiffID] {
    get {
      (document["rootfs"]?["diff_ids"]?.array ?? []).compactMap {
        $0.string.flatMap { Digest($0) }.map(DiffID.init)
      }
    }
    set {
      document["rootfs"] = [
        "type": .string("layers"), "diff_ids": .array(newValue.map { .string($0.digest.description) }),
      ]
    }
  }

  /// When it was made.
  var created: String? { document["created"]?.string }

  /// Writes down that a step was done.
  mutating func append(_ step: Step) {
    document["created"] = .string(step.created)
    var entry: JSON.Object = ["created": .string(step.created), "created_by": .string(step.text)]
    if step.isEmpty { entry["empty_layer"] = .bool(true) }
    document["history"] = .array((document["history"]?.array ?? []) + [.object(entry)])
  }

  /// Puts one layer in the place of all but the first `count`: the steps that made them are told, but as without one.
  mutating func squash(onto count: Int, _ layer: DiffID, _ step: Step) {
    diffIDs = diffIDs.prefix(count) + [layer]
    var left = count
    document["history"] = .array(
      (document["history"]?.array ?? []).map { entry in
        guard entry["empty_layer"]?.bool != true, var object = entry.object else { return entry }
        left -= 1
        if left < 0 { object["empty_layer"] = .bool(true) }
        return .object(object)
      })
    append(step)
  }

  /// The document.
  var encoded: [UInt8] { JSON.object(document).encoded() }

  /// How it is run.
  func runConfig() throws(Failure) -> RunConfig { try ImageConfig(raw: encoded).config }
}
