import CCurl
import Glibc
import System

/// How long to wait for a server, seconds.
struct Patience: Sendable {
  /// For a connection.
  var connect = 30
  /// For the next byte.
  var stall = 60
}

/// What a request needs besides itself: whom to trust, whom to go through, how long to wait.
struct TransferSetting: Sendable {
  var certificates = Certificates()
  var proxies = Proxies()
  var patience = Patience()
}

extension HTTPTransfer {
  /// Sets up the handle for `request`.
  func prepare(_ request: HTTPRequest, _ setting: TransferSetting) throws(Failure) {
    easy.set(CURLOPT_URL, request.address.text)
    easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
    // No dots resolved: what a signature covers goes out as it came.
    easy.set(CURLOPT_PATH_AS_IS, 1)
    easy.set(CURLOPT_NOSIGNAL, 1)
    easy.set(CURLOPT_BUFFERSIZE, 512 << 10)
    easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    easy.set(CURLOPT_TCP_KEEPALIVE, 1)
    easy.set(CURLOPT_CONNECTTIMEOUT, setting.patience.connect)
    easy.set(CURLOPT_LOW_SPEED_LIMIT, 1)
    easy.set(CURLOPT_LOW_SPEED_TIME, setting.patience.stall)
    easy.set(CURLOPT_USERAGENT, "ociutils")
    prepareMethod(request)
    prepareProxy(request.address, setting.proxies)
    if request.address.scheme == .https { try prepareTLS(request, setting.certificates) }
  }

  private func prepareMethod(_ request: HTTPRequest) {
    switch request.method {
    case .get: break
    case .head: easy.set(CURLOPT_NOBODY, 1)
    case .post:
      easy.set(CURLOPT_POST, 1)
      easy.set(CURLOPT_POSTFIELDSIZE, request.body.count)
      request.body.withUnsafeBytes {
        _ = ccurl_set_pointer(
          easy.pointer, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
      }
    }
    easy.setFields(request.fields.map { "\($0.name): \($0.value)" })
  }

  private func prepareProxy(_ address: HTTPAddress, _ proxies: Proxies) {
    let proxy = address.scheme == .http ? proxies.http : proxies.https
    // An empty text keeps libcurl from looking into the environment.
    easy.set(CURLOPT_PROXY, address.isLoopback ? "" : proxy ?? "")
    easy.set(CURLOPT_NOPROXY, proxies.noProxy ?? "")
  }

  private func prepareTLS(_ request: HTTPRequest, _ certificates: Certificates) throws(Failure) {
    // A paused stream of HTTP/2 holds up the others of its connection: bodies that may wait get one of their own.
    let isShared = delivery == nil
    easy.set(CURLOPT_HTTP_VERSION, isShared ? Int(CURL_HTTP_VERSION_2TLS) : Int(CURL_HTTP_VERSION_1_1))
    if isShared { easy.set(CURLOPT_PIPEWAIT, 1) }
    if request.trustsAnyone {
      easy.set(CURLOPT_SSL_VERIFYPEER, 0)
      easy.set(CURLOPT_SSL_VERIFYHOST, 0)
    }
    if let client = certificates.clients.first {
      easy.set(CURLOPT_SSLCERT, client.certificate)
      easy.set(CURLOPT_SSLKEY, client.key)
    }
    if let directory = certificates.directory { easy.set(CURLOPT_CAPATH, directory) }
    if certificates.authorities.isEmpty {
      if let bundle = certificates.bundle { easy.set(CURLOPT_CAINFO, bundle) }
    } else {
      // A set of bytes takes the place of the system's file, so that one goes in as well.
      var bytes: [UInt8] = []
      for path in certificates.authorities { bytes += try Self.certificates(at: path) }
      if let bundle = certificates.bundle ?? Self.systemBundle { bytes += try Self.certificates(at: bundle) }
      easy.set(CURLOPT_CAINFO_BLOB, bytes: bytes)
    }
  }

  /// The file of authorities that libcurl was built with.
  private static let systemBundle: String? = {
    guard let path = ccurl_bundle() else { return nil }
    return access(path, R_OK) == 0 ? String(cString: path) : nil
  }()

  private static func certificates(at path: String) throws(Failure) -> [UInt8] {
    let limit = 4 << 20
    do {
      let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
      var bytes = [UInt8](repeating: 0, count: min(limit, Int(try file.status().size)) + 1)
      var count = 0
      while count < bytes.count {
        let result = bytes.withUnsafeMutableBytes { (buffer) -> Result<Int, Errno> in
          do throws(Errno) {
            return .success(try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...])))
          } catch { return .failure(error) }
        }
        let more = try result.get()
        if more == 0 { break }
        count += more
      }
      // Files of certificates need not end their last line.
      return bytes[..<count] + [0x0a]
    } catch { throw error.failure(path) }
  }
}
