import Testing

/// A builder that can be given the cases of the table: img-build, and those that it is compared with.
enum BuildOracle: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case imgBuild = "img-build"
  case buildkit
  case classic
  case buildah

  var testDescription: String { rawValue }

  /// The directory with what it makes of each case, NAME, and what it said, NAME.log.
  func results() throws -> String {
    switch self {
    case .imgBuild: try Self.imgBuildResults.get().path + "/results"
    case .buildkit: try Self.buildkitResults.get().path + "/results"
    case .classic: try Self.classicResults.get().path + "/results"
    case .buildah: try Self.buildahResults.get().path + "/results"
    }
  }

  private static let imgBuildResults = Result<Scratch, any Error> { try imgBuild.build() }
  private static let buildkitResults = Result<Scratch, any Error> { try buildkit.build() }
  private static let classicResults = Result<Scratch, any Error> { try classic.build() }
  private static let buildahResults = Result<Scratch, any Error> { try buildah.build() }

  private func build() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("cases", BuildCase.document)
    let client =
      switch self {
      case .buildkit, .classic: "--client '\(try Engine.docker.client())'"
      case .imgBuild, .buildah: ""
      }
    try scratch.ok(
      """
      /usr/bin/python3 -B \(Scratch.fixtures)/builds.py \(rawValue) cases results \
        --layout \(Runs.layout.get()) \(client)
      """, timeout: 500)
    return scratch
  }
}

extension BuildCase: CustomTestStringConvertible {
  var testDescription: String { title }

  /// All cases as a JSON document for Fixtures/builds.py.
  static var document: String {
    "["
      + all.map { each in
        let fields = [
          ("name", each.name), ("dockerfile", each.dockerfile), ("context", each.context),
          ("flags", each.flags),
          ("operand", each.operand), ("before", each.before), ("result", each.result),
          ("oracle", each.oracle),
        ]
        let texts = fields.map { name, value in "\"\(name)\":\(value.map(quoted) ?? "null")" }
        return "{\(texts.joined(separator: ",")),\"builds\":\(each.builds),\"asks\":\(each.asks)}"
      }.joined(separator: ",\n") + "]\n"
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
