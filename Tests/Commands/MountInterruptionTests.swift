import Testing

/// img-mount that is told to stop while it unpacks.
struct MountInterruptionTests {
  @Test(
    "SIGINT and SIGTERM end it within a second, by that signal, with nothing half unpacked left",
    .needs("python3"), arguments: ["INT", "TERM"])
  func interrupted(signal: String) throws {
    let scratch = try Scratch()
    try scratch.ok("/usr/bin/python3 \(Machine.root)/Tests/Commands/Fixtures/images.py made")
    // A stream that stops in the middle: img-mount waits inside a layer.
    let status = try scratch.ok(
      """
      mkdir m; export IMG_LAYERS=$PWD/layers
      mkfifo pipe
      (img-save made:app:latest | head -c 3000000; sleep 30) > pipe & feeder=$!
      set +e
      env --default-signal=INT img-mount -q - m < pipe & mount=$!
      for _ in $(seq 100); do [ -d layers/trusted/.new ] && [ "$(ls layers/trusted/.new | wc -l)" -gt 0 ] && break; sleep 0.05; done
      sleep 0.3
      begin=$(date +%s%N)
      kill -\(signal) $mount
      wait $mount; status=$?
      took=$(( ($(date +%s%N) - begin) / 1000000 ))
      pkill -P $feeder; kill $feeder
      find layers/trusted -mindepth 2 -name tree > left
      echo "$status $([ $took -lt 1000 ] && echo soon || echo late) $(wc -l < left)"
      """)
    #expect(status == "\(signal == "INT" ? 130 : 143) soon 0")
  }
}
