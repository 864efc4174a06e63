import CommandLine
import Image
import System
import Transfer

/// The places that a command's operands name, each opened once: several operands may name images of one stream.
public final class Carriers {
  private let session: Session
  /// Where members of an archive wait if its order demands it.
  public let spool: Spool
  private var opened: [ImageOperand.Place: Carrier] = [:]

  /// Opens places as `session` sees them.
  ///
  /// - Parameter spool: where members of an archive wait if its order demands it; by default `$TMPDIR`.
  public init(_ session: Session, spool: Spool? = nil) throws(Failure) {
    self.session = session
    if let spool {
      self.spool = spool
    } else {
      self.spool = .directory(try session.environment.temporaryDirectory())
    }
  }

  /// The layout, archive or stream at `place`.
  public func open(_ place: ImageOperand.Place) throws(Failure) -> Carrier {
    if let carrier = opened[place] { return carrier }
    let carrier =
      switch place {
      case .standardInput:
        try Carrier.open(session.streams.inputStream(), name: "standard input", spool: spool)
      case .path(let path): try Carrier.open(path, spool: spool)
      case .defaultLayout: try Carrier.open(session.environment.defaultLayout(), spool: spool)
      }
    opened[place] = carrier
    return carrier
  }
}
