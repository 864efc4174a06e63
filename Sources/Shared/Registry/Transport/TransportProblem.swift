import CCurl
import System

/// Why a transfer did not come to its end.
struct TransportProblem: Error, Hashable, Sendable {
  /// What can be done about it.
  enum Kind: Sendable {
    /// No answer at all: unknown name, refused, unreachable.
    case connection
    /// Something that is no TLS answered, or none that we speak.
    case handshake
    /// The server is not who it should be.
    case certificate
    /// It broke off.
    case interrupted
    /// Nothing came for too long.
    case stalled
    /// More came than can be taken.
    case tooLarge
    /// What came is no HTTP.
    case garbled
    /// Anything else, such as what is not set up here.
    case other
  }

  var kind: Kind
  /// In the words of a person.
  var text: String
}

extension TransportProblem {
  /// What libcurl's `code` and its `text` mean.
  init(_ code: CURLcode, text: String) {
    // The proxy said no, and will say so again.
    if text.hasPrefix("CONNECT tunnel failed") {
      self.init(kind: .other, text: "proxy: \(text.excerpt)")
      return
    }
    let words = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_PROXY:
      self.init(kind: .connection, text: words.excerpt)
    case CURLE_SSL_CONNECT_ERROR:
      // With words of OpenSSL's own ("error:0A00010B:…") it will not be different next time.
      self.init(kind: text.contains("error:") ? .handshake : .connection, text: words.excerpt)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      self.init(kind: .certificate, text: words.excerpt)
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2,
      CURLE_HTTP2_STREAM:
      self.init(kind: .interrupted, text: words.excerpt)
    case CURLE_OUT_OF_MEMORY:
      // What libcurl says of a line of the head that is longer than its buffer may grow.
      self.init(kind: .tooLarge, text: "a header field is too long")
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL:
      self.init(kind: .garbled, text: words.excerpt)
    case CURLE_SEND_FAIL_REWIND:
      // libcurl would have sent the body again, which it does not have.
      self.init(kind: .interrupted, text: "the connection broke off")
    case CURLE_OPERATION_TIMEDOUT:
      self.init(kind: .stalled, text: words.excerpt)
    default:
      self.init(kind: .other, text: words.excerpt)
    }
  }
}

extension String {
  /// The text of a stranger as one line of bounded length.
  var excerpt: String {
    let limit = 300
    return count > limit ? String(prefix(limit)).oneLine + "…" : oneLine
  }
}
