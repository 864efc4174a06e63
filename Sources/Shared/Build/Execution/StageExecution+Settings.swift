import Container
import Dockerfile
import Image
import System

// Instructions that change nothing but the configuration.
extension StageExecution {
  /// Does what the instruction says to the configuration; false where it is about files.
  func configure(_ kind: Instruction.Kind) throws(Failure) -> Bool {
    switch kind {
    case .arg(let assignments):
      for assignment in assignments { try state.scope.declare(assignment.name, assignment.value) }
    case .env(let assignments):
      for assignment in assignments {
        state.configuration.setVariable(assignment.name, to: assignment.value ?? "")
      }
    case .label(let assignments):
      for assignment in assignments {
        state.configuration.setLabel(assignment.name, to: assignment.value ?? "")
      }
    case .cmd(let command):
      state.configuration.set("Cmd", to: command.arguments(shell: state.shell))
      state.hasCommand = true
    case .entrypoint(let command):
      let arguments = command.arguments(shell: state.shell)
      state.configuration.set("Entrypoint", to: arguments)
      if !state.hasCommand { state.configuration["Cmd"] = nil }
    case .shell(let words): state.configuration.set("Shell", to: words)
    case .expose(let ports): state.configuration.add(ports, to: "ExposedPorts")
    case .volume(let paths): state.configuration.add(paths, to: "Volumes")
    case .user(let user): state.configuration["User"] = .string(user)
    case .stopSignal(let signal):
      _ = try Signal(parsing: signal)
      state.configuration["StopSignal"] = .string(signal)
    case .healthcheck(let check): state.configuration["Healthcheck"] = healthcheck(check)
    case .onBuild(let text):
      state.configuration.set("OnBuild", to: (state.configuration.list("OnBuild") ?? []) + [text])
    case .maintainer(let name): state.configuration.author = name
    case .run, .copy, .add, .workdir: return false
    }
    return true
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
