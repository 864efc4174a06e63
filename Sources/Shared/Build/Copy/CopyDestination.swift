import Overlay
import System

/// Where in an image something is copied to: the path with its links followed, and what is there.
///
/// Links are followed within the image, as a process in it would; what is missing is thought to be there.
struct CopyDestination {
  /// A directory on the way.
  struct Step {
    /// Its path from the root, without a slash at either end; empty for the root.
    let path: [UInt8]
    /// What is there; nil where nothing is.
    let directory: OverlayDirectory?
  }

  /// What is there.
  enum Place {
    case missing
    case file
    case directory
  }

  /// The directories above the place, without the root.
  let steps: [Step]
  /// The path of the place.
  let path: [UInt8]
  /// What is there before the copy; a directory where the text says so.
  let place: Place
  /// The directory that is there.
  let directory: OverlayDirectory?

  /// How many links are followed (path_resolution(7)).
  private static let linkLimit = 40

  /// Where `text` leads from the working directory.
  ///
  /// - Parameters:
  ///   - view: the files of the image; nil where they don't matter.
  /// - Throws: `failed` where a file is in the place of a directory.
  init(_ text: String, from workingDirectory: String, in view: OverlayDirectory?) throws(Failure) {
    let slash = UInt8(ascii: "/")
    let bytes = Array(text.utf8)
    let isAbsolute = bytes.first == slash
    let names = CopySelection.names(isAbsolute ? text : workingDirectory + "/" + text)
    let last = bytes.split(separator: slash, omittingEmptySubsequences: false).last.map(Array.init) ?? []
    let saysDirectory = [[], Array(".".utf8), Array("..".utf8)].contains(last)

    var way = [Step(path: [], directory: view)]
    var file: [UInt8]?
    var rest = names[...]
    var links = 0
    while let name = rest.popFirst() {
      if name == Array("..".utf8) {
        if way.count > 1 { way.removeLast() }
        continue
      }
      let above = way[way.count - 1]
      let path = above.path.isEmpty ? name : above.path + [slash] + name
      let found = try Self.look(name, in: above, path)
      switch found {
      case .none: way.append(Step(path: path, directory: nil))
      case .directory(let directory): way.append(Step(path: path, directory: directory))
      case .file:
        guard rest.isEmpty, !saysDirectory else { throw Self.notDirectory(path) }
        file = path
      case .link(let target):
        links += 1
        guard links <= Self.linkLimit else { throw Self.wrong(path, "too many levels of symbolic links") }
        if target.first == slash { way.removeSubrange(1...) }
        let more = target.split(separator: slash).map { Array($0) }
        rest = more.filter { $0 != Array(".".utf8) }[...] + rest
      }
    }
    self.init(way, file, saysDirectory)
  }

  private init(_ way: [Step], _ file: [UInt8]?, _ saysDirectory: Bool) {
    let last = way[way.count - 1]
    path = file ?? last.path
    directory = file == nil ? last.directory : nil
    if file != nil {
      place = .file
    } else if last.directory != nil || saysDirectory || way.count == 1 {
      place = .directory
    } else {
      place = .missing
    }
    steps = Array(way.dropFirst().dropLast(file == nil ? 1 : 0))
  }

  private enum Found {
    case none
    case directory(OverlayDirectory)
    case file
    case link([UInt8])
  }

  private static func look(_ bytes: [UInt8], in step: Step, _ path: [UInt8]) throws(Failure) -> Found {
    guard let directory = step.directory, let name = FileName(bytes) else { return .none }
    do throws(Errno) {
      guard let entry = try directory.entry(name) else { return .none }
      switch entry.status.kind {
      case .symlink: return .link(try entry.place.target(of: entry.name).bytes)
      case .directory: return try directory.directory(name).map { .directory($0) } ?? .none
      default: return .file
      }
    } catch { throw error.failure("/" + String(decoding: path, as: UTF8.self).oneLine) }
  }

  private static func notDirectory(_ path: [UInt8]) -> Failure { wrong(path, "not a directory") }

  private static func wrong(_ path: [UInt8], _ problem: String) -> Failure {
    Failure(.failed, "/" + String(decoding: path, as: UTF8.self).oneLine, problem)
  }
}
