import System

extension ContainerRequest {
  /// Gives the draft its confinement: capabilities, filter, devices, masks.
  ///
  /// - Parameters:
  ///   - isRoot: whether it runs as root in its user namespace.
  ///   - profile: the content of the file of `seccomp=FILE`.
  func confine(
    _ draft: inout ContainerDraft, isRoot: Bool, profile: [UInt8]?, _ host: HostFacts
  ) throws(Failure) {
    let capabilities = try security.capabilities()
    draft.spec.capabilities.bounding = capabilities
    if isRoot {
      // Not inheritable ones: they would make up for what files lack (CVE-2022-24769).
      draft.spec.capabilities.effective = capabilities
      draft.spec.capabilities.permitted = capabilities
    }
    draft.spec.noNewPrivileges = security.noNewPrivileges ?? !security.isPrivileged
    draft.profile = try seccomp(capabilities, profile, host)
    if !security.isPrivileged, security.hasSystemPaths {
      draft.spec.maskedPaths = SystemPaths.masked(host)
      draft.spec.readOnlyPaths = SystemPaths.readOnly
    }
    draft.spec.allowsAllDevices = security.isPrivileged
    draft.spec.devices = try allDevices()
    if let loss = security.loss { draft.notices.append(loss) }
  }

  private func seccomp(
    _ capabilities: CapabilitySet, _ content: [UInt8]?, _ host: HostFacts
  ) throws(Failure) -> SeccompProfile? {
    let setting = SeccompProfile.Setting(
      architecture: host.architecture, capabilities: capabilities, kernel: host.kernel)
    switch security.seccomp ?? (security.isPrivileged ? .unconfined : .standard) {
    case .standard: return .standard(in: setting)
    case .unconfined: return nil
    case .file(let path):
      do { return try SeccompProfile(docker: content ?? [], in: setting) } catch { throw error.about(path) }
    }
  }

  private func allDevices() throws(Failure) -> [ContainerDevice] {
    var requests = devices
    if security.isPrivileged { requests.insert(try DeviceRequest(parsing: "/dev"), at: 0) }
    var result: [ContainerDevice] = []
    for request in requests {
      for device in try request.devices() {
        // A later one takes the place of an earlier one.
        result.removeAll { $0.path == device.path }
        result.append(device)
      }
    }
    return result
  }
}

extension MountRequest {
  /// The mount itself.
  ///
  /// - Parameters:
  ///   - directory: where a relative source counts from.
  ///   - image: the layers of an image.
  func mount(
    in directory: String, _ image: (String) throws(Failure) -> ContainerOverlay
  ) throws(Failure) -> ContainerMount {
    let kind: ContainerMount.Source =
      switch source {
      case .bind(let path): .bind(path.hasPrefix("/") ? path : "\(directory)/\(path)", recursive: isRecursive)
      case .volume: .volume
      case .tmpfs(let options): .tmpfs(options.map { ($0.name, $0.value) })
      case .image(let operand): .overlay(try image(operand))
      }
    var mount = ContainerMount(kind, at: target.description, attributes)
    if case .overlay = kind { mount.attributes.insert(.readOnly) }
    mount.propagation = propagation
    return mount
  }
}
