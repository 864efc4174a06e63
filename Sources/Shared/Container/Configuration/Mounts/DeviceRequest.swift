import Glibc
import System

/// A device of the host for a container: `--device SRC[:DST][:rwm]`.
public struct DeviceRequest: Hashable, Sendable {
  /// The host's node.
  public var source: String
  /// Where it is in the container.
  public var target: ContainerPath
  /// What may be done with it, of `rwm`.
  public var access: String

  /// The request that `text` spells.
  ///
  /// - Throws: `usage`, without the option's name.
  public init(parsing text: String) throws(Failure) {
    let wrong = Failure(.usage, "", "invalid device specification: it is not SRC[:DST][:rwm]")
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), parts[0].hasPrefix("/") else { throw wrong }
    var target = parts[0]
    var access = "rwm"
    if parts.count == 2, Self.isAccess(parts[1]) {
      access = parts[1]
    } else if parts.count > 1 {
      target = parts[1]
      if parts.count > 2 { access = parts[2] }
    }
    guard Self.isAccess(access) else { throw Failure(.usage, "", "invalid device mode: \(access)") }
    guard let path = ContainerPath(target), path.depth > 0 else { throw wrong }
    (self.source, self.target, self.access) = (parts[0], path, access)
  }

  private static func isAccess(_ text: String) -> Bool {
    !text.isEmpty && text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
  }

  /// The devices: that of a node, or all below a directory.
  ///
  /// - Throws: `notFound`, `denied`; `usage` where it is no device.
  public func devices() throws(Failure) -> [ContainerDevice] {
    do throws(Errno) {
      // O_PATH opens no device: some do things when opened.
      let place = try FileDescriptor.open(source, O_PATH)
      let status = try place.status()
      if status.kind == .directory { return try Self.devices(in: source, at: target.description, depth: 0) }
      if let device = Self.device(status, source, at: target.description) { return [device] }
    } catch { throw error.failure(source) }
    throw Failure(.usage, source, "is not a device")
  }

  private static func devices(
    in source: String, at target: String, depth: Int
  ) throws(Errno) -> [ContainerDevice] {
    guard depth < 8 else { return [] }
    let directory = try FileDescriptor.open(source, O_RDONLY | O_DIRECTORY)
    var devices: [ContainerDevice] = []
    for bytes in try directory.names() {
      guard let name = FileName(bytes), let text = String(validating: bytes, as: UTF8.self) else { continue }
      // Those of the container's own terminals and memory.
      if source == "/dev", ["ptmx", "pts", "console", "shm", "mqueue", "fd"].contains(text) { continue }
      let status = try directory.status(of: name)
      let (path, place) = ("\(source)/\(text)", "\(target)/\(text)")
      if status.kind == .directory {
        do { devices += try Self.devices(in: path, at: place, depth: depth + 1) } catch {
          // Others' private directories (in /dev/shm) are not for an ordinary user; they have gone, or may go.
          guard [EACCES, ENOENT].contains(error.rawValue) else { throw error }
        }
      } else if let device = device(status, path, at: place) {
        devices.append(device)
      }
    }
    return devices
  }

  private static func device(_ status: FileStatus, _ source: String, at path: String) -> ContainerDevice? {
    let kind: ContainerDevice.Kind
    switch status.kind {
    case .characterDevice: kind = .character
    case .blockDevice: kind = .block
    default: return nil
    }
    let number = UInt64(status.raw.st_rdev)
    var device = ContainerDevice(
      path: path, source: source, kind: kind,
      major: UInt32(truncatingIfNeeded: (number >> 8) & 0xFFF | (number >> 32) & 0xFFFF_F000),
      minor: UInt32(truncatingIfNeeded: number & 0xFF | (number >> 12) & 0xFFFF_FF00),
      mode: status.raw.st_mode & 0o7777)
    device.uid = status.raw.st_uid
    device.gid = status.raw.st_gid
    return device
  }
}
