import Build
import CommandLine
import Image
import ImageCommand
import Layout
import System
import Transfer

/// `--cache-from` and `--cache-to`: the steps of builds, taken from and left at layouts and registries.
struct CacheExchange {
  let session: Session
  /// `--insecure`.
  let insecure: [String]
  let cache: BuildCache

  /// What the image of steps is called in a layout where nothing else is said.
  private static let name = "build-cache"

  private enum Place {
    case layout(String, name: Reference)
    case registry(String)
  }

  /// Takes the steps that are at `places`; where there are none, the build does without.
  func fetch(_ places: [String]) throws(Failure) {
    for text in places {
      do throws(Failure) {
        let count: Int
        switch try Self.place(text, session) {
        case .layout(let path, let name):
          let carrier = try Carriers(session).open(.path(path))
          let entry = try carrier.select(.name(name.fullName))
          count = try CacheImage.add(entry, in: carrier.source, to: cache)
        case .registry(let reference):
          let line = try RegistryPrograms(session: session, insecure: insecure)
            .pull(reference, .host, to: cache.images.path)
          let carrier = try Carrier(cache.images, cache.images.index())
          let entry = try carrier.select(ImageOperand(parsing: line).selector)
          count = try CacheImage.add(entry, in: carrier.source, to: cache)
        }
        session.diagnostics.verbose("--cache-from \(text): \(count) steps")
      } catch {
        guard error.kind != .usage else { throw error }
        session.diagnostics.warning("--cache-from \(text): \(error.subject): \(error.problem)")
      }
    }
  }

  /// Leaves the steps that `image` has at `places`.
  func leave(_ image: AssembledImage, at places: [String]) throws(Failure) {
    for text in places {
      switch try Self.place(text, session) {
      case .layout(let path, let name):
        try copy(image, to: LayoutDirectory.openOrCreate(path), as: name)
      case .registry(let reference):
        try copy(image, to: cache.images, as: nil)
        try RegistryPrograms(session: session, insecure: insecure)
          .push("\(cache.images.path)@\(image.entry.digest)", to: reference)
      }
    }
  }

  private func copy(_ image: AssembledImage, to layout: LayoutDirectory, as name: Reference?) throws(Failure)
  {
    let entry = name.map { image.entry.named($0) } ?? image.entry
    try ImageCopy(to: LayoutDestination(layout, observer: nil, durably: true), absence: .refused)
      .run([ImageCopy.Item(entry, from: image, called: "steps")])
  }

  /// A registry's reference begins with a host, as `docker.io/` or `localhost:5000/`; all else is a layout.
  private static func place(_ text: String, _ session: Session) throws(Failure) -> Place {
    let host = text.prefix { $0 != "/" }
    let isHost = host.contains(".") || host.contains(":") || host == "localhost"
    if text.contains("/"), isHost, !host.hasPrefix("."), !ImageOperand.exists(text) {
      return .registry(text)
    }
    let target = try OutputTarget(parsing: text)
    return .layout(
      try target.layout(in: session.environment), name: try Self.name(target))
  }

  private static func name(_ target: OutputTarget) throws(Failure) -> Reference {
    if let name = target.name { return name }
    return try Reference(parsing: name)
  }
}
