import Glibc
import System
import TestSupport
import Testing

@testable import Transfer

/// What is remembered between runs.
struct NotebookTests {
  private let scratch: Scratch
  private var path: String { scratch.path }

  init() throws { scratch = try Scratch() }

  @Test("a fact is known to the next run, replaced and forgotten")
  func remembered() throws {
    let first = try #require(Notebook(path))
    #expect(first.value("a") == nil)
    first.remember("a", "1")
    let second = try #require(Notebook(path))
    #expect(second.value("a") == "1" && second.value("b") == nil)
    second.remember("a", "2")
    #expect(first.value("a") == "2")
    first.forget("a")
    #expect(second.value("a") == nil)
  }

  @Test("what is damaged, no file, or of another key is not known, and can be known again")
  func damaged() throws {
    let notes = try #require(Notebook(path))
    notes.remember("a", "1")
    let file = scratch.path(try #require(try scratch.names.first))
    for text in ["", "a", "a\n1", "b\n1\n", "a\n1\n2\n", String(repeating: "a", count: 10_000)] {
      try FileDescriptor.open(file, O_WRONLY | O_TRUNC).write(Array(text.utf8))
      #expect(notes.value("a") == nil, "\(text.prefix(20))")
    }
    unlink(file)
    mkfifo(file, 0o600)
    #expect(notes.value("a") == nil)
    unlink(file)
    symlink("/dev/zero", file)
    #expect(notes.value("a") == nil)
    unlink(file)
    notes.remember("a", "3")
    #expect(notes.value("a") == "3")
  }

  @Test("what others may write to is made private, and what can't be made is no notebook")
  func access() throws {
    chmod(path, 0o777)
    _ = try #require(Notebook(path))
    var status = stat()
    stat(path, &status)
    #expect(status.st_mode & 0o022 == 0)
    #expect(Notebook("/dev/null/x") == nil)
  }

  @Test("many at once see whole facts")
  func together() throws {
    let notes = try #require(Notebook(path))
    let values = (0..<8).map { String(repeating: "\($0)", count: 1000) }
    let wrong = Monitor(0)
    let threads = try values.map { value in
      try System.Thread {
        for _ in 0..<50 {
          notes.remember("k", value)
          if let seen = notes.value("k"), !values.contains(seen) { wrong.update { $0 += 1 } }
        }
      }
    }
    threads.forEach { $0.join() }
    #expect(wrong.update { $0 } == 0)
  }

  @Test("the older half goes where there are too many")
  func bounded() throws {
    for number in 0..<Notebook.limit {
      _ = try scratch.directory.open("\(number)", O_WRONLY | O_CREAT, mode: 0o600)
    }
    let notes = try #require(Notebook(path))
    notes.remember("a", "1")
    #expect(try scratch.names.count == Notebook.limit / 2)
  }
}
