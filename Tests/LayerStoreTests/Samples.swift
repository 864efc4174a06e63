import Glibc
import Image
import LayerStore
import Overlay
import System
import Testing

extension LayerID {
  /// A layer whose digests are made of the digit, on top of what `chain` says.
  init(_ digit: Character, on chain: Character? = nil) {
    let diffID = Digest(.sha256, hex: String(repeating: digit, count: 64))!
    let chainID = chain.map {
      Digest(.sha256, hex: String(repeating: digit, count: 32) + String(repeating: $0, count: 32))!
    }
    self.init(diffID: DiffID(diffID), chainID: chainID ?? diffID)
  }
}

extension LayerID {
  /// A layer whose digest begins with `digits`.
  init(digits: String) {
    let hex = digits + String(repeating: "0", count: 64 - digits.utf8.count)
    let digest = Digest(.sha256, hex: hex)!
    self.init(diffID: DiffID(digest), chainID: digest)
  }
}

extension LayerForm {
  static let trusted = LayerForm.tree(.trusted, .mapped(.identity))
}

extension NewLayer {
  /// Puts a file in.
  func put(_ name: String, _ text: String = "x") throws {
    let file = try tree().open(name, O_WRONLY | O_CREAT, mode: 0o644)
    try file.write(Array(text.utf8))
  }
}

extension LayerCache {
  /// Makes `ids`, each with a file of its name.
  @discardableResult
  func make(_ ids: [LayerID], _ form: LayerForm = .trusted) throws -> [LayerID: StoredLayer] {
    let unpacking = try beginUnpacking(ids, form)
    for layer in unpacking.missing { try layer.put("file-\(layer.ids[0].diffID.digest.hex.prefix(1))") }
    return try publish(unpacking.missing, durably: false)
      .merging(unpacking.present) { new, _ in new }
  }
}

func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

extension LayerCache {
  /// What an option string calls a layer, relative to the store.
  func shortPath(_ layer: StoredLayer) throws -> String {
    try LayerChain([layer], in: self).lowerDirectories(.short, upper: true)[0]
  }
}
