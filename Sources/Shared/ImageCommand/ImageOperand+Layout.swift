import CommandLine
import Glibc
import Image
import Layout
import System
import Transfer

extension ImageOperand.Place {
  /// The layout here, whose names are to be changed.
  ///
  /// - Throws: `usage` where it is a stream or an archive, with the way out.
  public func layout(in session: Session) throws(Failure) -> LayoutDirectory {
    let path: String
    switch self {
    case .standardInput: throw Self.noLayout("standard input", "cat FILE | img-load -o LAYOUT")
    case .defaultLayout: path = try session.environment.defaultLayout()
    case .path(let given): path = given
    }
    do { return try LayoutDirectory.open(path) } catch {
      guard error.errno?.rawValue == ENOTDIR, ImageOperand.exists(path) else { throw error }
      throw Self.noLayout(path, "img-load -i \(path) -o LAYOUT")
    }
  }

  private static func noLayout(_ name: String, _ load: String) -> Failure {
    Failure(.usage, name, "is no layout, and only a layout's names can be changed; use '\(load)' first")
  }
}

extension ImageSelector {
  /// The entry of `index` that is meant; an image whose manifest can't be read has no ID to be meant by.
  public func resolve(in index: Index, of layout: LayoutDirectory) throws(Failure) -> Descriptor {
    let carrier = Carrier(layout, index)
    do {
      return try resolve(in: index) { (entry) throws(Failure) in try? carrier.imageID(of: entry) }
    } catch { throw error.about(layout.path) }
  }
}
