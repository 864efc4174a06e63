import LayerStore
import Image
import System

/// A stage as far as it is built.
struct StageState: Sendable {
  /// The configuration so far.
  var configuration: ImageConfiguration
  /// The layers so far, the base first.
  var layers: [BuiltLayer] = []
  /// How many of them are the base image's.
  var baseCount = 0
  /// ARGs.
  var scope: BuildScope
  /// That it is built for.
  var platform: Platform
  /// Whether CMD was said in this stage: ENTRYPOINT takes away what the base said.
  var hasCommand = false

  /// The digest of all files so far (image-spec, config.md, Layer ChainID); of nothing where there are none.
  var chain: Digest { layers.last?.id.chainID ?? .of([]) }

  /// The value of a variable.
  subscript(name: String) -> String? {
    configuration.variables.last { $0.name == name }?.value ?? scope[name]
  }

  /// The ARGs that RUN finds in its environment.
  var arguments: [(name: String, value: String)] {
    let set = Set(configuration.variables.map(\.name))
    return scope.environment.filter { !set.contains($0.name) }
  }

  /// The shell of instructions in shell form.
  var shell: [String] { configuration.list("Shell") ?? ["/bin/sh", "-c"] }

  /// The working directory.
  var workingDirectory: String {
    let text = configuration["WorkingDir"]?.string ?? ""
    return text.isEmpty ? "/" : text
  }

  /// The user.
  var user: String { configuration["User"]?.string ?? "" }

  /// The image as it is now.
  var image: AssembledImage { AssembledImage(configuration, layers) }

  /// The layer of `diffID` on what is there.
  func id(_ diffID: DiffID) -> LayerID {
    guard let below = layers.last?.id.chainID else { return LayerID(diffID: diffID, chainID: diffID.digest) }
    return LayerID(diffID: diffID, chainID: .of(Array("\(below) \(diffID.digest)".utf8)))
  }

  /// Puts a layer on top.
  mutating func add(_ layer: BuiltLayer) {
    layers.append(layer)
    configuration.diffIDs.append(layer.id.diffID)
  }
}
