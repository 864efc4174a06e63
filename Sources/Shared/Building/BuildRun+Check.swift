import CommandLine
import Dockerfile
import System

extension BuildRun {
  /// `--check`.
  public func check(_ operand: String) throws(Failure) {
  }

  /// Says what could be better.
  func warn(_ dockerfile: Dockerfile, _ context: ContextSource) throws(Failure) {
  }
}
