import Glibc
import Testing

@testable import System

@Suite struct FailureTests {
  @Test(
    "an errno has the kind that decides the exit status",
    arguments: [
      (ENOENT, FailureKind.notFound), (ENOTDIR, .notFound), (EACCES, .denied), (EPERM, .denied),
      (EROFS, .denied),
      (ENOSPC, .failed), (EIO, .failed), (EMFILE, .failed), (ELOOP, .failed),
    ])
  func kinds(_ number: CInt, _ kind: FailureKind) {
    #expect(Errno(number).failure("x").kind == kind)
  }

  @Test("exit statuses are those of the interface")
  func statuses() {
    #expect(FailureKind.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
  }

  @Test("an errno speaks the words of strerror")
  func words() {
    #expect(Errno(ENOSPC).description == "No space left on device")
    let failure = Errno(ENOSPC).failure("store", doing: "writing")
    #expect(failure.subject == "store" && failure.problem == "writing: No space left on device")
    #expect(!Errno(99_999).description.isEmpty)
  }

  @Test(
    "the name that the user knows is said once",
    arguments: [
      ("", "p", "s", "s", "p"), ("s", "p", "s", "s", "p"), ("s/index.json", "p", "s", "s/index.json", "p"),
      ("blob", "p", "s", "s", "blob: p"), ("store2", "p", "store", "store", "store2: p"),
      ("s:name", "p", "s", "s:name", "p"), ("s@sha256:0", "p", "s", "s@sha256:0", "p"),
    ])
  func about(_ subject: String, _ problem: String, _ name: String, _ newSubject: String, _ newProblem: String)
  {
    let failure = Failure(.failed, subject, problem).about(name)
    #expect(failure.subject == newSubject && failure.problem == newProblem)
    #expect(failure.about(name).problem == newProblem)
  }

  @Test("EINTR is never seen, other errors are, once")
  func retries() throws {
    var calls = 0
    let result = try retrying { () -> CInt in
      calls += 1
      Glibc.errno = EINTR
      return calls < 3 ? -1 : 42
    }
    #expect(result == 42 && calls == 3)
    #expect(
      errno {
        _ = try retrying { () -> Int in
          calls += 1
          Glibc.errno = EBADF
          return -1
        }
      } == EBADF)
    #expect(calls == 4)
  }
}
