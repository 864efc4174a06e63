import CLinux
import Glibc
import System

/// A spec flattened to operations.
///
/// The order, and why: the namespaces are there with the child. It goes into its control groups; becomes root in a
/// user namespace before anything that takes power; makes file systems, proc and sysfs among them, while those of the host are still visible, which
/// the kernel demands in a user namespace; changes the root, after which no path leads to the host; puts the mounts
/// in place, makes what is missing, and only then makes things read-only; then gives up who it was, capabilities with
/// the change of the user, and the filter of system calls last.
struct ContainerPlan {
  let spec: ContainerSpec
  let list = OperationList()
  let sources: MountSources
  /// The namespace in which this process is has all numbers, and may make device nodes.
  let isFirstNamespace: Bool
  /// The root as this process has it, to look at after a failure.
  let root: FileDescriptor

  /// Mounts that are there once the root is changed, with what they are.
  var prepared: [Prepared] = []
  typealias Prepared = (mount: ContainerMount, place: OperationList.Mount, isFile: Bool)
  /// Those that the runner makes and fills, so that nothing of the image can be in them.
  var own: [OperationList.Mount] = []
  /// What gets its attributes only when all is in place.
  var narrowed: [(OperationList.Mount, MountAttributes)] = []
  /// Of the runner's own little file system, out of the container's sight: what hides files, and what hides directories.
  var covers: (file: OperationList.Mount, directory: OperationList.Mount) = (.none, .none)
  /// Files and devices from there, and where they go.
  var pieces: [(path: String, place: OperationList.Mount)] = []

  /// Flattens `spec`; `mapping` is a user namespace for shifted mounts, `cgroup` what the limits are set for.
  init(_ spec: ContainerSpec, mapping: FileDescriptor?, _ cgroup: Cgroup?) throws(Failure) {
    self.spec = spec
    sources = MountSources(mapping: mapping)
    do { isFirstNamespace = try IdentityMap.current() == .identity } catch {
      throw error.failure("/proc/self/uid_map")
    }
    root = try Self.root(of: spec, sources)
    let rootPlace = list.mount(root)

    for group in cgroup?.joined ?? [] {
      list.add(CLINUX_JOIN, "cgroup \(group.path)", "join", number: list.keep(try group.tasks()))
    }
    addNamespaces()
    for mount in spec.mounts { try prepare(mount) }
    try prepareShelf()
    list.add(CLINUX_PIVOT, "/", "change the root", mount: rootPlace)
    try addMounts()
    addPaths()
    if spec.isRootReadOnly {
      list.add(CLINUX_ATTRIBUTES, "/", "make it read-only", mount: rootPlace, flags: 1)
    }
    addProcess()
  }

  private static func root(of spec: ContainerSpec, _ sources: MountSources) throws(Failure) -> FileDescriptor
  {
    let mount: FileDescriptor
    switch spec.root {
    case .directory(let path):
      // Without what is mounted in it: the host's /proc in a container's `/` is nothing to build on.
      do throws(Errno) { mount = try FileDescriptor.openDirectory(path).cloneMount(recursive: false) } catch {
        var failure = error.failure(path)
        if error.rawValue == EINVAL {
          failure.problem = "has mounts in it, behind which only root may look: it can't be a root"
        }
        throw failure
      }
    case .overlay(let overlay): mount = try sources.overlay(overlay)
    }
    do throws(Errno) {
      try mount.setMount(spec.allowsAllDevices ? [] : .noDevices, propagation: .private, recursive: false)
    } catch { throw error.failure("/") }
    return mount
  }

  private func addNamespaces() {
    if spec.namespaces.user != nil { list.add(CLINUX_BECOME_ROOT, "user namespace", "become root") }
    list.add(CLINUX_SESSION, "session", "begin")
    // Not with the clone: its root is the cgroup the process is in by now.
    if spec.namespaces.hasCgroup {
      list.add(CLINUX_UNSHARE, "cgroup namespace", "unshare", flags: 0x200_0000)
    }
    if let hostname = spec.hostname {
      list.add(CLINUX_HOSTNAME, hostname, "set the host name", data: Array(hostname.utf8))
    }
    if spec.namespaces.network == .own { list.add(CLINUX_LOOPBACK, "lo", "bring it up") }
    list.add(CLINUX_PRIVATE, "/", "make mounts private")
  }

  /// The attributes of a mount's own, and what the spec demands of all.
  func attributes(_ mount: ContainerMount) -> MountAttributes {
    // Terminals are devices, and nothing else can be made there.
    if case .devpts = mount.source { return mount.attributes.subtracting(.noDevices) }
    return spec.allowsAllDevices ? mount.attributes : mount.attributes.union(.noDevices)
  }

  /// Whether nodes are made; else they are binds of the host's.
  var makesNodes: Bool { isFirstNamespace && spec.namespaces.user == nil }

  /// Whether nodes lie out of sight, and /dev shows only binds of them: what the command could make itself opens nothing.
  var hidesNodes: Bool {
    makesNodes && !spec.allowsAllDevices && spec.capabilities.bounding.has(.mknod)
  }
}
