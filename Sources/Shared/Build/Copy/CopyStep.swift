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

  let appearance: CopyAppearance
  let destination: CopyDestination
  /// What goes into the directory that the destination is.
  private(set) var parts: [CopyWalk.Part] = []
  /// What becomes the destination itself.
  private(set) var file: CopiedFile?
  /// What the files were when the digest was made.
  private var state: Int?

  /// A copy of the instruction's sources out of `tree`; its words are expanded.
  ///
  /// - Throws: `notFound` for a source or an owner that does not exist; `invalid` for wrong options; `failed` where
  ///   something of another kind is in the way.
  init(_ instruction: CopyInstruction, from tree: FileTree, in surroundings: Surroundings) throws(Failure) {
    var mode: FileMode?
    if let text = instruction.chmod, !text.isEmpty { mode = try FileMode(text) }
    var owner: (UInt32, UInt32)?
    if let text = instruction.chown, !text.isEmpty { owner = try Self.owner(text, in: surroundings.view) }
    appearance = CopyAppearance(owner: owner, mode: mode, now: surroundings.now, latest: surroundings.latest)
    destination = try CopyDestination(
      instruction.destination, from: surroundings.workingDirectory,
      in: instruction.isLinked ? nil : surroundings.view)
    let selection = try CopySelection(in: tree, excluding: instruction.excludes)
    var sources: [CopiedSource] = []
    for source in instruction.sources {
      switch source {
      case .heredoc(let document):
        sources.append(.file(try Self.file(document)))
      case .path(let text):
        sources += try instruction.keepsParents ? selection.sourcesWithParents(text) : selection.sources(text)
      }
    }
    try place(sources)
  }

  private static func file(_ document: Heredoc) throws(Failure) -> CopiedFile {
    guard let name = FileName(Array(document.name.utf8)), !document.name.contains("/") else {
      throw Failure(.invalid, document.name.oneLine, "not a name for a file")
    }
    return CopiedFile(name: name, content: .bytes(Array(document.content.utf8)))
  }

  /// Decides for each source whether it goes into the destination or becomes it.
  private func place(_ sources: [CopiedSource]) throws(Failure) {
    var state = destination.place
    for (index, source) in sources.enumerated() {
      switch (source, state) {
      case (.directory, .file): throw wrong("cannot copy to non-directory")
      case (.directory, _): state = .directory
      case (.file, .directory): break
      case (.file(let file), _):
        guard self.file == nil else {
          throw wrong(
            "with more than one source file the destination must be a directory and end with a /")
        }
        self.file = file
        state = .file
        continue
      }
      parts.append(CopyWalk.Part(source: index, content: source))
    }
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
    let walk = CopyWalk(appearance, output)
    if let file { try walk.copy(file, to: destination.path) }
    if !parts.isEmpty { try walk.walk(parts, into: destination.path, onto: destination.directory) }
    let state = walk.state
    if let before = self.state, before != state {
      throw Failure(.failed, "build context", "files changed while they were copied")
    }
    self.state = state
  }
}
