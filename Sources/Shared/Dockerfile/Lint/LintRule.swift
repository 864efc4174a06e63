/// A build check, by Docker's name (https://docs.docker.com/reference/build-checks/).
public enum LintRule: String, Sendable, CaseIterable {
  case stageNameCasing = "StageNameCasing"
  case fromAsCasing = "FromAsCasing"
  case noEmptyContinuation = "NoEmptyContinuation"
  case consistentInstructionCasing = "ConsistentInstructionCasing"
  case duplicateStageName = "DuplicateStageName"
  case reservedStageName = "ReservedStageName"
  case jsonArgsRecommended = "JSONArgsRecommended"
  case maintainerDeprecated = "MaintainerDeprecated"
  case undefinedArgInFrom = "UndefinedArgInFrom"
  case workdirRelativePath = "WorkdirRelativePath"
  case undefinedVar = "UndefinedVar"
  case multipleInstructionsDisallowed = "MultipleInstructionsDisallowed"
  case legacyKeyValueFormat = "LegacyKeyValueFormat"
  case redundantTargetPlatform = "RedundantTargetPlatform"
  case secretsUsedInArgOrEnv = "SecretsUsedInArgOrEnv"
  case invalidDefaultArgInFrom = "InvalidDefaultArgInFrom"
  case fromPlatformFlagConstDisallowed = "FromPlatformFlagConstDisallowed"
  case copyIgnoredFile = "CopyIgnoredFile"
  case invalidDefinitionDescription = "InvalidDefinitionDescription"
  case exposeProtoCasing = "ExposeProtoCasing"
  case exposeInvalidFormat = "ExposeInvalidFormat"

  /// The name that `check=skip=` takes.
  public var name: String { rawValue }

  /// Whether it only runs where `check=experimental=` asks for it.
  public var isExperimental: Bool { self == .invalidDefinitionDescription }

  /// The page that explains it.
  public var url: String {
    var words = ""
    let letters = Array(name)
    for (index, letter) in letters.enumerated() {
      let follows = index > 0 && letters[index - 1].isLowercase
      let precedes = index > 0 && index + 1 < letters.count && letters[index + 1].isLowercase
      if letter.isUppercase, follows || precedes { words += "-" }
      words += letter.lowercased()
    }
    return "https://docs.docker.com/go/dockerfile/rule/\(words)/"
  }
}

/// What a build check found.
public struct LintWarning: Sendable, Hashable {
  /// The check.
  public let rule: LintRule
  /// What is wrong, in one line.
  public let message: String
  /// Where, from line 1 on.
  public let lines: ClosedRange<Int>

  /// The check's name.
  public var name: String { rule.name }
  /// The page that explains the check.
  public var url: String { rule.url }
}
