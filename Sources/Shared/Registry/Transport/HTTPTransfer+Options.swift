import CCurl

extension HTTPTransfer {
  /// Sets up the handle for `request`.
  func prepare(_ request: HTTPRequest, _ setting: TransferSetting) {
    easy.set(CURLOPT_URL, request.address.text)
    easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
    // No dots resolved: what a signature covers goes out as it came.
    easy.set(CURLOPT_PATH_AS_IS, 1)
    easy.set(CURLOPT_NOSIGNAL, 1)
    easy.set(CURLOPT_BUFFERSIZE, 512 << 10)
    easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    easy.set(CURLOPT_TCP_KEEPALIVE, 1)
    easy.set(CURLOPT_CONNECTTIMEOUT, setting.patience.connect)
    easy.set(CURLOPT_LOW_SPEED_LIMIT, Patience.slowest)
    // A registry that has got all of a blob digests it before it answers.
    stall = setting.patience.stall * (outflow == nil ? 1 : 5)
    easy.set(CURLOPT_LOW_SPEED_TIME, stall)
    easy.set(CURLOPT_USERAGENT, "ociutils")
    prepareMethod(request)
    prepareProxy(request.address, setting.proxies)
    if request.address.scheme == .https { prepareTLS(request, setting) }
  }

  private func prepareMethod(_ request: HTTPRequest) {
    switch request.method {
    case .get: break
    case .head: easy.set(CURLOPT_NOBODY, 1)
    case .post, .put, .patch, .delete: prepareBody(request)
    }
    easy.setFields(request.fields.map { "\($0.name): \($0.value)" })
  }

  private func prepareBody(_ request: HTTPRequest) {
    if let count = request.streamed {
      easy.set(CURLOPT_UPLOAD, 1)
      ccurl_set_offset(easy.pointer, CURLOPT_INFILESIZE_LARGE, curl_off_t(clamping: count))
      easy.set(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
    } else {
      easy.set(CURLOPT_POST, 1)
      easy.set(CURLOPT_POSTFIELDSIZE, request.body.count)
      request.body.withUnsafeBytes {
        _ = ccurl_set_pointer(
          easy.pointer, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
      }
    }
    easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
  }

  private func prepareProxy(_ address: HTTPAddress, _ proxies: Proxies) {
    let proxy = address.scheme == .http ? proxies.http : proxies.https
    // An empty text keeps libcurl from looking into the environment.
    easy.set(CURLOPT_PROXY, address.isLoopback ? "" : proxy ?? "")
    easy.set(CURLOPT_NOPROXY, proxies.noProxy ?? "")
  }

  private func prepareTLS(_ request: HTTPRequest, _ setting: TransferSetting) {
    // What a paused stream of HTTP/2 still receives is kept by libcurl, megabytes of it, outside of our budget:
    // bodies that may have to wait come by HTTP/1.1, where the socket holds them back.
    let isShared = delivery == nil && outflow == nil
    easy.set(CURLOPT_HTTP_VERSION, isShared ? Int(CURL_HTTP_VERSION_2TLS) : Int(CURL_HTTP_VERSION_1_1))
    if isShared { easy.set(CURLOPT_PIPEWAIT, 1) }
    if request.trustsAnyone {
      easy.set(CURLOPT_SSL_VERIFYPEER, 0)
      easy.set(CURLOPT_SSL_VERIFYHOST, 0)
    }
    let certificates = setting.certificates
    if let client = certificates.clients.first {
      easy.set(CURLOPT_SSLCERT, client.certificate)
      easy.set(CURLOPT_SSLKEY, client.key)
    }
    if let directory = certificates.directory { easy.set(CURLOPT_CAPATH, directory) }
    if !setting.authorities.isEmpty {
      easy.set(CURLOPT_CAINFO_BLOB, bytes: setting.authorities)
    } else if let bundle = certificates.bundle {
      easy.set(CURLOPT_CAINFO, bundle)
    } else if certificates.directory == nil, TransferSetting.hasSystemDirectory {
      easy.set(CURLOPT_CAINFO, nil)
    }
  }
}
