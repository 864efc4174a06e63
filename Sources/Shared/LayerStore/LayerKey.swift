import Image

/// The name of a layer's directory within its form.
struct LayerKey: Hashable, Comparable, CustomStringConvertible {
  /// The name: `sha256-HEX` or `chain-sha256-HEX`.
  let description: String

  private static let chain = "chain-"

  private init(_ digest: Digest, prefix: String = "") {
    description = "\(prefix)\(digest.algorithm.rawValue)-\(digest.hex)"
  }

  /// Of a layer that is the same on top of whatever it lies.
  static func independent(_ id: LayerID) -> LayerKey { LayerKey(id.diffID.digest) }

  /// Of a layer that took something from those below it.
  static func dependent(_ id: LayerID) -> LayerKey { LayerKey(id.chainID, prefix: chain) }

  /// The key of that name; nil if it is none.
  init?(_ name: String) {
    let digest = name.hasPrefix(Self.chain) ? name.dropFirst(Self.chain.count) : name[...]
    let parts = digest.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, Digest("\(parts[0]):\(parts[1])") != nil else { return nil }
    description = name
  }

  static func < (one: LayerKey, other: LayerKey) -> Bool { one.description < other.description }
}
