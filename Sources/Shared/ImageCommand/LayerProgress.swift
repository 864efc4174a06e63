import CommandLine
import Image
import System
import Transfer

/// Shows how the layers of a copy come along, in Docker's words.
public final class LayerProgress: TransferObserver {
  private let display: ProgressDisplay
  private let words: Words
  private let begun = Monitor<Set<Digest>>([])

  /// What is said of a layer.
  public struct Words: Sendable {
    /// It has not begun.
    public var waiting: String
    /// It moves.
    public var moving: String
    /// It has arrived.
    public var done: String
    /// It was there.
    public var present: String

    /// These words; those of a pull where nothing is said.
    public init(
      waiting: String = "Pulling fs layer", moving: String, done: String, present: String = "Already exists"
    ) {
      self.waiting = waiting
      self.moving = moving
      self.done = done
      self.present = present
    }
  }

  /// Shows layers on `display`.
  public init(_ display: ProgressDisplay, _ words: Words) {
    self.display = display
    self.words = words
  }

  /// Shows layers on `display`.
  ///
  /// - Parameters:
  ///   - moving: what is done with a layer: `Downloading`.
  ///   - done: what it is then: `Pull complete`.
  public convenience init(_ display: ProgressDisplay, moving: String, done: String) {
    self.init(display, Words(moving: moving, done: done))
  }

  /// A layer gets its row.
  public func expects(_ descriptor: Descriptor) {
    if descriptor.isShown { display.add(descriptor.digest, size: descriptor.size, state: words.waiting) }
  }

  /// A layer need not be moved.
  public func present(_ descriptor: Descriptor) {
    if descriptor.isShown { display.addFinished(descriptor.digest, words.present) }
  }

  /// A layer moves on.
  public func advanced(_ descriptor: Descriptor, by bytes: Int) {
    guard descriptor.isShown else { return }
    if begun.update({ $0.insert(descriptor.digest).inserted }) {
      display.state(descriptor.digest, words.moving)
    }
    display.advance(descriptor.digest, bytes)
  }

  /// A layer has arrived.
  public func completed(_ descriptor: Descriptor) {
    if descriptor.isShown { display.finish(descriptor.digest, words.done) }
  }

  /// A layer came from another repository of the same registry.
  public func mounted(_ descriptor: Descriptor, from repository: String) {
    if descriptor.isShown { display.finish(descriptor.digest, "Mounted from \(repository)") }
  }
}

extension Descriptor {
  /// Configs are no layers, and people are shown layers.
  fileprivate var isShown: Bool { !mediaType.isConfig }
}
