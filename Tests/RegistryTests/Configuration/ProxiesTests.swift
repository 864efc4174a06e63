import Testing

@testable import Registry

@Suite struct ProxiesTests {
  private static let local = "localhost,127.0.0.0/8,::1"

  @Test(
    "the variables decide",
    arguments: [
      ([:], nil, nil, local),
      (["http_proxy": "h", "https_proxy": "s"], "h", "s", local),
      (["HTTP_PROXY": "h", "HTTPS_PROXY": "s"], "h", "s", local),
      (["http_proxy": "l", "HTTP_PROXY": "u", "https_proxy": "m", "HTTPS_PROXY": "v"], "l", "m", local),
      (["HTTP_PROXY": "h", "REQUEST_METHOD": "GET"], nil, nil, local),
      (["http_proxy": "h", "REQUEST_METHOD": "GET"], "h", nil, local),
      (["ALL_PROXY": "a"], "a", "a", local),
      (["all_proxy": "a", "ALL_PROXY": "b", "https_proxy": "s"], "a", "s", local),
      (["all_proxy": "a", "https_proxy": ""], "a", nil, local),
      (["https_proxy": "", "HTTPS_PROXY": "s"], nil, nil, local),
      (["no_proxy": "a.test,.b.test"], nil, nil, "a.test,.b.test," + local),
      (["NO_PROXY": "a"], nil, nil, "a," + local),
      (["no_proxy": "a", "NO_PROXY": "b"], nil, nil, "a," + local), (["no_proxy": "*"], nil, nil, "*"),
      (["no_proxy": "", "NO_PROXY": "b"], nil, nil, local),
    ] as [([String: String], String?, String?, String)])
  func reads(_ environment: [String: String], _ http: String?, _ https: String?, _ noProxy: String) {
    #expect(Proxies(environment: environment) == Proxies(http: http, https: https, noProxy: noProxy))
  }
}
