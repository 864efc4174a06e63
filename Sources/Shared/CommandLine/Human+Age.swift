extension Human {
  /// `3 weeks`: a length of time in Docker's words, rounded as it rounds.
  public static func age(seconds: Int64) -> String {
    let minutes = seconds / 60
    let hours = (seconds + 1800) / 3600
    return switch true {
    case seconds < 1: "Less than a second"
    case seconds == 1: "1 second"
    case seconds < 60: "\(seconds) seconds"
    case minutes == 1: "About a minute"
    case minutes < 60: "\(minutes) minutes"
    case hours == 1: "About an hour"
    case hours < 48: "\(hours) hours"
    case hours < 24 * 7 * 2: "\(hours / 24) days"
    case hours < 24 * 30 * 2: "\(hours / 24 / 7) weeks"
    case hours < 24 * 365 * 2: "\(hours / 24 / 30) months"
    default: "\(seconds / 3600 / 24 / 365) years"
    }
  }
}
