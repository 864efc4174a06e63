import CLinux
import Glibc
import System

extension RunningContainer {
  /// Clones the first process, which has all it needs in its copy of this process's memory.
  static func clone(
    _ spec: ContainerSpec, _ plan: ContainerPlan, _ cgroup: Cgroup?
  ) throws(Failure) -> (pid_t, FileDescriptor, FileDescriptor) {
    let stage = clinux_stage()
    guard stage >= 0 else { throw Errno.current.failure("memfd", doing: "executable (vm.memfd_noexec?)") }
    let sealed = FileDescriptor(owning: stage)
    let network = try NetworkExcursion(spec.namespaces.network)
    defer { network.end() }

    let list = plan.list
    var (mounts, operations) = (list.mounts, list.operations)
    // The vectors live in the list's memory; the child's words are read before the parent goes on.
    var arguments =
      plan.stageArguments.map { Optional(UnsafeMutablePointer(mutating: list.text($0))) } + [nil]
    var environment = spec.env.map { Optional(UnsafeMutablePointer(mutating: list.text($0))) } + [nil]
    var (process, channel): (CInt, CInt) = (-1, -1)
    let child = mounts.withUnsafeMutableBufferPointer { mounts in
      operations.withUnsafeMutableBufferPointer { operations in
        arguments.withUnsafeMutableBufferPointer { arguments in
          environment.withUnsafeMutableBufferPointer { environment in
            var launch = clinux_launch(
              namespaces: spec.namespaces.flags, cgroup: cgroup?.unified?.number ?? -1, stage: sealed.number,
              first_closed: CInt(clamping: 3 + UInt64(spec.preservedDescriptors)), mounts: mounts.baseAddress,
              operations: operations.baseAddress, operation_count: CInt(operations.count),
              arguments: arguments.baseAddress, environment: environment.baseAddress)
            return clinux_container_clone(&launch, &process, &channel)
          }
        }
      }
    }
    guard child > 0 else {
      let error = Errno.current
      throw error.failure("namespaces", doing: "clone")
    }
    return (child, FileDescriptor(owning: process), FileDescriptor(owning: channel))
  }
}

extension ContainerNamespaces {
  /// CLONE_NEW… of those that come with the clone.
  fileprivate var flags: UInt64 {
    var flags: UInt64 = 0x2_0000
    if user != nil { flags |= 0x1000_0000 }
    if hasPID { flags |= 0x2000_0000 }
    if hasIPC { flags |= 0x800_0000 }
    if hasUTS { flags |= 0x400_0000 }
    if network == .own { flags |= 0x4000_0000 }
    return flags
  }
}

/// This thread in the network namespace of a path for as long as the child is cloned into it: the child may not enter
/// one of another user namespace by itself.
private struct NetworkExcursion {
  private let home: FileDescriptor?

  init(_ network: ContainerNamespaces.Network) throws(Failure) {
    guard case .path(let path) = network else {
      home = nil
      return
    }
    do throws(Errno) {
      home = try FileDescriptor.open("/proc/thread-self/ns/net", O_RDONLY)
      let there = try FileDescriptor.open(path, O_RDONLY)
      // CLONE_NEWNET
      _ = try retrying { clinux_setns(there.number, 0x4000_0000) }
    } catch { throw error.failure(path, doing: "network namespace") }
  }

  func end() {
    if let home { _ = clinux_setns(home.number, 0x4000_0000) }
  }
}
