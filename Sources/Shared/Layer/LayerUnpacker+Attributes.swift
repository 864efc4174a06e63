import Glibc
import Overlay
import System

// Owners, permissions, attributes and times, in this order: chown(2) takes away set-ID bits and capabilities.

extension LayerUnpacker {
  /// By which fuse-overlayfs knows owner and mode.
  static let recordedStatus = FileName("user.containers.override_stat")
  /// What a stranger's layer must not set beside overlayfs's own: fuse-overlayfs's.
  private static let reserved: [StaticString] = [
    "user.containers.override", "user.fuseoverlayfs.", "security.fuseoverlayfs.",
  ]
  /// The most bytes of what waits in memory for the end: attributes of directories, links to what has not come yet.
  private static let mostWaitingBytes = 16 << 20

  /// The mode that a file or directory has on the disk.
  func diskMode(_ mode: UInt16) -> mode_t {
    // Whoever reads them is their owner, and set-ID bits would be for the wrong one.
    owners == .recorded ? mode_t(mode & 0o777 | 0o600) : mode_t(mode)
  }

  /// Finishes a file that was written.
  func dress(_ file: FileDescriptor, as entry: LayerEntry, mode: mode_t) throws(Failure) {
    let (user, group) = try owner(entry)
    let isOthers = owners == .mapped && (user, group) != (ownUser, ownGroup)
    if isOthers { try own(user, group) { () throws(Errno) in try file.setOwner(user, group) } }
    // The umask may have taken from it.
    let made = try check { () throws(Errno) in try file.status().raw.st_mode & 0o7777 }
    if made != mode { try check { () throws(Errno) in try file.setMode(mode) } }
    for attribute in Self.allowed(entry.attributes) {
      try set(attribute) { name throws(Errno) in try file.setExtendedAttribute(name, to: attribute.value) }
    }
    if owners == .recorded { try record(entry.mode, user, group, on: file) }
    let time = Self.time(entry.modified, entry.nanoseconds)
    try check { () throws(Errno) in try file.setTimes(time, time) }
  }

  /// Finishes what can't be opened.
  func dress(_ name: FileName, in parent: Place, as entry: LayerEntry) throws(Failure) {
    let directory = try check { () throws(Errno) in try table.descriptor(parent) }
    let (user, group) = try owner(entry)
    if owners == .mapped, (user, group) != (ownUser, ownGroup) {
      try own(user, group) { () throws(Errno) in try directory.setOwner(of: name, user, group) }
    }
    if entry.kind != .symlink {
      try check { () throws(Errno) in try directory.setMode(of: name, diskMode(entry.mode)) }
    }
    for attribute in Self.allowed(entry.attributes) {
      try set(attribute) { key throws(Errno) in
        try directory.setExtendedAttribute(key, of: name, to: attribute.value)
      }
    }
    let time = Self.time(entry.modified, entry.nanoseconds)
    try check { () throws(Errno) in try directory.setTimes(of: name, time, time) }
  }

  /// Notes what a directory is to look like in the end, as a member says.
  func dress(_ place: Place, as entry: LayerEntry) throws(Failure) {
    let (user, group) = try owner(entry)
    // Like a file that is already there for Docker: what a member before this one has set and this one does not
    // have stays; not so what came from below.
    var attributes = table[place].isImplied ? [] : table[place].look.attributes
    for attribute in Self.allowed(entry.attributes) {
      attributes.removeAll { $0.name == attribute.name }
      attributes.append(attribute)
    }
    let look = LayerDirectory.Look(
      mode: entry.mode, user: user, group: group, modified: entry.modified, nanoseconds: entry.nanoseconds,
      attributes: attributes)
    try keep(look, of: place)
    table[place].isImplied = false
  }

  /// Keeps a look for the end.
  func keep(_ look: LayerDirectory.Look, of place: Place) throws(Failure) {
    func bytes(_ attributes: [ExtendedAttribute]) -> Int {
      attributes.reduce(0) { $0 + $1.name.count + $1.value.count + 100 }
    }
    try hold(bytes(look.attributes) - bytes(table[place].look.attributes))
    table[place].look = look
  }

  /// Says that so many bytes more wait in memory.
  func hold(_ bytes: Int) throws(Failure) {
    waitingBytes += bytes
    guard waitingBytes <= Self.mostWaitingBytes else {
      throw Failure(
        .invalid, "",
        "directories' attributes and hard links to later files take more than \(Self.mostWaitingBytes) bytes")
    }
  }

  /// What the directory below looks like.
  func look(of entry: OverlayEntry) throws(Failure) -> LayerDirectory.Look {
    let status = entry.status.raw
    var look = LayerDirectory.Look(
      mode: UInt16(truncatingIfNeeded: status.st_mode & 0o7777), user: status.st_uid, group: status.st_gid,
      modified: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(clamping: status.st_mtim.tv_nsec))
    look.attributes = try check { () throws(Errno) in
      try entry.plainAttributes().map { ExtendedAttribute(name: $0.name.bytes, value: $0.value) }
    }
    let recorded = look.attributes.first { $0.name == Self.recordedStatus.bytes }
    look.attributes.removeAll { $0.name == Self.recordedStatus.bytes }
    let numbers = recorded?.value.split(separator: UInt8(ascii: ":")).map {
      String(decoding: $0, as: UTF8.self)
    }
    if owners == .recorded, let numbers, numbers.count >= 3, let user = UInt32(numbers[0]),
      let group = UInt32(numbers[1]), let mode = UInt16(numbers[2], radix: 8)
    {
      (look.user, look.group, look.mode) = (user, group, mode)
    }
    return look
  }

  /// Gives all directories the look they are to have, the deepest first: none is opened once it has it.
  func dressDirectories() throws(Failure) {
    var isHidden = [Bool](repeating: false, count: table.directories.count)
    for place in table.directories.indices {
      let directory = table[place]
      let isBelowHidden = place > 0 && isHidden[directory.parent]
      table[place].isGone = directory.isGone || place > 0 && table[directory.parent].isGone
      isHidden[place] = directory.isOpaque || isBelowHidden
      // What is not the directory below does not look like it.
      if directory.isImplied, directory.isAnew || isBelowHidden { table[place].look = LayerDirectory.Look() }
    }
    for place in table.directories.indices.reversed() where !table[place].isGone {
      path = table.path(place)
      do throws(Failure) { try finish(place) } catch { throw about(error) }
    }
  }

  private func finish(_ place: Place) throws(Failure) {
    let look = table[place].look
    let directory = try check { () throws(Errno) in try table.descriptor(place) }
    if owners == .mapped, (look.user, look.group) != (ownUser, ownGroup) {
      try own(look.user, look.group) { () throws(Errno) in try directory.setOwner(look.user, look.group) }
    }
    let mode = owners == .recorded ? mode_t(look.mode & 0o777 | 0o700) : mode_t(look.mode)
    try check { () throws(Errno) in try directory.setMode(mode) }
    for attribute in look.attributes {
      try set(attribute) { name throws(Errno) in try directory.setExtendedAttribute(name, to: attribute.value)
      }
    }
    if owners == .recorded { try record(look.mode, look.user, look.group, on: directory) }
    let time = Self.time(look.modified, look.nanoseconds)
    try check { () throws(Errno) in try directory.setTimes(time, time) }
  }
}

extension LayerUnpacker {
  private func owner(_ entry: LayerEntry) throws(Failure) -> (user: UInt32, group: UInt32) {
    // For chown(2) the highest number means none.
    guard entry.user < UInt64(UInt32.max), entry.group < UInt64(UInt32.max) else {
      throw Failure(.invalid, "", "an owner \(entry.user):\(entry.group)")
    }
    return (UInt32(entry.user), UInt32(entry.group))
  }

  private func own(_ user: UInt32, _ group: UInt32, _ call: () throws(Errno) -> Void) throws(Failure) {
    do { try call() } catch {
      guard error.rawValue == EINVAL else { return try check { () throws(Errno) in throw error } }
      throw Failure(
        .failed, "",
        "its owner \(user):\(group) is none of this user namespace: "
          + "give the user more numbers in /etc/subuid and /etc/subgid")
    }
  }

  private func record(
    _ mode: UInt16, _ user: UInt32, _ group: UInt32, on file: FileDescriptor
  ) throws(Failure) {
    let value = Array("\(user):\(group):\(String(mode, radix: 8))".utf8)
    try check { () throws(Errno) in try file.setExtendedAttribute(Self.recordedStatus, to: value) }
  }

  private static func allowed(_ attributes: [ExtendedAttribute]) -> [ExtendedAttribute] {
    if attributes.isEmpty { return attributes }
    return attributes.filter { attribute in
      !OverlayDialect.owns(attribute.name)
        && !reserved.contains { attribute.name[...].behind($0) != nil }
    }
  }

  private func set(
    _ attribute: ExtendedAttribute, _ call: (FileName) throws(Errno) -> Void
  ) throws(Failure) {
    let name = try FileName(checked: attribute.name)
    if attribute.value.count > 2048 { try spend(UInt64(attribute.value.count + 4095) / 4096) }
    do { try call(name) } catch {
      if [EOPNOTSUPP, EPERM].contains(error.rawValue) { return }
      throw Failure(.failed, "", "attribute \(name.description.oneLine): \(error)")
    }
  }

  static func time(_ seconds: Int64, _ nanoseconds: UInt32) -> timespec {
    timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
  }
}
