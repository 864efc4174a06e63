import CommandLine
import Image
import ImageCommand
import LayerStore
import System
import Transfer
import Unpack

extension ImageMount {
  /// An image whose layers are in the store.
  struct Unpacked {
    /// What people call it.
    let name: String
    let manifest: Digest
    let config: ImageConfig
    let layers: [StoredLayer]
  }

  func unpack(_ operand: ImageOperand, _ setting: MountSetting) throws(Failure) -> Unpacked {
    let carrier = try Carriers(session).open(operand.place)
    let named = try carrier.select(operand.selector)
    let progress = LayerProgress(
      session.progress,
      .init(waiting: "Waiting", moving: "Unpacking", done: "Unpacked", present: "Already unpacked"))
    do throws(Failure) {
      let entry = try carrier.source.manifest(for: options.platform ?? .host, of: named)
      let settings = ImageUnpacking.Settings(
        form: setting.driver.form, limit: options.limit, durably: options.durably)
      let image = try ImageUnpacking(into: setting.store, settings, observer: progress).run(
        entry, in: carrier)
      let name = named.shortName ?? named.digest.description
      return Unpacked(name: name, manifest: entry.digest, config: image.config, layers: image.layers)
    } catch { throw error.about(carrier.name) }
  }

  func upper(
    for point: MountPoint?, in setting: MountSetting, temporary: () throws(Failure) -> UpperDirectory
  ) throws(Failure) -> UpperDirectory? {
    switch options.changes {
    case .refused: return nil
    case .forgotten: return try temporary()
    case .kept(let path):
      let place = MountSetting.resolved(path)
      guard place != point?.path, !(place + "/").hasPrefix(setting.store.path + "/") else {
        throw Failure(
          .usage, "--upper \(path)", "is \(place == point?.path ? "DIR itself" : "in the layer store")")
      }
      let work = path + ".work"
      for path in [path, work] {
        do throws(Errno) { try FileDescriptor.makeDirectories(path) } catch { throw error.failure(path) }
      }
      return UpperDirectory(path: place, work: MountSetting.resolved(work))
    }
  }

  func changes(_ upper: UpperDirectory?) -> MountRecord.Changes {
    switch options.changes {
    case .refused: .none
    case .forgotten: .temporary
    case .kept: upper.map { .kept($0.path) } ?? .none
    }
  }

  func copy(_ image: Unpacked, to path: String, _ setting: MountSetting) throws(Failure) {
    guard case .refused = options.changes else {
      throw Failure(.usage, path, "what is copied can be changed: --rw and --upper are for mounts")
    }
    do throws(Errno) { try FileDescriptor.makeDirectories(path) } catch { throw error.failure(path) }
    var point = try setting.point(path)
    point.source = image.name
    try setting.driver.mount(LayerChain(image.layers, in: setting.store), at: point)
  }
}
