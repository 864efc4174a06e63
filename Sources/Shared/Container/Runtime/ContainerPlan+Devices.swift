import CLinux
import Glibc
import System

extension ContainerPlan {
  private static let defaults = [
    ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
  ]
  .map { name, major, minor in
    ContainerDevice(
      path: "/dev/\(name)", source: "/dev/\(name)", kind: .character, major: UInt32(major),
      minor: UInt32(minor),
      mode: 0o666)
  }

  /// The links in /dev.
  static let links = [
    ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
  ]

  // The default devices where /dev is ours, and the spec's, which win.
  private var devices: [ContainerDevice] {
    let hasDev = spec.mounts.contains { isFilledDev($0) }
    let asked = Set(spec.devices.map(\.path))
    return (hasDev ? Self.defaults.filter { !asked.contains($0.path) } : []) + spec.devices
  }

  // Those that are nodes in /dev itself.
  private func isPlain(_ device: ContainerDevice) -> Bool {
    makesNodes && !hidesNodes && device.path.hasPrefix("/dev/") && spec.mounts.contains { isFilledDev($0) }
  }

  /// A little file system out of sight: provided files, what hides paths, devices that are shown by binds.
  mutating func prepareShelf() throws(Failure) {
    let shelf = list.mount()
    list.add(
      CLINUX_FILESYSTEM, "tmpfs", "make it", mount: shelf, path: "tmpfs",
      data: Array("source\u{0}tmpfs\u{0}size\u{0}\(shelfSize)\u{0}mode\u{0}0755\u{0}".utf8))
    list.add(CLINUX_FILE, "tmpfs", "make a file", mount: shelf, number: 0o444, path: "file", data: [])
    list.add(CLINUX_DIRECTORY, "tmpfs", "make a directory", mount: shelf, number: 0o555, path: "directory")
    // Nothing in what hides can be changed, executed or is a device.
    covers.file = copy("file", of: shelf, attributes: 0xf)
    covers.directory = copy("directory", of: shelf, attributes: 0xf)
    for (index, file) in spec.files.enumerated() {
      list.add(
        CLINUX_FILE, file.path, "make it", mount: shelf, flags: UInt64(file.uid) | UInt64(file.gid) << 32,
        number: UInt64(file.mode), path: "\(index)", data: file.content)
      let attributes = file.attributes.union(.noDevices).rawValue
      pieces.append((file.path, copy("\(index)", of: shelf, attributes: attributes)))
    }
    for (index, device) in devices.enumerated() where !isPlain(device) {
      if makesNodes {
        addNode(device, "d\(index)", in: shelf)
        pieces.append((device.path, copy("d\(index)", of: shelf, attributes: 0xa)))
      } else {
        pieces.append((device.path, list.mount(try hostNode(device))))
      }
    }
    // Before the root changes: whatever lay over the old one would be taken off in its stead.
    list.add(CLINUX_UNSHELVE, "tmpfs", "unmount it", mount: shelf)
  }

  // Room for the files, and for as much as the container may add to them.
  private var shelfSize: Int { spec.files.reduce(4 << 20) { $0 + $1.content.count } }

  private func copy(_ path: String, of shelf: OperationList.Mount, attributes: UInt64) -> OperationList.Mount
  {
    let place = list.mount()
    list.add(CLINUX_COPY, "tmpfs", "copy the mount", mount: place, other: shelf, path: path)
    list.add(CLINUX_ATTRIBUTES, "tmpfs", "set attributes", mount: place, flags: attributes)
    return place
  }

  private func addNode(_ device: ContainerDevice, _ path: String, in place: OperationList.Mount) {
    let mode = UInt64((device.kind == .block ? S_IFBLK : S_IFCHR) | device.mode)
    let owner = withUnsafeBytes(of: (device.uid, device.gid)) { Array($0) }
    list.add(
      CLINUX_NODE, device.path, "make the device", mount: place, flags: device.number, number: mode,
      path: path,
      data: owner)
  }

  // The host's node, made sure to be that device.
  private func hostNode(_ device: ContainerDevice) throws(Failure) -> FileDescriptor {
    do throws(Errno) {
      let node = try FileDescriptor.open(device.source, clinux_O_PATH)
      let status = try node.status()
      guard status.kind == (device.kind == .block ? .blockDevice : .characterDevice),
        UInt64(status.raw.st_rdev) == device.number
      else { throw Errno(ENODEV) }
      let copy = try node.cloneMount(recursive: false)
      try copy.setMount([.noSetUserID, .noExecution], propagation: .private, recursive: false)
      return copy
    } catch { throw error.failure(device.source, doing: "device") }
  }

  /// Fills the tmpfs at /dev (runtime-spec, config-linux.md, Default Devices; runtime-linux.md, Dev symbolic links).
  func fillDev(_ dev: OperationList.Mount) throws(Failure) {
    for device in devices where isPlain(device) {
      let path = device.path.dropFirst("/dev/".count)
      var parents = path.split(separator: "/", omittingEmptySubsequences: true).dropLast()
      var directories: [String] = []
      while !parents.isEmpty {
        directories.insert(parents.joined(separator: "/"), at: 0)
        parents = parents.dropLast()
      }
      for directory in directories {
        list.add(
          CLINUX_DIRECTORY, device.path, "make directories", mount: dev, number: 0o755, path: directory)
      }
      addNode(device, String(path), in: dev)
    }
    for (name, target) in Self.links {
      list.add(
        CLINUX_SYMLINK, "/dev/\(name)", "make the link", mount: dev, path: name,
        data: Array(target.utf8) + [0])
    }
  }

  /// The place of /dev, where it is the runtime's.
  var dev: OperationList.Mount? { prepared.last { isFilledDev($0.mount) }?.place }
}
