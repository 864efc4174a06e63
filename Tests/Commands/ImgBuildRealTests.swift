import Testing

/// Dockerfiles as people have them, in Fixtures/real, on a debian image and with packages of debian's and PyPI's mirrors.
@Suite(
  .needsRoot, .needs("mmdebstrap", "curl", "pasta"), .tags(.slow),
  .enabled(
    if: Mirror.reaches("http://deb.debian.org/debian/dists/bookworm/InRelease"), "no mirror"))
struct ImgBuildRealTests {
  /// The layers and the cache of all these tests: the mounts of type cache are shared, too.
  private static let store = Result<Server, any Error> { try Server("real", "exec sleep infinity") }

  /// What `script` finds set: where images and layers are, and `build DIRECTORY [OPTION...]`, which adds the image DIRECTORY
  /// to `store` and says why in `said`.
  private func setting(state: String) throws -> String {
    """
    export IMG_LAYOUT=\(try Images.layout.get()) IMG_LAYERS=\(state)/layers XDG_CACHE_HOME=\(state)/cache
    build() {
      timeout 150 img-build --progress plain --network host -o store -t $1 "${@:2}" $1 > out 2> said || { cat said >&2; exit 1; }
    }

    """
  }

  /// Runs `script` in a directory with copies of the contexts.
  private func run(_ script: String, in scratch: Scratch) throws -> Outcome {
    try scratch.run(
      "cp -r \(Scratch.fixtures)/real/* .; \(setting(state: Self.store.get().directory))\(script)",
      timeout: 300)
  }

  @Test(
    "a C program is compiled in one stage and is all that there is in the next; root and a user make the same of it, and nothing twice",
    .needs("newuidmap", "setpriv"))
  func stages() throws {
    let script = """
      export SOURCE_DATE_EPOCH=1700000000
      build c; sed 's/.*@//' out; ctr-run -q --net none store:c
      build c; sed 's/.*@//' out; grep -c '^ ---> Using cache' said; grep -E '^Step .*: (RUN|COPY|WORKDIR|ENTRYPOINT)' said | wc -l
      """
    let outcome = try run(script, in: Scratch())
    try #require(outcome.lines.count == 5, "\(outcome)")
    let digest = outcome.lines[0]
    #expect(digest.hasPrefix("sha256:"), "\(outcome)")
    #expect(outcome.lines == [digest, "Hello", digest, "6", "6"], "\(outcome)")

    let scratch = try Scratch()
    try scratch.ok("cp -r \(Scratch.fixtures)/real/c .")
    let own = "export XDG_RUNTIME_DIR=$PWD/tmp\n" + (try setting(state: scratch.path))
    let user = try scratch.run(scratch.asUser(own + script), timeout: 300)
    #expect(user.lines == outcome.lines, "\(user)")
  }

  @Test(
    "a virtual environment for Python is filled by pip, again only where the requirements change, and then from its cache",
    .enabled(if: Mirror.reaches("\(Mirror.index)/six/"), "no PyPI"))
  func python() throws {
    let outcome = try run(
      """
      options="--secret id=certificates,src=/etc/ssl/certs/ca-certificates.crt --build-arg PIP_INDEX_URL=\(Mirror.index)"
      build python $options; ctr-run -q --net none store:python
      echo 'print("changed")' >> python/app.py
      build python $options; ctr-run -q --net none store:python; grep -A1 ' : RUN' said | grep -c 'Using cache'
      echo '# changed' >> python/requirements.txt
      build python $options; grep -o 'Using cached docopt' said
      ctr-run -q --net none store:python sh -c 'id -un; ls /run/secrets /root/.cache 2>&1 | grep -c "cannot"'
      """, in: Scratch())
    #expect(
      outcome.lines == [
        "six 1.17.0", "six 1.17.0", "changed", "5", "Using cached docopt", "app", "2",
      ], "\(outcome)")
  }

  @Test(
    "apt's packages stay in mounts of type cache, shared by builds and not in the image; sudo, owners and file capabilities work",
    .needs("getcap"))
  func cacheMounts() throws {
    let outcome = try run(
      """
      build sudo
      ctr-run -q --net none -u 0 store:sudo sh -c 'cat /home/dev/who; stat -c "%a %U" /usr/bin/sudo /home/dev/who
        find /var/cache/apt /var/lib/apt -size +64k'
      mkdir mounted; img-mount store:sudo mounted -- getcap mounted/usr/bin/ping
      printf 'RUN echo more' >> sudo/Dockerfile; build sudo; grep -c '^ ---> Using cache' said
      """, in: Scratch())
    #expect(
      outcome.lines == ["0", "4755 root", "644 dev", "mounted/usr/bin/ping cap_net_raw=ep", "4"],
      "\(outcome)")
  }

  @Test(
    "a service of its own user, begun as root by gosu below tini, in a place and a language; over pasta's network"
  )
  func service() throws {
    let outcome = try run(
      """
      build service --network default; grep -c 'img-build: ' said
      ctr-run -q --net none store:service | sed 's/ [0-9]* / PID /'
      ctr-run -q --net none store:service stat -c '%A %U:%G' /app/serve
      """, in: Scratch())
    #expect(outcome.lines == ["0", "app PID 1970 CET", "UTF-8", "-rwxr-x--- app:app"], "\(outcome)")
  }

  @Test("nginx serves what was copied into its image, on a published port, until it is told to quit")
  func nginx() throws {
    let port = try freePort()
    let outcome = try run(
      """
      build nginx
      ctr-run -q --hostname web -p 127.0.0.1:\(port):8080 store:nginx > log 2> errors & runner=$!
      for _ in {1..200}; do curl -sf -m 5 http://127.0.0.1:\(port)/ && break; sleep 0.1; done
      curl -sf -m 5 http://127.0.0.1:\(port)/host; kill -QUIT $runner; wait $runner; echo $?
      grep -c 'GET /host HTTP' log; img-inspect store:nginx | grep -E 'Ports|Stop' | xargs
      """, in: Scratch())
    #expect(
      outcome.lines == [
        "<p>made by img-build</p>", "web", "0", "1", "Ports: 8080/tcp Stop signal: SIGQUIT",
      ], "\(outcome)")
  }
}

/// Where packages come from.
private enum Mirror {
  static let index = Machine.variable("PIP_INDEX_URL") ?? "https://pypi.org/simple"

  static func reaches(_ address: String) -> Bool {
    let asked = try? runScript(
      "curl -sfI -m 20 --retry 2 \(address)", in: "/", environment: Machine.environment, timeout: 70)
    return asked?.status == 0
  }
}
