import Glibc
import Image
import Layout
import System
import TestSupport
import Verification

/// What a reader finds who looks at everything in a layout.
struct LayoutCheck {
  /// The digest of each named image.
  var names: [String: Digest] = [:]
  /// The media types seen below the entries.
  var mediaTypes: Set<MediaType> = []
  var blobs: Set<Digest> = []

  /// Reads every entry of the index and every blob below it.
  init(_ path: String) throws {
    let layout = try LayoutDirectory.open(path)
    for entry in try layout.index().manifests {
      if let name = entry.imageName { names[name] = entry.digest }
      try visit(entry, layout)
    }
  }

  private mutating func visit(_ descriptor: Descriptor, _ layout: LayoutDirectory) throws {
    guard blobs.insert(descriptor.digest).inserted else { return }
    mediaTypes.insert(descriptor.mediaType)
    let bytes = try VerifiedReader(descriptor, layout.bytes(of: descriptor)).readAll()
    if descriptor.mediaType.isIndex {
      for entry in try Index(raw: bytes, mediaType: descriptor.mediaType).manifests {
        try visit(entry, layout)
      }
    } else if descriptor.mediaType.isManifest {
      let manifest = try Manifest(raw: bytes, mediaType: descriptor.mediaType)
      for blob in [manifest.config] + manifest.layers { try visit(blob, layout) }
    }
  }

  /// What is wrong with the files of a layout, named or not: nothing in `blobs/` is ever half-written.
  static func strays(_ path: String) throws -> [String] {
    var strays: [String] = []
    let known: Set = ["oci-layout", "index.json", "blobs", ".partial"]
    strays += ((try? Scratch.names(path)) ?? []).filter { !known.contains($0) }
    for algorithm in (try? Scratch.names("\(path)/blobs")) ?? [] {
      for hex in try Scratch.names("\(path)/blobs/\(algorithm)") {
        let bytes = try contents("\(path)/blobs/\(algorithm)/\(hex)")
        let digest = Digest("\(algorithm):\(hex)")
        if digest == nil || digest != .of(bytes, by: digest!.algorithm) {
          strays.append("blobs/\(algorithm)/\(hex)")
        }
      }
    }
    return strays
  }

  static func partials(_ path: String) -> [String] { (try? Scratch.names("\(path)/.partial")) ?? [] }
}

extension Command {
  static let probe = built("layout-probe")
}
