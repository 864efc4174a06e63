import CommandLine
import System

/// `NAME=VALUE` of an option.
struct NamedValue {
  let name: String
  let value: String?

  /// - Throws: `usage` where the name is empty.
  init(_ text: String, option: String) throws(Failure) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard !parts[0].isEmpty else { throw Failure(.usage, "\(option) \(text)", "a name is missing") }
    name = parts[0]
    value = parts.count > 1 ? parts[1] : nil
  }
}

extension SourceOptions {
  /// `--build-arg`, with what the environment has where no value is given.
  func arguments(_ environment: Environment) throws(Failure) -> [String: String] {
    var result: [String: String] = [:]
    for text in buildArg {
      let pair = try NamedValue(text, option: "--build-arg")
      if let value = pair.value ?? environment.variables[pair.name] { result[pair.name] = value }
    }
    return result
  }

  /// `--label`.
  func labels() throws(Failure) -> [(name: String, value: String)] {
    try label.map { (text) throws(Failure) in
      let pair = try NamedValue(text, option: "--label")
      return (pair.name, pair.value ?? "")
    }
  }

  /// `--annotation`.
  func annotations() throws(Failure) -> [String: String] {
    var result: [String: String] = [:]
    for text in annotation {
      let pair = try NamedValue(text, option: "--annotation")
      guard let value = pair.value else {
        throw Failure(.usage, "--annotation \(text)", "is not NAME=VALUE")
      }
      result[pair.name] = value
    }
    return result
  }

  /// `--build-context`, by names in lower case.
  func contexts() throws(Failure) -> [String: String] {
    var result: [String: String] = [:]
    for text in buildContext {
      let pair = try NamedValue(text, option: "--build-context")
      guard let value = pair.value, !value.isEmpty else {
        throw Failure(.usage, "--build-context \(text)", "is not NAME=DIR or NAME=IMAGE")
      }
      result[pair.name.lowercased()] = value
    }
    return result
  }
}
