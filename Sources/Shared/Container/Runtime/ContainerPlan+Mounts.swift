import CLinux
import Glibc
import System

extension ContainerPlan {
  /// Makes what is to be mounted, here or as an operation.
  mutating func prepare(_ mount: ContainerMount) throws(Failure) {
    var mount = mount
    let isDev = isFilledDev(mount)
    // Nodes of its own in /dev must work.
    if !isDev || hidesNodes || !makesNodes { mount.attributes = attributes(mount) }
    if case .cgroup = mount.source { return try prepareCgroups(mount) }
    if let replacement = hostMount(for: mount) { mount = replacement }
    var isFile = false
    let place: OperationList.Mount
    switch mount.source {
    case .bind(let path, let recursive):
      let source: FileDescriptor
      do { source = try FileDescriptor.open(path, clinux_O_PATH) } catch { throw error.failure(path) }
      (place, isFile) = try prepareBind(mount, source, recursive: recursive, name: path)
    case .descriptor(let source, let recursive):
      (place, isFile) = try prepareBind(mount, source, recursive: recursive, name: mount.target)
    case .overlay(let overlay):
      (place, isFile) = try prepareOverlay(overlay, mount)
    case .volume: place = .none
    case .tmpfs(let options): place = fileSystem("tmpfs", options, mount)
    case .proc: place = fileSystem("proc", [], mount)
    case .sysfs: place = fileSystem("sysfs", [], mount)
    case .mqueue: place = fileSystem("mqueue", [], mount)
    case .devpts:
      // The group tty, where it is one.
      let groups =
        spec.namespaces.user?.groups ?? (isFirstNamespace ? nil : (try? IdentityMap.current())?.groups)
      let hasTTY = groups.map {
        $0.contains { (UInt64($0.inside)..<UInt64($0.inside) + UInt64($0.count)).contains(5) }
      }
      var options = [(name: "mode", value: "0620"), (name: "ptmxmode", value: "0666")]
      if hasTTY ?? true { options.append((name: "gid", value: "5")) }
      place = fileSystem("devpts", options, mount)
    case .cgroup: return
    }
    if isDev { own.append(place) }
    prepared.append((mount, place, isFile))
  }

  /// Whether it is the /dev that the runtime fills.
  func isFilledDev(_ mount: ContainerMount) -> Bool {
    if case .tmpfs = mount.source { mount.target == "/dev" } else { false }
  }

  // Where a user namespace may not mount a new one, since it does not own what it shows: the host's.
  private func hostMount(for mount: ContainerMount) -> ContainerMount? {
    guard !isFirstNamespace || spec.namespaces.user != nil else { return nil }
    var replacement = mount
    switch mount.source {
    case .proc where !spec.namespaces.hasPID: replacement.source = .bind("/proc", recursive: true)
    case .sysfs where spec.namespaces.network != .own:
      replacement.source = .bind("/sys", recursive: true)
      replacement.attributes.insert(.readOnly)
    default: return nil
    }
    return replacement
  }

  private func prepareBind(
    _ mount: ContainerMount, _ source: FileDescriptor, recursive: Bool, name: String
  ) throws(Failure) -> (OperationList.Mount, Bool) {
    let isFile: Bool
    do { isFile = try source.status().kind != .directory } catch { throw error.failure(name) }
    return (list.mount(try sources.bind(source, recursive: recursive, mount, name: name)), isFile)
  }

  private func prepareOverlay(
    _ overlay: ContainerOverlay, _ mount: ContainerMount
  ) throws(Failure) -> (OperationList.Mount, Bool) {
    let made = try sources.overlay(overlay)
    let isFile: Bool
    do throws(Errno) {
      try made.setMount(mount.attributes, recursive: false)
      let part = mount.subpath.isEmpty ? made : try made.open(beneath: FileName(mount.subpath), O_PATH)
      isFile = try part.status().kind != .directory
    } catch { throw error.failure(mount.target) }
    let whole = list.mount(made)
    guard !mount.subpath.isEmpty else { return (whole, isFile) }
    let place = list.mount()
    list.add(CLINUX_COPY, mount.target, "copy the mount", mount: place, other: whole, path: mount.subpath)
    list.add(CLINUX_UNSHELVE, mount.target, "unmount it", mount: whole)
    return (place, isFile)
  }

  private func fileSystem(
    _ type: String, _ options: [(name: String, value: String)], _ mount: ContainerMount
  ) -> OperationList.Mount {
    let place = list.mount()
    let data: [UInt8] = ([(name: "source", value: type)] + options).flatMap {
      "\($0.name)\u{0}\($0.value)\u{0}".utf8
    }
    list.add(
      CLINUX_FILESYSTEM, mount.target, "make a \(type)", mount: place, flags: mount.attributes.rawValue,
      path: type,
      data: data)
    return place
  }

  // What the container sees of control groups: one hierarchy, or each under its name.
  private mutating func prepareCgroups(_ mount: ContainerMount) throws(Failure) {
    let hierarchies = CgroupHierarchy.own
    func add(_ source: OperationList.Mount, at target: String) {
      var placed = mount
      placed.target = target
      prepared.append((placed, source, false))
    }
    guard spec.namespaces.hasCgroup, !hierarchies.isEmpty else {
      var host = mount
      host.source = .bind("/sys/fs/cgroup", recursive: true)
      host.attributes.insert(.readOnly)
      return try prepare(host)
    }
    if hierarchies.allSatisfy(\.isUnified) {
      return add(fileSystem("cgroup2", [], mount), at: mount.target)
    }
    // Directories must be made in it before it is as it is to be.
    var open = mount
    open.attributes.remove(.readOnly)
    let top = fileSystem("tmpfs", [("mode", "0755"), ("size", "64k")], open)
    add(top, at: mount.target)
    own.append(top)
    for hierarchy in hierarchies {
      let parts = hierarchy.controllers.flatMap { controller in
        // One that has a name instead of controllers says so.
        controller.hasPrefix("name=")
          ? [(name: "none", value: ""), (name: "name", value: String(controller.dropFirst("name=".count)))]
          : [(name: controller, value: "")]
      }
      let place = fileSystem(hierarchy.isUnified ? "cgroup2" : "cgroup", parts, mount)
      add(place, at: mount.target + "/" + hierarchy.directory)
    }
    narrowed.append((top, mount.attributes))
  }

  /// Puts everything in place, the root being the container's.
  func addMounts() throws(Failure) {
    for (index, (mount, place, isFile)) in prepared.enumerated() {
      if case .volume = mount.source {
        let flags = attributes(mount).rawValue
        list.add(CLINUX_VOLUME, mount.target, "make a volume", flags: flags, path: mount.target)
        continue
      }
      attach(place, at: mount.target, among: prepared[..<index], isFile: isFile, isStrict: isStrict(mount))
      if isFilledDev(mount) { try fillDev(place) }
    }
    for (place, attributes) in narrowed {
      list.add(
        CLINUX_ATTRIBUTES, "/sys/fs/cgroup", "set attributes", mount: place, flags: attributes.rawValue)
    }
    for (path, place) in pieces {
      attach(place, at: path, among: prepared[...], isFile: true, isStrict: false)
    }
  }

  // Where `target` lies in a file system of the runner's own, that is no place of the image to be found and checked.
  private func attach(
    _ mount: OperationList.Mount, at target: String, among earlier: ArraySlice<Prepared>, isFile: Bool,
    isStrict: Bool
  ) {
    var flags = isFile ? UInt64(CLINUX_TARGET_FILE) : 0
    let above = earlier.last { target.hasPrefix($0.mount.target + "/") }
    if let above, own.contains(above.place) {
      let name = target.dropFirst(above.mount.target.utf8.count + 1)
      // What leads elsewhere is followed as any other path.
      let isLink = Self.links.contains { $0.0 == name }
      if !name.isEmpty, name != ".", name != "..", !isLink, !name.utf8.contains(UInt8(ascii: "/")) {
        list.add(
          CLINUX_INSTALL, target, "mount", mount: mount, other: above.place, flags: flags, path: String(name))
        return
      }
    }
    if isStrict { flags |= UInt64(CLINUX_TARGET_STRICT) }
    list.add(CLINUX_ATTACH, target, "mount", mount: mount, flags: flags, path: target)
  }

  // Of the kernel's own file systems: an image in which /proc is a link to elsewhere is none to be helped.
  private func isStrict(_ mount: ContainerMount) -> Bool {
    switch mount.source {
    case .proc, .sysfs, .devpts, .mqueue, .cgroup: true
    default: mount.target == "/dev"
    }
  }

  /// Settings, and what is hidden or read-only.
  func addPaths() {
    if let proc = prepared.last(where: { if case .proc = $0.mount.source { true } else { false } }) {
      for (name, value) in spec.sysctls {
        let path = "sys/" + name.replacing(".", with: "/")
        list.add(
          CLINUX_SYSCTL, name, "set it to \(value.oneLine)", mount: proc.place, path: path,
          data: Array(value.utf8))
      }
    }
    list.add(
      CLINUX_STAND, spec.workingDirectory, "enter the working directory", path: spec.workingDirectory)
    for path in spec.maskedPaths {
      let (base, rest) = place(of: path)
      list.add(
        CLINUX_MASK, path, "hide it", mount: base, other: covers.file, number: UInt64(covers.directory.index),
        path: rest)
    }
    for path in spec.readOnlyPaths {
      let (base, rest) = place(of: path)
      list.add(CLINUX_NARROW, path, "make it read-only", mount: base, flags: 1, path: rest)
    }
  }

  // Below the very mount of proc or sys where the path is in one.
  private func place(of path: String) -> (OperationList.Mount, String) {
    for (mount, place, _) in prepared.reversed() where path.hasPrefix(mount.target + "/") {
      switch mount.source {
      case .proc, .sysfs: return (place, String(path.dropFirst(mount.target.count + 1)))
      default: break
      }
    }
    return (.none, path)
  }
}
