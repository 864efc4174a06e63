import CommandLine
import Image
import System
import Transfer

/// The places that a command's operands name, each opened once: several operands may name images of one stream.
public final class Carriers {
  private let session: Session
  private var opened: [ImageOperand.Place: Carrier] = [:]

  /// Opens places as `session` sees them.
  public init(_ session: Session) { self.session = session }

  /// The layout, archive or stream at `place`.
  public func open(_ place: ImageOperand.Place) throws(Failure) -> Carrier {
    if let carrier = opened[place] { return carrier }
    let spool = try session.environment.temporaryDirectory()
    let carrier =
      switch place {
      case .standardInput:
        try Carrier.open(session.streams.inputStream(), name: "standard input", spoolDirectory: spool)
      case .path(let path): try Carrier.open(path, spoolDirectory: spool)
      case .defaultLayout: try Carrier.open(session.environment.defaultLayout(), spoolDirectory: spool)
      }
    opened[place] = carrier
    return carrier
  }
}
