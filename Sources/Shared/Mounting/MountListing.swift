import CommandLine
import Image
import ImageCommand
import LayerStore
import System

/// The lists that img-mount prints.
public struct MountListing {
  private let session: Session
  private let json: Bool

  /// Lists printed by `session`.
  public init(_ session: Session, json: Bool) {
    self.session = session
    self.json = json
  }

  /// Prints what is mounted.
  public func mounts() throws(Failure) {
    let path = try session.environment.layerStore()
    // A list makes no store.
    let mounts = ImageOperand.exists(path) ? try LayerCache(path).mounts().filter(\.isAlive) : []
    if json { return try session.streams.write(JSON.array(mounts.map(\.record.json)).shown) }
    var table = Table(["MOUNT POINT", "IMAGE", "DRIVER", "LAYERS", "CHANGES"])
    for record in mounts.map(\.record) {
      let changes =
        switch record.changes {
        case .none: "none"
        case .temporary: "temporary"
        case .kept(let path): path
        }
      table.add([record.point, record.image, record.driver, String(record.layers.count), changes])
    }
    for line in table.lines { try session.streams.print(line) }
  }

  /// Prints the drivers, and what keeps them from working.
  public func drivers() throws(Failure) {
    let drivers = try MountSetting.all(session).map { (name: $0.name, obstacle: $0.obstacle()) }
    if json {
      let list = drivers.map { driver -> JSON in
        var object: JSON.Object = [
          "name": .string(driver.name), "works": .bool(driver.obstacle == nil),
        ]
        object["obstacle"] = driver.obstacle.map { .string($0) }
        return .object(object)
      }
      return try session.streams.write(JSON.array(list).shown)
    }
    var table = Table(["DRIVER", "WORKS HERE"])
    for driver in drivers { table.add([driver.name, driver.obstacle.map { "no: \($0)" } ?? "yes"]) }
    for line in table.lines { try session.streams.print(line) }
  }
}
