import Glibc
import Image
import System

// libseccomp takes 7 to 10 ms for the default profile, which is longer than all else that starting a container takes.

extension SeccompFilter {
  /// The program of `profile`, from the files in `directory` where it was made before.
  ///
  /// A file holds the profile that it is of, so that no other can be taken for it. What others could have written is not
  /// read, and nothing is lost where nothing can be kept.
  public init(_ profile: SeccompProfile, cachedIn directory: String) throws(Failure) {
    let key = Self.key(of: profile)
    let name = Self.name(of: key)
    if let known = try? Self.read(name, in: directory), known.count > key.count,
      known.starts(with: key), (known.count - key.count) % 8 == 0
    {
      self.init(program: Array(known[key.count...]))
      return
    }
    try self.init(profile)
    try? Self.write(key + program, as: name, in: directory)
  }

  /// All that a program depends on, as bytes; ends in a zero, and has no other.
  static func key(of profile: SeccompProfile) -> [UInt8] {
    var key: [UInt8] = []
    key.reserveCapacity(1 << 13)
    func add(_ text: String) {
      key.append(contentsOf: text.utf8)
      key.append(UInt8(ascii: " "))
    }
    add(version + " ranges")
    add(Platform.host.architecture)
    add(String(profile.defaultAction.rawValue))
    profile.architectures.forEach(add)
    for rule in profile.rules {
      add("\n" + String(rule.action.rawValue))
      for condition in rule.conditions {
        add("[" + String(condition.argument) + " " + condition.comparison.rawValue)
        add(String(condition.value) + " " + String(condition.second) + "]")
      }
      add(":")
      add(rule.words)
    }
    return key.filter { $0 != 0 } + [0]
  }

  /// A name for the key (FNV-1a, 64 bits): one file for each of a few profiles.
  private static func name(of key: [UInt8]) -> String {
    let hash = key.reduce(0xcbf2_9ce4_8422_2325) { (hash: UInt64, byte) in
      (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return String(hash, radix: 16)
  }

  private static func read(_ name: String, in directory: String) throws(Errno) -> [UInt8]? {
    let place = try FileDescriptor.open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    let file = try place.open(FileName(name), O_RDONLY | O_NONBLOCK)
    guard try place.isOwn, try file.isOwn else { return nil }
    return try file.regularContent(limit: 1 << 20)
  }

  private static func write(_ bytes: [UInt8], as name: String, in directory: String) throws(Errno) {
    try FileDescriptor.makeDirectories(directory)
    guard try FileDescriptor.open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).isOwn else { return }
    let file = try AtomicFile("\(directory)/\(name)")
    guard fchmod(file.descriptor.number, 0o600) == 0 else { throw Errno.current }
    try file.descriptor.write(bytes)
    try file.commit()
  }
}

extension FileDescriptor {
  /// Whether nobody but this process's user can have written what it is.
  fileprivate var isOwn: Bool {
    get throws(Errno) {
      let status = try status().raw
      return status.st_uid == geteuid() && status.st_mode & (S_IWGRP | S_IWOTH) == 0
    }
  }
}
