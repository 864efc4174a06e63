import CommandLine
import Image
import System

/// What people are shown of an image.
public struct Summary {
  private let image: InspectedImage
  private let now: Timestamp

  /// The summary of `image`, in which ages are those at the time `now`.
  public init(_ image: InspectedImage, now: Timestamp) {
    self.image = image
    self.now = now
  }

  /// All of it.
  public var text: [UInt8] {
    var lines = Field.lines(of: head)
    let run = image.config.map { Field.lines(of: fields(of: $0.config)) } ?? []
    if !run.isEmpty { lines += ["", "Config:"] + run.map { "  " + $0 } }
    if !image.history.isEmpty { lines += ["", "History, the last step first:"] + history.map { "  " + $0 } }
    if !image.annotations.isEmpty {
      lines += ["", "Annotations:"] + sorted(image.annotations).map { "  " + $0.oneLine }
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// The table of `--layers`.
  public var layers: [UInt8] {
    var table = Table(["LAYER", "DIFF ID", "SIZE", "MEDIA TYPE"])
    for (number, layer) in image.manifest.layers.enumerated() {
      let diffID = image.config?.diffIDs[number].digest
      table.add([
        layer.digest.short, diffID?.short ?? "", Human.size(layer.size), layer.mediaType.rawValue,
      ])
    }
    return Array((table.lines.joined(separator: "\n") + "\n").utf8)
  }

  private var head: [Field] {
    let config = image.config
    let count = image.manifest.layers.count
    return [
      Field("Name", image.names), Field("Image ID", config == nil ? [] : [image.id.description]),
      Field("Manifest", [image.descriptor.digest.description]),
      Field("Index", image.indexDigest.map { [$0.description] } ?? []),
      Field("Media type", [image.descriptor.mediaType.rawValue]),
      Field("Artifact type", artifactType.map { [$0] } ?? []),
      Field("Platform", image.platform.map { [$0.description] } ?? []),
      Field("Created", config?.created.map { [created($0)] } ?? []),
      Field("Author", config?.author.map { $0.isEmpty ? [] : [$0] } ?? []),
      Field("Size", ["\(Human.size(image.size)) in \(count) layer\(count == 1 ? "" : "s")"]),
    ]
  }

  private var artifactType: String? {
    image.manifest.artifactType?.rawValue
      ?? (image.config == nil ? image.manifest.config.mediaType.rawValue : nil)
  }

  private func created(_ text: String) -> String {
    guard let time = Timestamp(rfc3339: text) else { return text }
    return "\(time.dockerDescription)\(age(time).map { " (\($0))" } ?? "")"
  }

  /// `3 weeks ago`; nil where it is no time at which anything was made: reproducible builds say 1970.
  private func age(_ time: Timestamp) -> String? {
    guard time.seconds > 0, time <= now else { return nil }
    return Human.age(seconds: now.seconds - time.seconds) + " ago"
  }

  private func fields(of config: RunConfig) -> [Field] {
    [
      Field("Entrypoint", config.entrypoint.map { [words($0)] } ?? []),
      Field("Cmd", config.cmd.map { [words($0)] } ?? []),
      Field("Env", config.env), Field("Working dir", config.workingDir.isEmpty ? [] : [config.workingDir]),
      Field("User", config.user.isEmpty ? [] : [config.user]), Field("Ports", config.exposedPorts),
      Field("Volumes", config.volumes), Field("Labels", sorted(config.labels)),
      Field("Stop signal", config.stopSignal.map { [$0] } ?? []),
      Field("Healthcheck", config.healthcheck.map { [words($0.test)] } ?? []),
      Field("On build", config.onBuild), Field("Shell", config.shell.map { [words($0)] } ?? []),
    ]
  }

  /// A command as JSON, which shows where each argument ends.
  private func words(_ words: [String]) -> String {
    String(decoding: JSON.array(words.map(JSON.string)).encoded(), as: UTF8.self)
  }

  private func sorted(_ map: [String: String]) -> [String] {
    map.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  private var history: [String] {
    var table = Table(["LAYER", "CREATED", "CREATED BY", "SIZE"])
    for step in image.history.reversed() {
      let layer = step.layer.map { image.manifest.layers[$0] }
      let time = step.history?.created.flatMap { Timestamp(rfc3339: $0) }
      table.add([
        layer?.digest.short ?? "", time.flatMap(age) ?? "",
        (step.history?.createdBy ?? step.history?.comment ?? "").shortened, Human.size(layer?.size ?? 0),
      ])
    }
    return table.lines
  }
}

/// A heading and what stands behind it, a line each.
private struct Field {
  private let name: String
  private let values: [String]

  init(_ name: String, _ values: [String]) {
    self.name = name
    self.values = values
  }

  /// The lines of those that have values, aligned.
  static func lines(of fields: [Field]) -> [String] {
    let fields = fields.filter { !$0.values.isEmpty }
    let width = (fields.map(\.name.count).max() ?? 0) + 3
    return fields.flatMap { field in
      field.values.enumerated().map { number, value in
        let head = number == 0 ? field.name + ":" : ""
        return head + String(repeating: " ", count: width - head.count) + value.oneLine
      }
    }
  }
}

extension Digest {
  /// As much of it as people tell digests apart by.
  var short: String { String(hex.prefix(12)) }
}

extension String {
  /// What fits beside the other columns of a history, white space shrunk.
  fileprivate var shortened: String {
    let limit = 72
    let text = split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return text.count <= limit ? text : text.prefix(limit - 1) + "…"
  }
}
