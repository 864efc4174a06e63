import System

extension ParsedDockerfile {
  /// The Dockerfile that `bytes` are; `name` is what errors call it.
  ///
  /// - Throws: `failed` about `NAME:LINE`, with the line at the end of the problem.
  public init(parsing bytes: [UInt8], name: String) throws(Failure) {
    guard !bytes.isEmpty else { throw Failure(.failed, name, "the Dockerfile cannot be empty") }
    self.init(name: name)
    lines = SourceLines.all(bytes)
    var reader = StatementReader(bytes)
    while let statement = try next(&reader) {
      do throws(Failure) {
        try add(statement, escape: reader.escape)
      } catch {
        throw located(error, at: statement.origin)
      }
    }
    directives = reader.directives
    guard !stages.isEmpty else {
      throw Failure(
        .failed, name,
        arguments.isEmpty ? "file with no instructions" : "dockerfile contains no stages to build")
    }
  }

  private func next(_ reader: inout StatementReader) throws(Failure) -> Statement? {
    do throws(Failure) {
      return try reader.next()
    } catch {
      let first = min(reader.firstLine, lines.count)
      let text = first > 0 ? lines[first - 1] : ""
      throw located(error, at: SourceText(text, lines: first...max(first, reader.lastLine)))
    }
  }

  private mutating func add(_ statement: Statement, escape: UInt8) throws(Failure) {
    let origin = statement.origin
    switch try InstructionParser(statement: statement, escape: escape).parse() {
    case .from(let from): stages.append(Stage(from, origin))
    case .instruction(let kind):
      let instruction = Instruction(kind, origin)
      if !stages.isEmpty {
        stages[stages.count - 1].instructions.append(instruction)
      } else if case .arg = kind {
        arguments.append(instruction)
      } else {
        throw wrong("no build stage in current context: there is no FROM before it")
      }
    }
  }

  /// `failure` about `NAME:LINE` of `origin`, with the instruction's text behind the problem.
  public func located(_ failure: Failure, at origin: SourceText) -> Failure {
    var failure = failure.about("\(name):\(origin.lines.lowerBound)")
    let text = origin.text.unicodeScalars.prefix(120)
    let isWhole = text.endIndex == origin.text.unicodeScalars.endIndex
    failure.problem = "\(failure.problem): \(String(text))\(isWhole ? "" : "…")".oneLine
    return failure
  }
}

extension Instruction {
  /// The instruction that `text`, a trigger that ONBUILD left in an image, is; with its here-documents.
  ///
  /// Continuations and escapes are those of `\`, whatever the Dockerfile had.
  ///
  /// - Throws: `failed` about `ONBUILD` where it is wrong, or not exactly one.
  public init(trigger text: String) throws(Failure) {
    do throws(Failure) {
      var reader = StatementReader(Array(text.utf8))
      guard let statement = try reader.next(), try reader.next() == nil else {
        throw wrong("onbuild trigger should be a single expression")
      }
      guard
        case .instruction(let kind) = try InstructionParser(statement: statement, escape: reader.escape)
          .parse()
      else { throw wrong("FROM isn't allowed as an ONBUILD trigger") }
      self.init(kind, statement.origin)
    } catch {
      let line = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
      throw Failure(error.kind, "ONBUILD", "\(error.problem): \(line.prefix(120))".oneLine)
    }
  }
}
