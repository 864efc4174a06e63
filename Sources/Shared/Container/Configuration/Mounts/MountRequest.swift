import System

/// A mount that a user or an image asks for: `-v`, `--mount`, `--tmpfs`, an image's Volumes.
public struct MountRequest: Sendable {
  /// What is to be seen.
  public enum Source: Sendable, Equatable {
    /// A file or directory of the host; a relative path is the caller's.
    case bind(String)
    /// What the image has there, for changes that go with the container.
    case volume
    /// An empty directory in memory, with options of tmpfs.
    case tmpfs([Option])
    /// Another image, read-only.
    case image(String)
  }

  /// An option of tmpfs.
  public struct Option: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// Its value.
    public var value: String
  }

  /// What is to be seen.
  public var source: Source
  /// Where.
  public var target: ContainerPath
  /// How.
  public var attributes: MountAttributes = []
  /// Of binds: whether what is mounted below comes along.
  public var isRecursive = true
  /// Of binds.
  public var propagation = MountPropagation.private

  /// `source` at `target`.
  public init(_ source: Source, at target: ContainerPath) {
    self.source = source
    self.target = target
  }
}

extension MountRequest {
  /// Files of /proc that may be hidden behind another: what lxcfs offers.
  private static let replaceable: Set = [
    "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
    "/proc/loadavg", "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
  ]

  /// The place that `text` names.
  ///
  /// - Throws: `usage` for what can't be mounted over.
  static func target(_ text: String) throws(Failure) -> ContainerPath {
    guard let path = ContainerPath(text) else {
      throw Failure(.usage, "", "invalid mount path: \"\(text)\" must be an absolute path")
    }
    guard path.depth > 0 else { throw Failure(.usage, "", "the destination can't be \"/\"") }
    // Another /proc would hide what is masked, and lie to the runtime itself (CVE-2019-16884, -2023-27561).
    guard !path.isIn("/proc") || replaceable.contains(path.description) else {
      throw Failure(.usage, "", "\(path) can't be mounted over: it is in /proc")
    }
    return path
  }

  /// The mounts in the order in which they are made: those above first.
  ///
  /// An image's volume where the user mounts something is not made.
  ///
  /// - Throws: `usage` where two want the same place.
  public static func ordered(
    _ requests: [MountRequest], volumes: [String]
  ) throws(Failure) -> [MountRequest] {
    var taken: Set<ContainerPath> = []
    for request in requests {
      guard taken.insert(request.target).inserted else {
        throw Failure(.usage, "", "duplicate mount point: \(request.target)")
      }
    }
    var all = requests
    for volume in volumes {
      let text = volume.hasPrefix("/") ? volume : "/\(volume)"
      let target: ContainerPath
      do { target = try Self.target(text) } catch {
        throw Failure(.invalid, "", "the image's volume \"\(volume.oneLine)\": \(error.problem)")
      }
      if taken.insert(target).inserted { all.append(MountRequest(.volume, at: target)) }
    }
    let order = all.enumerated().sorted {
      ($0.element.target.depth, $0.offset) < ($1.element.target.depth, $1.offset)
    }
    return order.map(\.element)
  }
}
