import System

/// A parameter of the kernel that belongs to a namespace of the container (`--sysctl NAME=VALUE`).
public struct KernelParameter: Hashable, Sendable {
  /// Its name, `net.ipv4.ip_forward`.
  public var name: String
  /// Its value.
  public var value: String

  private static let ipc: Set = [
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
    "kernel.shmmni", "kernel.shm_rmid_forced",
  ]

  /// The parameter `NAME=VALUE`.
  ///
  /// - Parameter ownNetwork: whether the container has a network of its own, whose parameters it may set.
  /// - Throws: `usage` for what is not of a namespace: it would be the host's.
  public init(parsing text: String, ownNetwork: Bool) throws(Failure) {
    func wrong(_ problem: String) -> Failure { Failure(.usage, "--sysctl \(text)", problem) }
    let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard pair.count == 2 else { throw wrong("is not NAME=VALUE") }
    let components = pair[0].split(separator: ".", omittingEmptySubsequences: false)
    let isName = components.allSatisfy { component in
      !component.isEmpty
        && component.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
          default: false
          }
        }
    }
    guard isName else { throw wrong("\"\(pair[0])\" is no parameter's name") }
    let isNetwork = pair[0].hasPrefix("net.")
    guard isNetwork || pair[0].hasPrefix("fs.mqueue.") || Self.ipc.contains(pair[0]) else {
      throw wrong("\(pair[0]) is not of a namespace: it would be the host's")
    }
    guard !isNetwork || ownNetwork else { throw wrong("not with --net host: it would be the host's") }
    (name, value) = (pair[0], pair[1])
  }
}
