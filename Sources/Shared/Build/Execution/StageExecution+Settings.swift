import Dockerfile
import Image
import System

// Instructions that change nothing but the configuration.
extension StageExecution {
  /// Does what the instruction says to the configuration; false where it is about files.
  func configure(_ kind: Instruction.Kind) throws(Failure) -> Bool {
    switch kind {
    case .arg(let assignments):
      for assignment in assignments { state.scope.declare(assignment.name, assignment.value) }
    case .env(let assignments):
      for assignment in assignments {
        state.configuration.setVariable(assignment.name, to: assignment.value ?? "")
      }
    case .label(let assignments):
      for assignment in assignments {
        state.configuration.setLabel(assignment.name, to: assignment.value ?? "")
      }
    case .cmd(let command):
      state.configuration.set("Cmd", to: arguments(of: command))
      state.hasCommand = true
    case .entrypoint(let command):
      let arguments = arguments(of: command)
      state.configuration.set("Entrypoint", to: arguments)
      if !state.hasCommand { state.configuration["Cmd"] = nil }
    case .shell(let words): state.configuration.set("Shell", to: words)
    case .expose(let ports): state.configuration.add(try ExposedPorts(ports).list, to: "ExposedPorts")
    case .volume(let paths): state.configuration.add(paths, to: "Volumes")
    case .user(let user): state.configuration["User"] = .string(user)
    case .stopSignal(let signal): state.configuration["StopSignal"] = .string(signal)
    case .healthcheck(let check): state.configuration["Healthcheck"] = healthcheck(check)
    case .onBuild(let text):
      state.configuration.set("OnBuild", to: (state.configuration.list("OnBuild") ?? []) + [text])
    case .maintainer(let name): state.configuration.author = name
    case .run, .copy, .add, .workdir: return false
    }
    return true
  }

  /// The arguments of a command, those in shell form with the shell.
  func arguments(of command: CommandForm) -> [String] {
    switch command {
    case .exec(let arguments): arguments
    case .shell(let text): text.isEmpty ? [] : state.shell + [text]
    }
  }

  private func healthcheck(_ check: HealthcheckInstruction) -> JSON {
    var test: [String]
    switch check.command {
    case nil: test = ["NONE"]
    case .exec(let arguments): test = ["CMD"] + arguments
    case .shell(let text): test = ["CMD-SHELL", text]
    }
    var object: JSON.Object = ["Test": .array(test.map(JSON.string))]
    let times = [
      ("Interval", check.interval), ("Timeout", check.timeout), ("StartPeriod", check.startPeriod),
      ("StartInterval", check.startInterval), ("Retries", check.retries),
    ]
    for (name, value) in times { if let value, value != 0 { object[name] = .number(String(value)) } }
    return .object(object)
  }
}

/// What EXPOSE says: `PORT[-PORT][/PROTOCOL]…`.
struct ExposedPorts {
  /// Each port as `PORT/PROTOCOL`.
  let list: [String]

  /// The ports of `words`.
  ///
  /// - Throws: `failed` where one is no port.
  init(_ words: [String]) throws(Failure) {
    var list: [String] = []
    for word in words {
      let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let transport = parts.count > 1 ? parts[1].lowercased() : "tcp"
      // What a port is bound to has no place in an image.
      let text = parts[0].split(separator: ":", omittingEmptySubsequences: false).last ?? ""
      let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
      guard ["tcp", "udp", "sctp"].contains(transport), let first = ends[0], let last = ends[ends.count - 1],
        ends.count <= 2, first <= last
      else { throw Failure(.failed, "", "invalid containerPort: \(word)") }
      list += (first...last).map { "\($0)/\(transport)" }
    }
    self.list = list
  }
}
