import Image
import System
import Verification

/// A client of container registries (distribution-spec), for one process.
public final class RegistryClient: Sendable {
  let transport: Transport
  let session: Session
  let configuration: RegistryConfiguration
  let options: RegistryOptions

  /// A client that finds registries and credentials by `configuration`.
  ///
  /// - Parameters:
  ///   - notice: told of every request that is tried again, from another thread
  ///   - trace: told of every request and answer, without secrets, from another thread
  public convenience init(
    _ configuration: RegistryConfiguration, notice: @escaping @Sendable (String) -> Void,
    trace: (@Sendable (String) -> Void)? = nil
  ) throws(Failure) {
    try self.init(configuration, RegistryOptions(), notice: notice, trace: trace)
  }

  init(
    _ configuration: RegistryConfiguration, _ options: RegistryOptions,
    notice: @escaping @Sendable (String) -> Void, trace: (@Sendable (String) -> Void)? = nil
  ) throws(Failure) {
    self.configuration = configuration
    self.options = options
    transport = try Transport()
    session = Session(transport.loop, configuration, options, notice: notice, trace: trace)
  }

  /// Does `exchange` and waits for its answer.
  func perform(_ exchange: Exchange) throws(Failure) -> ExchangeAnswer {
    let answer = Monitor<Result<ExchangeAnswer, Failure>?>(nil)
    let session = session
    transport.loop.perform {
      session.start(exchange) { result in answer.update { $0 = result } }
    }
    return try answer.wait { $0 }.get()
  }
}
