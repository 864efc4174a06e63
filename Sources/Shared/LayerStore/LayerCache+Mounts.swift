import Glibc
import Image
import System

/// A mount that was written down.
public struct RecordedMount: Sendable {
  /// What it is called in the store.
  public let id: String
  /// What was written down.
  public let record: MountRecord
  /// Whether it is there, or may be: for what can't be known counts as being there.
  public let isAlive: Bool
}

extension LayerCache {
  /// The name of what is written down of a mount.
  static let record = "record"

  /// A place for a new mount; those that killed processes left without writing anything down are removed.
  public func beginMount() throws(Failure) -> MountPlace {
    let mounts = try subdirectory(Name.mounts)
    removeUnrecorded(in: mounts)
    let run = try MountNamespace.current().run
    while true {
      let id = "\(run)-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
      do throws(Errno) {
        try mounts.makeDirectory(id, mode: 0o700)
        // Whoever collects garbage may have taken it for an old one by now.
        if let workshop = try Workshop.enterAbandoned(id, in: mounts) { return MountPlace(self, workshop) }
      } catch { if error.rawValue != EEXIST { throw failure(error, Name.mounts) } }
    }
  }

  /// All mounts that were written down in this run of the kernel, the oldest first.
  public func mounts() throws(Failure) -> [RecordedMount] {
    guard let mounts = try existing(Name.mounts) else { return [] }
    let system = try MountSystem()
    var result: [RecordedMount] = []
    for name in try names(of: mounts, Name.mounts) {
      guard let record = try record(name, in: mounts, system) else { continue }
      let isAlive = system.mayHave(record) ? true : try isTaken(name, in: mounts)
      result.append(RecordedMount(id: name, record: record, isAlive: isAlive))
    }
    return result.sorted { ($0.record.time, $0.id) < ($1.record.time, $1.id) }
  }

  // Needs no look at what is mounted. What can't be removed stays: it is in nobody's way.
  private func removeUnrecorded(in mounts: FileDescriptor) {
    for name in (try? names(of: mounts, Name.mounts)) ?? [] {
      func isRecorded() -> Bool { (try? mounts.status(of: "\(name)/\(Self.record)")) != nil }
      if isRecorded() { continue }
      guard let workshop = try? Workshop.enterAbandoned(name, in: mounts), !isRecorded() else { continue }
      try? workshop.demolish()
    }
  }

  /// Whether a process is just making, unmaking or using the mount.
  func isTaken(_ id: String, in mounts: FileDescriptor) throws(Failure) -> Bool {
    do { return try Workshop.enterAbandoned(id, in: mounts) == nil } catch {
      throw failure(error, "\(Name.mounts)/\(id)")
    }
  }

  /// The place of a mount that was written down, this process's from now on; nil where it has gone.
  ///
  /// - Throws: `failed` where another process has it.
  public func take(_ mount: RecordedMount) throws(Failure) -> MountPlace? {
    guard let mounts = try existing(Name.mounts) else { return nil }
    do throws(Errno) {
      if let workshop = try Workshop.enterAbandoned(mount.id, in: mounts) {
        return MountPlace(self, workshop)
      }
      _ = try mounts.status(of: mount.id)
    } catch {
      if error.rawValue == ENOENT { return nil }
      throw failure(error, "\(Name.mounts)/\(mount.id)")
    }
    throw Failure(.failed, mount.record.point, "another command is using this mount")
  }

  /// What was written down of the mount `id`; nil where nothing was, or in an earlier run of the kernel.
  ///
  /// - Throws: `invalid` where it can't be understood; a loss of power is no reason for that, as it ends the run.
  func record(_ id: String, in mounts: FileDescriptor, _ system: MountSystem) throws(Failure) -> MountRecord?
  {
    guard id.hasPrefix(system.here.run) else { return nil }
    let path = "\(id)/\(Self.record)"
    let bytes: [UInt8]
    do throws(Errno) {
      let file = try mounts.open(path, O_RDONLY | O_NONBLOCK, resolve: Self.inside)
      bytes = try file.readToEnd(limit: JSON.sizeLimit)
    } catch {
      if error.rawValue == ENOENT { return nil }
      throw failure(error, "\(Name.mounts)/\(path)")
    }
    do { return try MountRecord(parsing: bytes) } catch {
      throw error.about("\(Name.mounts)/\(path)").about(givenPath)
    }
  }

  /// The names in a directory of the store, those that are no text left out: they are none of ours.
  func names(of directory: FileDescriptor, _ what: String) throws(Failure) -> [String] {
    do { return try directory.names().compactMap { String(validating: $0, as: UTF8.self) } } catch {
      throw failure(error, what)
    }
  }

  /// Removes what was left of mounts that are gone.
  func removeDeadMounts() throws(Failure) {
    guard let mounts = try existing(Name.mounts) else { return }
    let system = try MountSystem()
    for name in try names(of: mounts, Name.mounts) {
      let workshop: Workshop?
      do { workshop = try .enterAbandoned(name, in: mounts) } catch {
        throw failure(error, "\(Name.mounts)/\(name)")
      }
      guard let workshop else { continue }
      if let record = try record(name, in: mounts, system), system.mayHave(record) { continue }
      do { try workshop.demolish() } catch { throw failure(error, "\(Name.mounts)/\(name)") }
    }
  }
}

/// This run of the kernel and what is mounted, asked once.
struct MountSystem {
  /// The mount namespace of this process.
  let here: MountNamespace
  private let table: MountTable

  init() throws(Failure) {
    here = try .current()
    table = try .current()
  }

  /// Whether the mount of `record` may be there.
  func mayHave(_ record: MountRecord) -> Bool {
    guard record.namespace.bootID == here.bootID else { return false }
    guard record.namespace == here else { return !record.namespace.isGone(table) }
    return table.entries.contains { entry in
      guard let mount = record.mount else {
        return entry.point == record.point && entry.source == record.source
      }
      // Wherever it was moved to: the device is that of no other file system while this one is there.
      return entry.device == mount.device && entry.type == mount.type && entry.source == mount.source
    }
  }
}
