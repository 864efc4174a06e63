import Image
import System

extension JSON: ExpressibleByStringLiteral {
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
}

extension JSON {
  /// A whole number.
  static func number(_ value: some BinaryInteger) -> JSON { .number(String(value)) }

  /// An array of strings.
  static func strings(_ values: [String]) -> JSON { .array(values.map(JSON.string)) }
}

extension ResourceLimit {
  /// As the specification has it (config.md, POSIX process).
  var json: JSON {
    let name = LimitedResource.allCases.first { $0.number == resource }?.name ?? "RLIMIT_\(resource)"
    return ["type": .string(name), "hard": .number(hard), "soft": .number(soft)]
  }
}

extension IdentityMap.Run {
  /// As the specification has it (config-linux.md, User namespace mappings).
  var json: JSON {
    ["containerID": .number(inside), "hostID": .number(outside), "size": .number(count)]
  }
}

extension ContainerDevice {
  /// As the specification has it (config-linux.md, Devices).
  var json: JSON {
    [
      "path": .string(path), "type": kind == .block ? "b" : "c", "major": .number(major),
      "minor": .number(minor), "fileMode": .number(mode), "uid": .number(uid), "gid": .number(gid),
    ]
  }
}

extension SeccompProfile {
  /// As the specification has it (config-linux.md, Seccomp).
  var json: JSON {
    var object: JSON.Object = ["defaultAction": .string(defaultAction.name)]
    object["defaultErrnoRet"] = defaultAction.number.map { JSON.number($0) }
    object["architectures"] = .strings(architectures)
    object["syscalls"] = .array(rules.map(\.json))
    return .object(object)
  }
}

extension SeccompProfile.Rule {
  fileprivate var json: JSON {
    var object: JSON.Object = ["names": .strings(names), "action": .string(action.name)]
    object["errnoRet"] = action.number.map { JSON.number($0) }
    if !conditions.isEmpty {
      object["args"] = .array(
        conditions.map { condition in
          [
            "index": .number(condition.argument), "value": .number(condition.value),
            "valueTwo": .number(condition.second), "op": .string(condition.comparison.rawValue),
          ]
        })
    }
    return .object(object)
  }
}

extension ContainerMount {
  /// As the specification has it (config.md, Mounts); nil for what it can't say.
  var json: JSON? {
    var options: [String] = []
    let type: String
    var name: String
    switch source {
    case .bind(let path, let recursive):
      (type, name) = ("bind", path)
      let way =
        switch propagation {
        case .private: "private"
        case .slave: "slave"
        case .shared: "shared"
        }
      options = recursive ? ["rbind", "r\(way)"] : ["bind", way]
    case .descriptor: return nil
    case .volume: (type, name) = ("tmpfs", "tmpfs")
    case .overlay(let overlay):
      guard let lower = overlay.optionString else { return nil }
      (type, name, options) = ("overlay", "overlay", [lower])
    case .tmpfs(let given):
      (type, name) = ("tmpfs", "tmpfs")
      options = given.map { "\($0.name)=\($0.value)" }
    case .proc: (type, name) = ("proc", "proc")
    case .sysfs: (type, name) = ("sysfs", "sysfs")
    case .devpts:
      (type, name) = ("devpts", "devpts")
      options = ["newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]
    case .mqueue: (type, name) = ("mqueue", "mqueue")
    case .cgroup: (type, name) = ("cgroup", "cgroup")
    }
    let words: [(MountAttributes, String)] = [
      (.noSetUserID, "nosuid"), (.noExecution, "noexec"), (.noDevices, "nodev"), (.noAccessTime, "noatime"),
      (.readOnly, "ro"),
    ]
    options += words.filter { attributes.contains($0.0) }.map(\.1)
    return [
      "destination": .string(target), "type": .string(type), "source": .string(name),
      "options": .strings(options),
    ]
  }
}

extension ContainerOverlay {
  /// `lowerdir=…`; nil where a lower directory has no name, or one with characters of weight in such a list.
  fileprivate var optionString: String? {
    var paths: [String] = []
    for lower in lowers {
      guard case .path(let path) = lower, !path.contains(where: { ":,\\\"".contains($0) }) else { return nil }
      paths.append(path)
    }
    return "lowerdir=\(paths.joined(separator: ":"))"
  }
}
