import Archive
import Container
import Dockerfile
import Image
import Overlay
import System

/// What a COPY or an ADD does: finds the sources, tells what they are, and writes them as a layer's tar.
///
/// Sources, names, owners and permissions are BuildKit's, with these exceptions: sockets are left out; times are whole
/// seconds; several files that would get one name are an error.
final class CopyStep {
  /// Where it happens.
  struct Surroundings {
    /// The files of the stage so far; nil where there are none.
    var view: OverlayDirectory?
    /// WORKDIR.
    var workingDirectory = "/"
    /// The time of what is made for the copy, seconds since 1970.
    var now: Int64 = 0
    /// SOURCE_DATE_EPOCH: what is later gets this time.
    var latest: Int64?
  }

  /// What goes into the directory that the destination is.
  enum Content {
    /// Sources that are copied.
    case copies([CopyWalk.Part])
    /// One that is taken apart.
    case archive(AddedArchive)
  }

  let appearance: CopyAppearance
  let destination: CopyDestination
  /// What goes into the directory that the destination is, one after the other.
  private(set) var contents: [Content] = []
  /// What becomes the destination itself.
  private(set) var file: CopiedFile?
  /// What the files were when the digest was made.
  private var state: Int?

  /// A copy of the instruction's sources out of `tree`, nil where there are no files; its words are expanded.
  ///
  /// - Parameter added: what ADD fetched; nil for COPY, which takes no archives apart.
  /// - Throws: `notFound` for a source or an owner that does not exist; `invalid` for wrong options; `failed` where
  ///   something of another kind is in the way.
  init(
    _ instruction: CopyInstruction, from tree: FileTree?, in surroundings: Surroundings,
    adding added: AddedSources? = nil
  ) throws(Failure) {
    var mode: FileMode?
    if let text = instruction.chmod, !text.isEmpty { mode = try FileMode(text) }
    var owner: (UInt32, UInt32)?
    if let text = instruction.chown, !text.isEmpty { owner = try Self.owner(text, in: surroundings.view) }
    appearance = CopyAppearance(owner: owner, mode: mode, now: surroundings.now, latest: surroundings.latest)
    destination = try CopyDestination(
      instruction.destination, from: surroundings.workingDirectory,
      in: instruction.isLinked ? nil : surroundings.view)
    let selection = try tree.map { (tree) throws(Failure) in
      try CopySelection(in: tree, excluding: instruction.excludes)
    }
    var index = 0
    for source in instruction.sources {
      for found in try Self.find(source, instruction, selection, added) {
        try place(found.source, index, unpacks: added != nil && instruction.unpacks ?? found.isLocal)
        index += 1
      }
    }
  }

  /// What a source is, and whether it was found in the tree.
  private static func find(
    _ source: CopySource, _ instruction: CopyInstruction, _ selection: CopySelection?, _ added: AddedSources?
  ) throws(Failure) -> [(source: CopiedSource, isLocal: Bool)] {
    switch source {
    case .heredoc(let document): return [(.file(try file(document)), false)]
    case .path(let text):
      if let fetched = try added?.source(text, instruction) { return [(fetched, false)] }
      guard let selection else { preconditionFailure("no files to find paths in") }
      let found = try instruction.keepsParents ? selection.sourcesWithParents(text) : selection.sources(text)
      return found.map { ($0, true) }
    }
  }

  private static func file(_ document: Heredoc) throws(Failure) -> CopiedFile {
    guard let name = FileName(Array(document.name.utf8)), !document.name.contains("/") else {
      throw Failure(.failed, document.name.oneLine, "not a name for a file")
    }
    return CopiedFile(name: name, content: .bytes(Array(document.content.utf8)))
  }

  /// Decides for a source whether it goes into the destination or becomes it.
  private func place(_ source: CopiedSource, _ index: Int, unpacks: Bool) throws(Failure) {
    let isDirectory = !contents.isEmpty || destination.place == .directory
    switch source {
    case .directory: try checkDirectory()
    case .file(let file):
      if unpacks, let archive = try AddedArchive(file) {
        try checkDirectory()
        return contents.append(.archive(archive))
      }
      if !isDirectory {
        guard self.file == nil else {
          throw wrong(
            "with more than one source file the destination must be a directory and end with a /")
        }
        self.file = file
        return
      }
      if file.name.count == 0 {
        throw wrong(
          "the address has no name for a file in a directory: the destination has to be a file's name")
      }
    }
    let part = CopyWalk.Part(source: index, content: source)
    if case .copies(var parts)? = contents.last {
      contents.removeLast()
      parts.append(part)
      contents.append(.copies(parts))
    } else {
      contents.append(.copies([part]))
    }
  }

  /// Makes sure that the destination can be a directory.
  private func checkDirectory() throws(Failure) {
    if file != nil || destination.place == .file { throw wrong("cannot copy to non-directory") }
  }

  private func wrong(_ problem: String) -> Failure {
    Failure(.failed, "/" + String(decoding: destination.path, as: UTF8.self).oneLine, problem)
  }

  /// Who `USER[:GROUP]` is in the image: a number alone is the group's, too, as everywhere with `--chown`.
  static func owner(_ text: String, in view: OverlayDirectory?) throws(Failure) -> (UInt32, UInt32) {
    let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    let accounts = try view.map { (view) throws(Failure) in try Accounts(in: .layers(view)) }
    let identity = try Identity(
      isNumber ? "\(text):\(text)" : text, in: accounts ?? Accounts(passwd: [], group: []))
    return (identity.user, identity.group)
  }

  /// Goes through all that is copied, directories that are there only to hold it excepted.
  ///
  /// - Throws: `failed` where it is not what it was the last time.
  func walk(_ output: any CopyOutput) throws(Failure) {
    var trace = Hasher()
    if let file {
      let walk = CopyWalk(appearance, output)
      try walk.copy(file, to: destination.path)
      trace.combine(walk.state)
    }
    for content in contents {
      guard case .copies(let parts) = content else { continue }
      let walk = CopyWalk(appearance, output)
      try walk.walk(parts, into: destination.path, onto: destination.directory)
      trace.combine(walk.state)
    }
    let state = trace.finalize()
    if let before = self.state, before != state {
      throw Failure(.failed, "build context", "files changed while they were copied")
    }
    self.state = state
  }
}
