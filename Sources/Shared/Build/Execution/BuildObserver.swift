import Image

/// What is told of a build while it goes on.
public enum BuildEvent: Sendable {
  /// A step begins: its number among all, how many there are, the instruction.
  case step(Int, of: Int, String)
  /// Instructions that the base wants to be executed come next.
  case triggers(Int)
  /// What the step makes was there already.
  case cached
  /// Why it was not.
  case missed(String)
  /// A RUN wrote this.
  case output([UInt8])
  /// The image as it is after the step; its ID.
  case image(Digest)
  /// What the user should know.
  case notice(String)
  /// Nothing more comes from this stage.
  case ended
}

/// Who is told; by several threads at once.
public protocol BuildObserver: Sendable {
  /// Something happened in a stage; may wait, for the turn of that stage say.
  func happened(_ event: BuildEvent, in stage: Int)
}
