import Glibc

/// A container engine that the tests start: something that loads archives and runs images.
enum Engine: String, CaseIterable, Sendable, CustomStringConvertible {
  case docker
  case podman
  case containerd

  var description: String { rawValue }

  /// Where this engine keeps everything; it runs once this is there.
  func directory() throws -> String {
    switch self {
    case .docker: try Engine.dockerd.get().directory
    case .podman: try Engine.podmanFiles.get().directory
    case .containerd: try Engine.containerdServer.get().directory
    }
  }

  /// The command that speaks to this engine.
  func client() throws -> String {
    switch self {
    case .docker: "docker -H unix://\(try directory())/sock"
    case .podman: try podman()
    case .containerd: "ctr -a \(try directory())/sock"
    }
  }

  /// The command that reads an archive on standard input into the engine.
  func load() throws -> String {
    switch self {
    case .docker, .podman: "\(try client()) load"
    // ctr reads standard input as `-`.
    case .containerd: "\(try client()) image import -"
    }
  }

  /// The command that runs `command` in the image `name`, a full name.
  func run(_ name: String, _ command: String) throws -> String {
    switch self {
    case .docker: "docker -H unix://\(try directory())/sock run --rm --network none \(name) \(command)"
    case .podman: "\(try podman()) run --rm --network none \(name) \(command)"
    case .containerd:
      "ctr -a \(try directory())/sock run --rm \(name) run-\(getpid())-$RANDOM$RANDOM \(command)"
    }
  }

  /// The command that prints the image ID (the config's digest) of `name`; not for containerd.
  func imageID(_ name: String) throws -> String {
    switch self {
    case .docker: "docker -H unix://\(try directory())/sock image inspect -f '{{.Id}}' \(name)"
    case .podman: "\(try podman()) image inspect -f 'sha256:{{.Id}}' \(name)"
    case .containerd: "ctr -a \(try directory())/sock image ls name==\(name)"
    }
  }

  /// The command that writes the image `name` to standard output as this engine saves images; not for containerd.
  func save(_ name: String) throws -> String {
    switch self {
    case .docker: "docker -H unix://\(try directory())/sock save \(name)"
    case .podman: "\(try podman()) save -q \(name)"
    case .containerd: "ctr -a \(try directory())/sock image export - \(name)"
    }
  }

  private func podman() throws -> String {
    let here = try directory()
    return """
      env CONTAINERS_CONF=\(here)/containers.conf podman --root \(here)/root --runroot \(here)/run \
      --tmpdir \(here)/tmp --storage-driver overlay
      """
  }

  /// Its own daemon, with its own containerd; no network, no firewall rules.
  private static let dockerd = Result<Server, any Error> {
    let server = try Server(
      "dockerd",
      """
      exec dockerd --data-root $PWD/data --exec-root $PWD/exec -p $PWD/pid -H unix://$PWD/sock \
        --iptables=false --ip6tables=false --bridge=none --storage-driver=overlay2
      """, cleanup: "umount -q data/overlay2/*/merged data exec/netns/* 2>/dev/null")
    try server.ready("docker -H unix://$PWD/sock version >/dev/null", seconds: 60)
    return server
  }

  /// No daemon, only where podman keeps its files.
  ///
  /// runc, not crun: Debian's crun refuses machines with hybrid cgroups. The limits are set because podman's
  /// own need CAP_SYS_RESOURCE. Pods are held by an image of Fixtures/runs.py.
  private static let podmanFiles = Result<Server, any Error> {
    try Server(
      "podman", "exec sleep infinity",
      prepare: """
        mkdir root run tmp
        cat > containers.conf <<'END'
        [containers]
        default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
        netns = "none"
        log_driver = "none"
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "none"
        runtime = "runc"
        infra_image = "localhost/pause:latest"
        END
        """,
      cleanup: "umount -q root/overlay/*/merged root/overlay 2>/dev/null")
  }

  private static let containerdServer = Result<Server, any Error> {
    let server = try Server(
      "containerd", "exec containerd -c conf.toml",
      prepare: """
        cat > conf.toml <<END
        version = 2
        root = "$PWD/root"
        state = "$PWD/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri"]
        [grpc]
        address = "$PWD/sock"
        [ttrpc]
        address = "$PWD/ttrpc"
        END
        """, cleanup: "umount -q state/*/*/*/rootfs 2>/dev/null")
    try server.ready("ctr -a $PWD/sock version >/dev/null", seconds: 60)
    return server
  }
}
