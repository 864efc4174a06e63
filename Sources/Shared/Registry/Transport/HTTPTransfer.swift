import CCurl
import System

/// What is done with a body.
enum Disposition: Hashable, Sendable {
  /// It is kept in memory; more than `limit` bytes are an error.
  case collect(limit: Int)
  /// It goes to the reader but for the first `skip` bytes; more than `limit` bytes after them are surplus.
  case deliver(skip: UInt64, limit: UInt64)
  /// It is not read.
  case stop
}

/// How a transfer ended.
struct TransferEnd: Hashable, Sendable {
  /// The body, where it was collected.
  var body: [UInt8] = []
  /// The bytes that went to the reader.
  var delivered: UInt64 = 0
  /// Whether more came than was to be delivered.
  var hasSurplus = false
  /// Why it did not come to its end; nil where it did or was stopped on purpose.
  var problem: TransportProblem?
}

/// One request under way on the transport's thread.
final class HTTPTransfer {
  /// The handle.
  var easy: EasyHandle
  /// Where the body goes, if it is not collected.
  let delivery: Delivery?
  /// Where the body of the request comes from, if it is not in memory.
  let outflow: Outflow?
  private let onHead: (ResponseHead) -> Disposition
  private let onEnd: (TransferEnd) -> Void
  private var head: ResponseHead?
  /// How many heads have begun: interim ones come first.
  private var heads = 0
  private static let headLimit = 16
  /// The bytes of trailer fields.
  private var trailers = 0
  /// Decided once the head is complete.
  private var disposition: Disposition?
  private var end = TransferEnd()
  private var wasStopped = false
  /// Whether libcurl holds back bytes until it is told to go on.
  private(set) var isPaused = false
  /// How long to wait for a server that does not go on, seconds.
  var stall = 0

  /// A request without anything sent yet; nil where there is no memory.
  init?(
    delivery: Delivery?, outflow: Outflow? = nil, onHead: @escaping (ResponseHead) -> Disposition,
    onEnd: @escaping (TransferEnd) -> Void
  ) {
    guard let easy = EasyHandle() else { return nil }
    self.easy = easy
    self.delivery = delivery
    self.outflow = outflow
    self.onHead = onHead
    self.onEnd = onEnd
    let this = Unmanaged.passUnretained(self).toOpaque()
    ccurl_set_pointer(self.easy.pointer, CURLOPT_WRITEDATA, this)
    ccurl_set_pointer(self.easy.pointer, CURLOPT_HEADERDATA, this)
    ccurl_set_callback(self.easy.pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, this in
      guard let this else { return 0 }
      return Unmanaged<HTTPTransfer>.fromOpaque(this).takeUnretainedValue()
        .takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    ccurl_set_callback(self.easy.pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, this in
      guard let this else { return 0 }
      return Unmanaged<HTTPTransfer>.fromOpaque(this).takeUnretainedValue()
        .takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    guard outflow != nil else { return }
    ccurl_set_pointer(self.easy.pointer, CURLOPT_READDATA, this)
    ccurl_set_callback(self.easy.pointer, CURLOPT_READFUNCTION) { bytes, size, count, this in
      guard let this else { return ccurl_abort_reading() }
      return Unmanaged<HTTPTransfer>.fromOpaque(this).takeUnretainedValue()
        .giveBody(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }
  }

  /// Fills `space` with what is to be sent next; the number of bytes, or a word of libcurl's.
  private func giveBody(_ space: UnsafeMutableRawBufferPointer) -> Int {
    switch outflow?.read(into: space) {
    case .bytes(let count): return count
    case .later:
      isPaused = true
      // Who has nothing to say is not stalled by the server.
      easy.set(CURLOPT_LOW_SPEED_TIME, 0)
      return ccurl_pause_reading()
    case .broken, nil: return ccurl_abort_reading()
    }
  }

  /// The bytes of a header line that were taken; fewer end the transfer.
  private func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
    if disposition != nil { return takeTrailer(line) }
    if line.starts(with: "HTTP/".utf8) {
      head = ResponseHead(statusLine: line)
      heads += 1
      guard heads <= Self.headLimit else {
        end.problem = TransportProblem(kind: .tooLarge, text: "interim answers without end")
        return stop()
      }
    } else if line.allSatisfy({ $0 == 0x0d || $0 == 0x0a }) {
      // Interim responses are followed by another head.
      guard let head, head.status >= 200 else { return line.count }
      let decided = onHead(head)
      disposition = decided
      guard decided != .stop else { return stop() }
    } else if head?.append(line: line) == false {
      end.problem = TransportProblem(kind: .tooLarge, text: "too many header fields")
      return stop()
    }
    return line.count
  }

  /// What comes after the head's end means nothing to us; but libcurl keeps it.
  private func takeTrailer(_ line: UnsafeRawBufferPointer) -> Int {
    trailers += line.count
    guard trailers <= ResponseHead.sizeLimit else {
      end.problem = TransportProblem(kind: .tooLarge, text: "too many trailer fields")
      return stop()
    }
    return line.count
  }

  private func stop() -> Int {
    wasStopped = true
    return 0
  }

  /// The bytes of the body that were taken; fewer end the transfer.
  private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    switch disposition {
    case .collect(let limit):
      guard end.body.count + bytes.count <= limit else {
        end.problem = TransportProblem(kind: .tooLarge, text: "more than \(limit) bytes")
        return stop()
      }
      end.body.append(contentsOf: bytes)
      return bytes.count
    case .deliver(let skip, let limit): return deliver(bytes, skip: skip, limit: limit)
    case .stop, nil: return stop()
    }
  }

  private func deliver(_ bytes: UnsafeRawBufferPointer, skip: UInt64, limit: UInt64) -> Int {
    let skipped = Int(min(skip, UInt64(bytes.count)))
    let kept = Int(min(limit, UInt64(bytes.count - skipped)))
    if kept > 0 {
      let part = UnsafeRawBufferPointer(rebasing: bytes[skipped..<skipped + kept])
      guard let delivery, delivery.write(part, at: TransportLoop.now) else {
        // A paused stream must not sit on bytes that its reader could give back as free memory.
        delivery?.flush()
        isPaused = true
        return ccurl_pause()
      }
      end.delivered += UInt64(kept)
    }
    disposition = .deliver(skip: skip - UInt64(skipped), limit: limit - UInt64(kept))
    guard skipped + kept == bytes.count else {
      end.hasSurplus = true
      return stop()
    }
    return bytes.count
  }

  /// Goes on after a pause.
  func resume() {
    isPaused = false
    if outflow != nil { easy.set(CURLOPT_LOW_SPEED_TIME, stall) }
    curl_easy_pause(easy.pointer, CURLPAUSE_CONT)
  }

  /// Reports the end, which libcurl calls `code`.
  func finish(_ code: CURLcode) {
    if code != CURLE_OK, !wasStopped {
      var problem = TransportProblem(code, text: easy.errorText)
      // A timeout before anything could be sent.
      if problem.kind == .stalled, easy.number(CURLINFO_PRETRANSFER_TIME_T) == 0 {
        problem.kind = .connection
      }
      end.problem = problem
    } else if disposition == nil, end.problem == nil {
      end.problem = TransportProblem(kind: .garbled, text: "the answer is no HTTP")
    }
    onEnd(end)
  }
}
