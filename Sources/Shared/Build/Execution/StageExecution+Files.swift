import Container
import Dockerfile
import Glibc
import Image
import LayerStore
import Overlay
import System

// Instructions that make layers: WORKDIR, COPY, ADD.
extension StageExecution {
  /// WORKDIR: the directory, made if it is missing.
  func makeWorkingDirectory(_ text: String, _ origin: String) throws(Failure) {
    guard let path = ContainerPath(text.hasPrefix("/") ? text : "\(state.workingDirectory)/\(text)") else {
      throw Failure(.failed, text.oneLine, "is no path")
    }
    state.configuration["WorkingDir"] = .string(path.description)
    try layerStep([StepKey(of: "workdir", on: state.chain, [path.description, state.user])], origin) {
      () throws(Failure) in
      let destination = try CopyDestination(path.description + "/", from: "/", in: view())
      guard destination.directory == nil, !destination.path.isEmpty else { return nil }
      var appearance = CopyAppearance(now: build.time, latest: build.request.sourceDate)
      if !state.user.isEmpty { appearance.owner = try CopyStep.owner(state.user, in: view()) }
      return try build.writer.write(on: layerTrees(), name: origin) { (tar) throws(Failure) in
        let place = CopyDestination.Step(path: destination.path, directory: nil)
        for step in destination.steps + [place] {
          var header = appearance.madeDirectory(step.path, time: nil)
          if let directory = step.directory {
            do throws(Errno) { header = try appearance.keptDirectory(step.path, directory) } catch {
              throw error.failure(origin)
            }
          }
          try tar.member(header)
        }
      }
    }
  }

  /// COPY and ADD.
  func copyFiles(_ copy: CopyInstruction, _ origin: String, adds: Bool) throws(Failure) {
    if adds { try AddedSources.check(copy) }
    let (addresses, hasPaths) = try Self.kinds(copy, adds: adds)
    let files =
      hasPaths ? try build.files(copy.from, before: index, platform: state.platform) : nil
    // What comes of the same files, by the same words, on the same ground need not be looked at again.
    var known: StepKey?
    if let identity = try build.identity(of: files, addresses, copy.checksum) {
      let parts = [adds ? "add" : "copy", String(reflecting: copy), state.workingDirectory] + identity
      known = StepKey(of: "copy", on: state.chain, parts)
    }
    if let known, build.record(of: known) != nil {
      return try layerStep([known], origin) { () throws(Failure) in nil }
    }
    var surroundings = CopyStep.Surroundings()
    surroundings.view = try view()
    surroundings.workingDirectory = state.workingDirectory
    surroundings.now = build.time
    surroundings.latest = build.request.sourceDate
    let added = adds ? try build.fetch(addresses, copy) : nil
    // With them go the directories in which repositories lie.
    try withExtendedLifetime(added) { () throws(Failure) in
      let step = try CopyStep(copy, from: files?.tree(), in: surroundings, adding: added)
      try make(step, of: copy, known, origin)
    }
  }

  /// Which addresses are among the sources, and whether paths are.
  private static func kinds(
    _ copy: CopyInstruction, adds: Bool
  ) throws(Failure) -> (addresses: [(String, AddedSources.Address)], hasPaths: Bool) {
    var addresses: [(String, AddedSources.Address)] = []
    var hasPaths = copy.from != nil
    for case .path(let text) in copy.sources {
      if adds, let address = try AddedSources.address(text) {
        addresses.append((text, address))
      } else {
        hasPaths = true
      }
    }
    return (addresses, hasPaths)
  }

  private func make(
    _ step: CopyStep, of copy: CopyInstruction, _ known: StepKey?, _ origin: String
  ) throws(Failure) {
    let content = Monitor<[(path: [UInt8], digest: Digest)]>([])
    // What a pattern matches depends on the names beside it.
    if copy.from == nil {
      for case .path(let text) in copy.sources where PathPattern.hasWildcards(text.utf8) {
        let parents = text.split(separator: "/").prefix { !PathPattern.hasWildcards($0.utf8) }
        build.noteRead(Array(parents.joined(separator: "/").utf8))
      }
    }
    let digest = try step.digest(
      build.places.cache.files,
      { [build] (entry) throws(Failure) in
        // No more is ever told of it.
        content.update { if $0.count <= ContentListing.most { $0.append((entry.path, entry.digest)) } }
        if copy.from == nil, let source = entry.source { build.noteRead(source) }
      }, listed: build.noteRead)
    // A linked copy is the same on top of anything.
    let ground = copy.isLinked ? Digest.of([]) : state.chain
    // What is copied says nothing of directories on the way, which have owner and mode, too.
    let key = StepKey(
      of: "copy", on: ground,
      [
        digest.description, copy.isLinked ? "link" : "", state.workingDirectory, copy.destination,
        copy.chown ?? "", copy.chmod ?? "",
      ])
    try layerStep(
      [key, known].compactMap { $0 }, origin,
      content: { content.update { ContentListing($0) } }
    ) { () throws(Failure) in
      try build.writer.write(on: layerTrees(), name: origin) { (tar) throws(Failure) in
        try step.write(to: tar)
      }
    }
  }
}
