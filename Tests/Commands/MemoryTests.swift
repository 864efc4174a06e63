import Testing

/// Peak memory stays below 48 MiB, however large an image is and into however many layers it is cut.
@Suite(.tags(.slow), .needs("nginx"), .serialized)
struct MemoryTests {
  /// The limit, KiB of anonymous memory.
  private let limit = 48 << 10

  /// nginx, as a registry of images of `size` MiB in `count` layers.
  private func serve(_ size: Int, _ count: Int) throws -> Server {
    try Server(
      "memory-\(size)-\(count)",
      "exec /usr/bin/python3 \(Machine.root)/Tests/Commands/Servers/files.py \(Machine.root)/Benchmarks \(size) \(count)"
    )
  }

  @Test("of pulling and saving", arguments: [(10, 1), (10, 200), (2048, 1), (2048, 200)])
  func peak(size: Int, count: Int) throws {
    let server = try serve(size, count)
    defer { server.stop() }
    try server.ready("[ -s port ]", seconds: 60)
    let host = String(decoding: try readFile("\(server.directory)/port"), as: UTF8.self)
    let scratch = try Scratch()
    let peak = "/usr/bin/python3 \(Machine.root)/Tests/Commands/Servers/peak.py"
    let layout = "\(server.directory)/image"
    let steps = [
      "\(peak) 1 img-pull -q -o store \(host)/image && rm -r store",
      "\(peak) 1 img-pull -q \(host)/image | \(peak) 2 img-save -q > whole.img",
      "\(peak) 1 img-save -q \(layout) > /dev/null", "\(peak) 1 img-save -q whole.img > /dev/null",
      "\(peak) 1 img-save -q < whole.img > /dev/null", "cat whole.img | \(peak) 1 img-save -q > /dev/null",
    ]
    for step in steps {
      let peaks = try scratch.ok("rm -f 1 2; \(step); cat 1; echo; cat 2 2>/dev/null || true", timeout: 300)
      for number in peaks.split(whereSeparator: \.isWhitespace).compactMap({ Int($0) }) {
        #expect(number < limit && number > 0, "\(number) KiB: \(step)")
      }
    }
  }
}
