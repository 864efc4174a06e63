import Glibc

/// A POSIX thread that runs one closure.
public struct Thread: Sendable {
  private let handle: pthread_t

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread (pthread_create(3)); it must be joined.
  ///
  /// - Throws: EAGAIN where the limit on threads is reached.
  public init(_ body: @escaping @Sendable () -> Void) throws(Errno) {
    var handle = pthread_t()
    let box = Unmanaged.passRetained(Body(body))
    let status = pthread_create(
      &handle, nil,
      { argument in
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      throw Errno(status)
    }
    self.handle = handle
  }

  /// Sends it a signal (pthread_kill(3)).
  public func signal(_ number: CInt) { pthread_kill(handle, number) }

  /// Waits for its end.
  public func join() { pthread_join(handle, nil) }
}

/// The processors that are online (sysconf(3)).
public let processorCount = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
