import Dockerfile
import Image
import System

extension StageExecution {
  /// WORKDIR: the directory, made if it is missing.
  func makeWorkingDirectory(_ path: String, _ text: String) throws(Failure) {
  }

  /// COPY and ADD.
  func copyFiles(_ copy: CopyInstruction, _ text: String, adds: Bool) throws(Failure) {
  }

  /// RUN.
  func runCommand(_ run: RunInstruction, _ text: String) throws(Failure) {
  }
}
