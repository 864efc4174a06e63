import Build
import CommandLine
import Image
import ImageCommand
import Layout
import System
import Transfer

/// Where FROM and `--from` find images: `--build-context`, the layout that is built into, the default layout, what
/// earlier builds pulled, the registry.
final class FoundImages: BaseImages {
  private struct Wanted: Hashable {
    let name: String
    let platform: Platform
  }

  private struct State {
    var found: [Wanted: BaseImage] = [:]
    var carriers: [String: Carrier] = [:]
  }

  private let session: Session
  private let options: CacheOptions
  /// `--build-context` that are images.
  private let contexts: [String: ImageOperand]
  /// `--build-context` that are other names.
  private let aliases: [String: String]
  /// Layouts that are looked through, in order.
  private let layouts: [String]
  /// Where pulled images are kept.
  private let pulled: LayoutDirectory
  /// Whoever has it looks; others wait, and find what it found.
  private let state = Monitor(State())

  init(
    _ session: Session, _ options: CacheOptions, contexts: [String: ImageOperand], aliases: [String: String],
    layouts: [String], pulled: LayoutDirectory
  ) {
    self.aliases = aliases
    self.session = session
    self.options = options
    self.contexts = contexts
    self.layouts = layouts
    self.pulled = pulled
  }

  func find(_ name: String, _ platform: Platform) throws(Failure) -> BaseImage {
    try state.update { state throws(Failure) in
      let wanted = Wanted(name: name, platform: platform)
      if let found = state.found[wanted] { return found }
      let found = try look(for: name, platform, &state)
      state.found[wanted] = found
      return found
    }
  }

  private func look(
    for name: String, _ platform: Platform, _ state: inout State, followsAliases: Bool = true
  ) throws(Failure) -> BaseImage {
    if followsAliases, let other = aliases[name.lowercased()] {
      return try look(for: other, platform, &state, followsAliases: false).named(name)
    }
    if let operand = contexts[name.lowercased()] {
      return try image(operand, platform, &state).named(name)
    }
    let reference: Reference
    do { reference = try Reference(parsing: name) } catch {
      throw Failure(.failed, name.oneLine, error.problem)
    }
    if options.pull, reference.digest == nil { return try pull(name, platform) }
    for layout in layouts + [pulled.path] where ImageOperand.exists(layout) {
      let carrier = try open(.path(layout), &state)
      // Other tools may have written the tag where none is said.
      for text in [name, reference.familiarName] {
        do throws(Failure) {
          let entry = try carrier.select(text.selector)
          return BaseImage(
            try carrier.source.manifest(for: platform, of: entry), in: carrier.source, name: name)
        } catch { guard error.kind == .notFound else { throw error } }
      }
    }
    return try pull(name, platform)
  }

  private func image(
    _ operand: ImageOperand, _ platform: Platform, _ state: inout State
  ) throws(Failure) -> BaseImage {
    let carrier = try open(operand.place, &state)
    let entry = try carrier.select(operand.selector)
    return BaseImage(
      try carrier.source.manifest(for: platform, of: entry), in: carrier.source, name: carrier.name)
  }

  private func open(_ place: ImageOperand.Place, _ state: inout State) throws(Failure) -> Carrier {
    let key = "\(place)"
    if let carrier = state.carriers[key] { return carrier }
    let carrier = try Carriers(session).open(place)
    // Layers are read more than once, by several threads.
    try (carrier.source as? ArchiveSource)?.settle()
    state.carriers[key] = carrier
    return carrier
  }

  private func pull(_ name: String, _ platform: Platform) throws(Failure) -> BaseImage {
    let line = try RegistryPrograms(session: session, insecure: options.insecure)
      .pull(name, platform, to: pulled.path)
    let carrier = try Carrier(pulled, pulled.index())
    let operand = try ImageOperand(parsing: line)
    return BaseImage(try carrier.select(operand.selector), in: carrier.source, name: name)
  }
}

extension String {
  /// `NAME` or `NAME@DIGEST`.
  fileprivate var selector: ImageSelector {
    guard let at = lastIndex(of: "@"), let digest = Digest(self[index(after: at)...]) else {
      return .name(self)
    }
    return .nameAtDigest(String(self[..<at]), digest)
  }
}

extension BaseImage {
  fileprivate func named(_ name: String) -> BaseImage { BaseImage(entry, in: source, name: name) }
}
