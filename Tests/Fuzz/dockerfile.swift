import Dockerfile
import System

/// Whatever the bytes are, a Dockerfile is parsed and expanded or refused in one line; what ONBUILD keeps is parsed too.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  do throws(Failure) {
    let file = try ParsedDockerfile(parsing: bytes, name: "Dockerfile")
    precondition(!file.stages.isEmpty)
    for stage in file.stages {
      for instruction in stage.instructions { check(instruction, in: file) }
    }
  } catch { precondition(error.problem == error.problem.oneLine && !error.subject.isEmpty) }
  return 0
}

private func check(_ instruction: Instruction, in file: ParsedDockerfile) {
  precondition((1...max(1, file.lines.count)).contains(instruction.origin.lines.lowerBound))
  if case .onBuild(let text) = instruction.kind { _ = try? Instruction(trigger: text) }
  if case .run(let run) = instruction.kind { _ = run.invocation }
  var expansion = Expansion(escape: file.directives.escape) { $0.utf8.count % 2 == 0 ? nil : "a\($0)*b" }
  do throws(Failure) {
    _ = try instruction.expanded(by: &expansion)
  } catch {
    let failure = file.located(error, at: instruction.origin)
    precondition(failure.problem == failure.problem.oneLine)
  }
}
