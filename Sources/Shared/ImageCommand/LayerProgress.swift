import CommandLine
import Image
import System
import Transfer

/// Shows how the layers of a copy come along, in Docker's words.
public final class LayerProgress: TransferObserver {
  private let display: ProgressDisplay
  private let moving: String
  private let done: String
  private let begun = Monitor<Set<Digest>>([])

  /// Shows layers on `display`.
  ///
  /// - Parameters:
  ///   - moving: what is done with a layer: `Downloading`.
  ///   - done: what it is then: `Pull complete`.
  public init(_ display: ProgressDisplay, moving: String, done: String) {
    self.display = display
    self.moving = moving
    self.done = done
  }

  /// A layer gets its row.
  public func expects(_ descriptor: Descriptor) {
    if descriptor.isShown { display.add(descriptor.digest, size: descriptor.size, state: "Pulling fs layer") }
  }

  /// A layer need not be moved.
  public func present(_ descriptor: Descriptor) {
    if descriptor.isShown { display.addFinished(descriptor.digest, "Already exists") }
  }

  /// A layer moves on.
  public func advanced(_ descriptor: Descriptor, by bytes: Int) {
    guard descriptor.isShown else { return }
    if begun.update({ $0.insert(descriptor.digest).inserted }) { display.state(descriptor.digest, moving) }
    display.advance(descriptor.digest, bytes)
  }

  /// A layer has arrived.
  public func completed(_ descriptor: Descriptor) {
    if descriptor.isShown { display.finish(descriptor.digest, done) }
  }
}

extension Descriptor {
  /// Configs are no layers, and people are shown layers.
  fileprivate var isShown: Bool { !mediaType.isConfig }
}
