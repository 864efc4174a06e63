import Container
import Dockerfile
import LayerStore
import System

extension BuildExecution {
  /// What RUN steps have in common.
  static func surroundings(_ request: BuildRequest, _ places: Places) throws(Failure) -> RunSurroundings {
    let cache = places.cache
    var surroundings = RunSurroundings(
      places.layers, places.map, host: try HostFacts.current(),
      pasta: Program.find("pasta", along: request.environment["PATH"] ?? ""), filters: request.filters,
      scratch: request.scratch
    ) { (mount) throws(Failure) in
      let held = try cache.mount(mount.id ?? mount.target, sharing: mount.sharing)
      return RunCache(held.directory, isNew: held.isEmpty, lease: held)
    }
    surroundings.network = request.network
    surroundings.allowsInsecure = request.allowsInsecure
    surroundings.allowsHostNetwork = request.allowsHostNetwork
    surroundings.secret = request.secret
    surroundings.agent = { (id) throws(Failure) in request.agent(id) }
    return surroundings
  }
}

extension RunStep: Stoppable {}
