import Image

extension ProgressBoard.Row {
  /// The line of `--progress plain`.
  var plainLine: String { "\(name): \(state)" }

  /// The line of `--progress json`.
  var event: JSON {
    .event(
      "blob",
      [
        ("digest", .string(id.description)), ("state", .string(state)), ("done", .number("\(done)")),
        ("size", .number("\(size)")), ("finished", .bool(finished)),
      ])
  }
}

extension ProgressBoard {
  /// The lines that come once a second: each blob that moves, then the total.
  var events: [JSON] { rows.filter(\.moves).map(\.event) + [totalEvent] }

  /// How far everything is; `secondsLeft` is missing where nobody can tell.
  var totalEvent: JSON {
    var members: [(String, JSON)] = [
      ("done", .number("\(done)")), ("size", .number("\(total)")),
      ("bytesPerSecond", .number("\(UInt64(rate.bytesPerSecond))")), ("seconds", .number("\(elapsed)")),
    ]
    if let left = rate.secondsLeft(for: total > done ? total - done : 0) {
      members.append(("secondsLeft", .number("\(left)")))
    }
    return .event("total", members)
  }
}

extension JSON {
  /// `{"event": NAME, …}`.
  static func event(_ name: String, _ members: [(String, JSON)]) -> JSON {
    var object = Object()
    object["event"] = .string(name)
    for (key, value) in members { object[key] = value }
    return .object(object)
  }
}
