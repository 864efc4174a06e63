import Glibc
import Image
import System
import Transfer
import Verification

/// Does what an upload says, on the thread of whoever waits for the blob to be there.
final class BlobUpload {
  private let client: RegistryClient
  private let target: PushTarget
  private let descriptor: Descriptor
  private let body: BlobBody
  private var upload: Upload
  /// What the last reading of the blob brought; kept as it was thrown.
  private var unreadable: Failure?

  /// An upload of `descriptor` to `target`.
  ///
  /// - Parameters:
  ///   - mountSource: a repository of the same registry that has it, most likely.
  ///   - isRereadable: whether `source` can be read again.
  ///   - advanced: told how many bytes more were sent; negative where it starts again.
  init(
    _ descriptor: Descriptor, from source: any ImageSource, isRereadable: Bool, to target: PushTarget,
    _ client: RegistryClient, mountSource: String?, advanced: @escaping (Int) -> Void
  ) {
    self.client = client
    self.target = target
    self.descriptor = descriptor
    body = BlobBody(descriptor, in: source, advanced: advanced)
    upload = Upload(
      descriptor.digest, size: descriptor.size, mountSource: mountSource, isRereadable: isRereadable,
      policy: client.options.retry)
  }

  /// Uploads; the repository that the registry took it from instead, if any.
  func run() throws(Failure) -> String? {
    var event = Upload.Event.begin
    while true {
      switch upload.handle(event) {
      case .finish(let source): return source
      case .fail(let problem, let session):
        if let session { cancel(session) }
        let name = descriptor.digest.description
        if let unreadable { throw unreadable.about(name) }
        throw problem.failure.about(name).about(target.reference.familiarName)
      case .wait(let seconds, let notice):
        client.session.notice(notice)
        // Those who were turned away together should not come back together.
        usleep(useconds_t(min(seconds * .random(in: 1...1.25), 3600) * 1e6))
        event = .waited
      case let action: event = perform(action)
      }
    }
  }

  private func perform(_ action: Upload.Action) -> Upload.Event {
    do throws(Failure) {
      switch action {
      case .send(let part, let address, let isWhole): return try send(part, to: address, isWhole: isWhole)
      default: return answered(try client.perform(try exchange(for: action)))
      }
    } catch { return .failed(error) }
  }

  private func answered(_ answer: ExchangeAnswer) -> Upload.Event {
    .answer(answer.head, body: answer.body, from: answer.address)
  }

  private func exchange(for action: Upload.Action) throws(Failure) -> Exchange {
    let digest = descriptor.digest.description
    switch action {
    case .mount(let source):
      let query: [(name: String, value: String)] = [("mount", digest), ("from", source)]
      var target = try target.target("blobs/uploads/", readingFrom: source)
      target.address = target.address.adding(query: query)
      target.fallback = target.fallback?.adding(query: query)
      return change(.post, [200, 201, 202, 400, 404, 405], at: target)
    case .start: return change(.post, [200, 201, 202], at: try target.target("blobs/uploads/"))
    case .complete(let address):
      return change(.put, [200, 201, 202, 204, 400, 404, 413, 416], at: target.target(at: address))
    case .ask(let address):
      return change(.get, [200, 202, 204], at: target.target(at: address))
    default:
      let target = try target.target("blobs/\(digest)")
      return Exchange(
        .head, HTTPRequest(method: .head, address: target.address), at: [target], policy: client.options.retry
      )
    }
  }

  private func change(
    _ method: HTTPRequest.Method, _ statuses: Set<Int>, at target: Exchange.Target
  ) -> Exchange {
    Exchange(
      .change(statuses), HTTPRequest(method: method, address: target.address), at: [target],
      policy: client.options.retry)
  }

  /// Sends a part; a blob that turns out to be wrong never gets its last bytes sent.
  private func send(
    _ part: Range<UInt64>, to address: HTTPAddress, isWhole: Bool
  ) throws(Failure) -> Upload.Event {
    do throws(Failure) { try body.seek(to: part.lowerBound) } catch { return unreadable(error) }
    var request = HTTPRequest(method: isWhole ? .put : .patch, address: address)
    request.streamed = part.upperBound - part.lowerBound
    request.fields = [
      HTTPRequest.Field(name: "Content-Type", value: "application/octet-stream"),
      // libcurl would wait for leave to send.
      HTTPRequest.Field(name: "Expect", value: ""),
    ]
    if !isWhole {
      let range = "\(part.lowerBound)-\(max(part.upperBound, 1) - 1)"
      request.fields.append(HTTPRequest.Field(name: "Content-Range", value: range))
    }
    var once = client.options.retry
    once.tries = 1
    once.connectionTries = 1
    let running = client.begin(Exchange(.send, request, at: [target.target(at: address)], policy: once))
    do throws(Failure) { try body.send(up: part.upperBound, running.outflow) } catch {
      running.outflow.abort()
      _ = try? running.wait()
      return unreadable(error)
    }
    return answered(try running.wait())
  }

  private func unreadable(_ failure: Failure) -> Upload.Event {
    unreadable = failure
    return .unreadable(failure)
  }

  /// Has the registry forget what it got; it would do so by itself in a week.
  private func cancel(_ session: HTTPAddress) {
    var once = client.options.retry
    once.tries = 1
    once.connectionTries = 1
    let target = target.target(at: session)
    _ = try? client.perform(
      Exchange(
        .change([200, 202, 204, 404]), HTTPRequest(method: .delete, address: session), at: [target],
        policy: once))
  }
}

extension RegistryClient {
  /// A request whose body is being sent.
  struct Running {
    let outflow: Outflow
    fileprivate let answer: Monitor<Result<ExchangeAnswer, Failure>?>

    /// Waits for the answer.
    func wait() throws(Failure) -> ExchangeAnswer { try answer.wait { $0 }.get() }
  }

  /// Starts `exchange`, whose body the caller writes to the outflow.
  func begin(_ exchange: Exchange) -> Running {
    let answer = Monitor<Result<ExchangeAnswer, Failure>?>(nil)
    let session = session
    let loop = session.loop
    let outflow = Outflow(options.budget) { loop.stir() }
    loop.perform {
      session.start(exchange, outflow: outflow) { result in
        outflow.close()
        answer.update { $0 = result }
      }
    }
    return Running(outflow: outflow, answer: answer)
  }
}
