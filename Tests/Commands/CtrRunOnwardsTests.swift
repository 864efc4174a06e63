import Testing

/// What `--bundle` and `--print` write, read by those that it is for: the same command does the same there.
@Suite("ctr-run, onwards", .needsRoot, .needs("busybox"))
struct CtrRunOnwardsTests {
  /// Tells of all that an image and options decide, and ends with 7; a user's own group may be listed once more or not.
  private static let command = #"""
    sh -c 'id | sed "s/ groups=1000(bob)$//"; pwd; echo "$A"; cat /v/f; hostname; tail -n1 /etc/hosts; ls /dev /etc | grep -v core; ulimit -n
      grep -E "CapBnd|CapEff|NoNewPrivs|Seccomp:" /proc/self/status; cat /proc/keys /proc/timer_list | wc -c
      df -k /t | tail -n1 | tr -s " " | cut -d" " -f2; touch /x || echo read-only; umask; exit 7'
    """#
  private static let options = """
    --net none --hostname box -e 'A=two $(words)' -u bob -w /tmp --cap-drop KILL --read-only -v ./v:/v:ro \
    --tmpfs /t:size=1m --ulimit nofile=77 --add-host db:192.0.2.7 --umask 027
    """
  private static let cgroup2 = "umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup"

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.ok("mkdir v; echo shared > v/f")
    try scratch.write("command", Self.command)
    return scratch
  }

  @Test("crun and runc run a bundle as ctr-run runs its image", .needs("crun", "runc"))
  func bundle() throws {
    let scratch = try scratch()
    let outcome = try scratch.run(
      """
      export IMG_LAYERS=\(Runs.store.get().directory)/layers; image=\(Runs.layout.get()):base:latest
      eval "ctr-run \(Self.options) $image $(cat command)" > own 2>/dev/null; echo $?
      eval "ctr-run --bundle b \(Self.options) $image $(cat command)"; echo $?
      (cd b; runc --root $PWD/../runc run runc-$$) > runc.out 2>/dev/null; echo $?
      # This crun knows no hybrid machines, and can't set limits without CAP_SYS_RESOURCE.
      unshare -m sh -c '\(Self.cgroup2); cd b; crun --root ../crun --cgroup-manager=disabled run crun-'$$ > crun.out 2>/dev/null; echo $?
      diff own runc.out && diff own crun.out && echo same
      """)
    #expect(outcome.lines == ["7", "0", "7", "7", "same"], "\(outcome)")
  }

  @Test("the limits of a bundle are runc's", .needs("runc"))
  func limits() throws {
    let outcome = try scratch().run(
      """
      ctr-run --net none --memory 64m --cpus 1.5 --pids-limit 33 --cpuset-cpus 0 --bundle b \(Runs.layout.get()):base:latest \
        sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us pids/pids.max cpuset/cpuset.cpus'
      cd b; runc --root $PWD/../runc run limits-$$
      """)
    #expect(outcome.lines == ["67108864", "150000", "33", "0"], "\(outcome)")
  }

  @Test(
    "a user's bundle is run by the user's crun and runc", .needs("crun", "runc", "newuidmap", "setpriv"),
    arguments: ["crun", "runc"])
  func userBundle(runtime: String) throws {
    let scratch = try scratch()
    let run =
      runtime == "crun" ? "crun --root $PWD/../state --cgroup-manager=disabled" : "runc --root $PWD/../state"
    let outcome = try scratch.run(
      scratch.asUser(
        """
        export IMG_LAYERS=$PWD/layers XDG_RUNTIME_DIR=$PWD/tmp; image=\(Runs.layout.get()):base:latest
        eval "ctr-run --bundle b \(Self.options) -u bob:bob $image $(cat command)"; echo $?
        eval "ctr-run \(Self.options) -u bob:bob $image $(cat command)" > own 2>/dev/null; echo $?
        cd b; \(run) run user-$$ > ../out 2>../err; echo $?; cat ../err >&2; cd ..; diff own out && echo same
        """, prepare: runtime == "crun" ? Self.cgroup2 : "true"))
    #expect(outcome.lines == ["0", "7", "7", "same"], "\(outcome)")
  }

  @Test(
    "podman plays the pod: command, variables, user, mounts, limits, power", .needs("podman", "runc"),
    .tags(.slow))
  func pod() throws {
    let scratch = try scratch()
    let podman = try Engine.podman.client()
    let outcome = try scratch.run(
      #"""
      export IMG_LAYERS=\#(Runs.store.get().directory)/layers; layout=\#(Runs.layout.get())
      for name in base pause; do img-save -q $layout:$name:latest | \#(podman) load -q >/dev/null; done
      options='--net none --memory 64m --cpus 1.5 -e "A=two words" -u bob -w /tmp --cap-drop KILL --read-only -v ./v:/v:ro --tmpfs /t'
      command='sh -c '\''id -u; id -g; pwd; echo "$A"; cat /v/f; touch /v/g /x 2>/dev/null || echo read-only; echo x > /t/x && echo written
        grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/self/status; cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us; exit 7'\'
      eval "ctr-run $options $layout:base:latest $command" > own; echo $?
      eval "ctr-run --print kube --name pod-$$ $options $layout:base:latest $command" > pod.yaml; echo $?
      \#(podman) play kube --network none --log-driver k8s-file pod.yaml >/dev/null; echo $?
      \#(podman) wait pod-$$-pod-$$; \#(podman) logs pod-$$-pod-$$ > out; \#(podman) play kube --down pod.yaml >/dev/null
      diff own out && echo same
      """#)
    #expect(outcome.lines == ["7", "0", "0", "7", "same"], "\(outcome)")
  }

  @Test("systemd takes the unit, and would not take anything", .needs("systemd-analyze"))
  func unit() throws {
    let outcome = try scratch().run(
      #"""
      image=\#(Runs.layout.get()):base:latest; verify() { SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no $PWD/$1 2>&1; }
      ctr-run --print systemd -it --name box --stop-timeout 9 -e 'A=50% "$HOME" \' -v ./v:/v:ro $image sh -c $'echo "a b"; echo \'%n\'\n\ttrue' > box.service
      verify box.service; echo $?
      ctr-run --print=systemd --rootfs / true > root.service; verify root.service; echo $?
      sed 's/^ExecStart=.*/ExecStart=nowhere "/' box.service > bad.service; verify bad.service > /dev/null; echo $?
      """#)
    #expect(outcome.lines == ["0", "0", "1"], "\(outcome)")
  }
}
