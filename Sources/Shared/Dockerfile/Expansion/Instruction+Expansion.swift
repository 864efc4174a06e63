import System

extension Instruction {
  /// The instruction with the values of variables in it, where the reference has them: not in commands, nor in what
  /// ONBUILD keeps.
  ///
  /// `expansion` gives the values from before it; of ARG only the values are expanded. EXPOSE has its ports as
  /// `NUMBER/PROTOCOL` afterwards.
  ///
  /// - Throws: `failed` with no subject; `Dockerfile.located(_:at:)` gives it one.
  public func expanded(by expansion: inout Expansion) throws(Failure) -> Instruction {
    var result = self
    switch kind {
    case .arg(let assignments):
      result.kind = .arg(try Self.expanded(assignments, hasFixedNames: true, &expansion))
    case .env(let assignments):
      result.kind = .env(try Self.expanded(assignments, hasFixedNames: false, &expansion))
    case .label(let assignments):
      result.kind = .label(try Self.expanded(assignments, hasFixedNames: false, &expansion))
    case .run(var run):
      for index in run.mounts.indices {
        run.mounts[index] = try RunMount.expanded(run.mounts[index], by: &expansion)
        _ = try RunMount(parsing: run.mounts[index])
      }
      result.kind = .run(run)
    case .copy(let copy): result.kind = .copy(try copy.expanded(by: &expansion))
    case .add(let copy): result.kind = .add(try copy.expanded(by: &expansion))
    case .expose(let words): result.kind = .expose(try Self.ports(words, &expansion))
    case .volume(var paths):
      for index in paths.indices {
        paths[index] = try expansion.word(paths[index])
        guard !paths[index].isEmpty else { throw wrong("VOLUME specified can not be an empty string") }
      }
      result.kind = .volume(paths)
    case .user(let text): result.kind = .user(try expansion.word(text))
    case .workdir(let text): result.kind = .workdir(try expansion.word(text))
    case .stopSignal(let text): result.kind = .stopSignal(try expansion.word(text))
    case .cmd, .entrypoint, .shell, .healthcheck, .onBuild, .maintainer: break
    }
    return result
  }

  private static func expanded(
    _ assignments: [Assignment], hasFixedNames: Bool, _ expansion: inout Expansion
  ) throws(Failure) -> [Assignment] {
    var result = assignments
    for index in result.indices {
      if !hasFixedNames { result[index].name = try expansion.word(result[index].name) }
      if let value = result[index].value { result[index].value = try expansion.word(value) }
    }
    return result
  }

  private static func ports(_ words: [String], _ expansion: inout Expansion) throws(Failure) -> [String] {
    var ports: [String] = []
    for word in words {
      for text in try expansion.words(word) { ports += try PortRange.ports(text, &expansion.record) }
    }
    return ports
  }
}

extension CopyInstruction {
  func expanded(by expansion: inout Expansion) throws(Failure) -> CopyInstruction {
    var result = self
    for (index, source) in sources.enumerated() {
      switch source {
      case .path(let path): result.sources[index] = .path(try expansion.word(path))
      case .heredoc(var document) where document.isExpanded:
        document.content = try expansion.document(document.content)
        result.sources[index] = .heredoc(document)
      case .heredoc: break
      }
    }
    result.destination = try expansion.word(destination)
    result.chown = try expansion.option(chown)
    result.chmod = try expansion.option(chmod)
    result.checksum = try expansion.option(checksum)
    return result
  }
}

extension Expansion {
  /// The value of an option; one that becomes empty is none.
  fileprivate mutating func option(_ text: String?) throws(Failure) -> String? {
    guard let text else { return nil }
    let result = try word(text)
    return result.isEmpty ? nil : result
  }
}

extension Stage.From {
  /// The same with the values of global ARGs in image and platform.
  ///
  /// - Throws: `failed` where they are not well formed or nothing is left.
  public func expanded(by expansion: inout Expansion) throws(Failure) -> Stage.From {
    var result = self
    result.image = try expansion.word(image)
    guard !result.image.isEmpty else { throw wrong("base name (\(image)) should not be blank") }
    if let platform {
      let value = try expansion.word(platform)
      guard !value.isEmpty else { throw wrong("empty platform value from expression \(platform)") }
      result.platform = value
    }
    return result
  }
}
