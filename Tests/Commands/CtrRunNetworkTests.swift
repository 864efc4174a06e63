import Testing

/// Networks that pasta(1) connects.
@Suite("ctr-run, connected", .needsRoot, .needs("pasta", "busybox"))
struct CtrRunNetworkTests {
  /// Runs `script`, in which `base` is an image and `await WORDS FILE` waits.
  private func run(_ script: String, timeout: Int = 60) throws -> Outcome {
    try Scratch().run(
      """
      export IMG_LAYERS=\(Runs.store.get().directory)/layers; base=\(Runs.layout.get()):base:latest
      await() { for _ in {1..200}; do grep -qs "$1" "$2" && return; sleep 0.05; done; }
      \(script)
      """, timeout: timeout)
  }

  @Test("a port without one of the host gets a free one, which is printed, and leads to the container")
  func anyPort() throws {
    let outcome = try run(
      """
      ctr-run -p 80 -p 127.0.0.1::81 $base sh -c 'mkdir w; echo inside > w/f; httpd -p 80 -h w; httpd -p 81 -h w
        echo ready; while [ ! -e w/end ]; do sleep 0.1; done' > out 2> err & runner=$!
      await ready out; cat err | sed 's/[0-9]*$/PORT/' >&2
      for port in $(sed 's/.*://' err); do curl -s -m 5 http://127.0.0.1:$port/f; done; kill -INT $runner; kill -INT $runner; wait
      """)
    #expect(outcome.lines == ["inside", "inside"], "\(outcome)")
    #expect(
      outcome.errors == "ctr-run: 80/tcp -> 0.0.0.0:PORT\nctr-run: 81/tcp -> 127.0.0.1:PORT\n", "\(outcome)")
  }

  @Test("host-gateway is the host's address: what listens there is reached, what is on its loopback is not")
  func hostGateway() throws {
    let (open, closed) = (try freePort(), try freePort())
    let outcome = try run(
      """
      ip route get 203.0.113.1 >/dev/null 2>&1 || { echo no route; exit; }
      mkdir w; echo host > w/f; busybox httpd -f -p 0.0.0.0:\(open) -h w & first=$!
      busybox httpd -f -p 127.0.0.1:\(closed) -h w & second=$!; sleep 0.3
      ctr-run --add-host up:host-gateway $base sh -c '
        grep -c up /etc/hosts; timeout 5 wget -qO- http://up:\(open)/f; timeout 5 wget -qO- http://up:\(closed)/f || echo refused'
      kill $first $second
      """)
    #expect(outcome.output == "no route" || outcome.lines == ["1", "host", "refused"], "\(outcome)")
    let pod = try run("ctr-run --add-host up:host-gateway --print kube $base true")
    #expect(pod.status == 125, "\(pod)")
    expectOneLine(pod, from: "ctr-run", containing: "give an address")
  }

  @Test(
    "apt-get installs a package in a debian image, over pasta and over the host's network",
    .needs("mmdebstrap", "curl"), .tags(.slow), arguments: ["pasta", "host"])
  func packages(network: String) throws {
    let image = "\(try Images.layout.get()):debian:latest"
    let outcome = try run(
      """
      curl -sfI -m 10 http://deb.debian.org/debian/dists/bookworm-updates/InRelease >/dev/null || { echo no mirror; exit; }
      ctr-run --net \(network) \(image) bash -e -c '
        echo "deb http://deb.debian.org/debian bookworm main" > /etc/apt/sources.list
        apt-get -q update -o Acquire::Languages=none >&2
        DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends hello >&2
        hello; stat -c %U /usr/bin/hello'
      """, timeout: 120)
    #expect(outcome.output == "no mirror" || outcome.lines == ["Hello, world!", "root"], "\(outcome)")
  }
}
