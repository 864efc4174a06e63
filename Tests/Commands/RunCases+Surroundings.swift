extension RunCase {
  /// Network and names.
  static let network: [RunCase] = [
    RunCase(
      "--add-host",
      #"run --add-host one:192.0.2.1 --add-host six:2001:db8::1 @base sh -c 'grep -E "one|six" /etc/hosts'"#,
      output: #"192.0.2.1\#tone\#n2001:db8::1\#tsix"#),
    RunCase(
      "--hostname is in /etc/hosts only with a network", "run --hostname box @base cat /etc/hosts",
      output:
        #"127.0.0.1\#tlocalhost\#n::1\#tlocalhost ip6-localhost ip6-loopback\#nfe00::0\#tip6-localnet\#nff00::0\#tip6-mcastprefix\#nff02::1\#tip6-allnodes\#nff02::2\#tip6-allrouters"#
    ),
    RunCase(
      "--dns",
      "run --dns 192.0.2.53 --dns-search example.org --dns-option ndots:2 @base cat /etc/resolv.conf",
      output: #"search example.org\#nnameserver 192.0.2.53\#noptions ndots:2"#),
    RunCase("--dns that is no address", "run --dns nonsense @base true", status: 125),
    RunCase("none has lo only", "run @base ls /sys/class/net", output: "lo"),
    RunCase(
      "lo is up", "run @base sh -c 'ping -c1 -W1 127.0.0.1 >/dev/null && echo up'", status: 1,
      differs: "no CAP_NET_RAW, which podman does not give either"),
    RunCase(
      "host has the host's",
      #"[ "$(engine --net host @base ls /sys/class/net)" = "$(ls /sys/class/net)" ] && echo same"#,
      output: "same"),
    RunCase(
      "host has the host's name", #"[ "$(engine --net host @base hostname)" = "$(hostname)" ] && echo same"#,
      output: "same"),
    RunCase(
      "--sysctl",
      "run --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=4096 @base cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax",
      output: #"1\#n4096"#),
    RunCase("--sysctl of the whole machine", "run --sysctl kernel.panic=1 @base true", status: 125),
    RunCase("a network that does not exist", "engine --net nonsense @base true", status: 125),
  ]

  /// Files, mounts and devices.
  static let mounts: [RunCase] = [
    RunCase(
      "-v", "mkdir v; echo host > v/f; run -v $PWD/v:/v @base sh -c 'cat /v/f; echo new > /v/g'; cat v/g",
      output: #"host\#nnew"#),
    RunCase("-v ro", "mkdir v; run -v $PWD/v:/v:ro @base sh -c 'echo new > /v/g'; ls v"),
    RunCase(
      "-v of a file", "echo host > f; run -v $PWD/f:/etc/passwd:ro @base cat /etc/passwd", output: "host"),
    RunCase("-v makes its target", "mkdir v; run -v $PWD/v:/a/b/c @base ls -d /a/b/c", output: "/a/b/c"),
    RunCase("-v with an unknown option", "mkdir v; run -v $PWD/v:/v:nonsense @base true", status: 125),
    RunCase("-v to a relative target", "mkdir v; run -v $PWD/v:v @base true", status: 125),
    RunCase(
      "an anonymous volume has what the image has there",
      "run -v /data @base sh -c 'cat /data/file; echo x > /data/new && echo written'",
      output: #"of the image\#nwritten"#),
    RunCase(
      "--mount bind",
      "mkdir v; echo host > v/f; run --mount type=bind,source=$PWD/v,target=/v,readonly @base sh -c 'cat /v/f; touch /v/g'",
      output: "host", status: 1),
    RunCase(
      "--mount bind of nothing", "run --mount type=bind,source=$PWD/none,target=/v @base true", status: 125),
    RunCase(
      "--mount tmpfs",
      #"run --mount type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1770 @base sh -c 'stat -c %a /t; df -k /t | tail -n1 | tr -s " " | cut -d" " -f2'"#,
      output: #"1770\#n1024"#),
    RunCase("--mount nonsense", "run --mount type=nonsense,target=/v @base true", status: 125),
    RunCase(
      "--tmpfs",
      #"run --tmpfs /t:size=1m,mode=700 @base sh -c 'stat -c %a /t; df -k /t | tail -n1 | tr -s " " | cut -d" " -f2; grep -o " /t [^ ]* - tmpfs" /proc/self/mountinfo; grep " /t " /proc/mounts | cut -d" " -f4 | tr , "\n" | grep -E "nosuid|nodev|noexec"'"#,
      output: #"700\#n1024\#n /t rw,nosuid,nodev,noexec,relatime - tmpfs\#nnosuid\#nnodev\#nnoexec"#),
    RunCase(
      "--read-only", "run --read-only @base sh -c 'echo x > /f; echo $?; echo x > /dev/shm/f && echo shm'",
      output: #"1\#nshm"#),
    RunCase(
      "--read-only with a tmpfs", "run --read-only --tmpfs /tmp @base sh -c 'echo x > /tmp/f && cat /tmp/f'",
      output: "x"),
    RunCase(
      "the image's volumes",
      "run --read-only @volume sh -c 'cat /data/file; echo x > /fresh/f && cat /fresh/f'",
      output: #"of the image\#nx"#),
    RunCase("changes are gone", "run @base sh -c 'echo x > /new'; run @base cat /new", status: 1),
    RunCase(
      "--shm-size", #"run --shm-size 8m @base sh -c 'df -k /dev/shm | tail -n1 | tr -s " " | cut -d" " -f2'"#,
      output: "8192"),
    RunCase(
      "shm is 64 MiB by default", #"run @base sh -c 'df -k /dev/shm | tail -n1 | tr -s " " | cut -d" " -f2'"#,
      output: "65536"),
    RunCase(
      "--device", #"run --device /dev/fuse:/dev/mine @base sh -c 'stat -c "%F %t:%T" /dev/mine'"#,
      output: "character special file a:e5"),
    RunCase(
      "--device that is not there", "run --device /dev/none-such @base true", status: 125,
      differs: "125 as for all else that can't be set up; docker says 127"),
    RunCase(
      "/dev", "run @base ls /dev",
      output:
        #"fd\#nfull\#nmqueue\#nnull\#nptmx\#npts\#nrandom\#nshm\#nstderr\#nstdin\#nstdout\#ntty\#nurandom\#nzero"#
    ),
    RunCase(
      "devices can be used",
      #"run @base sh -c 'echo x > /dev/null; head -c3 /dev/zero | od -An -tx1; head -c9 /dev/urandom | wc -c; echo x > /dev/full; ls -l /dev/fd | cut -d\> -f2'"#,
      output: #" 00 00 00\#n9\#n /proc/self/fd"#),
    RunCase(
      "a device node made inside opens nothing but what it may",
      "run @base sh -c 'mknod /tmp/mem c 1 1 && cat /tmp/mem; echo $?'", output: "1"),
  ]

  /// Limits.
  static let limits: [RunCase] = [
    RunCase(
      "--ulimit",
      "run --ulimit nofile=123:456 --ulimit core=0 @base sh -c 'ulimit -n; ulimit -Hn; ulimit -c'",
      output: #"123\#n456\#n0"#),
    RunCase("--ulimit soft above hard", "run --ulimit nofile=5:4 @base true", status: 125),
    RunCase("--ulimit nonsense", "run --ulimit nonsense=4 @base true", status: 125),
    RunCase(
      "--memory", "run --memory 64m @base cat /sys/fs/cgroup/memory/memory.limit_in_bytes", output: "67108864"
    ),
    RunCase(
      "--memory-swap",
      "run --memory 64m --memory-swap 100m @base sh -c 'cd /sys/fs/cgroup/memory; cat memory.limit_in_bytes memory.memsw.limit_in_bytes'",
      output: #"67108864\#n104857600"#),
    RunCase("--memory too small", "run --memory 1m @base true", status: 125),
    RunCase("--pids-limit", "run --pids-limit 33 @base cat /sys/fs/cgroup/pids/pids.max", output: "33"),
    RunCase(
      "--cpus",
      "run --cpus 1.5 @base cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us",
      output: #"150000\#n100000"#),
    RunCase("--cpus of more than there are", "run --cpus 4000 @base true", status: 125),
    RunCase("--cpuset-cpus", "run --cpuset-cpus 0 @base cat /sys/fs/cgroup/cpuset/cpuset.cpus", output: "0"),
    RunCase("--oom-score-adj", "run --oom-score-adj 321 @base cat /proc/self/oom_score_adj", output: "321"),
    RunCase(
      "memory above the limit ends it",
      #"run --memory 16m --memory-swap 16m @base sh -c 'x=$(head -c 60000000 /dev/zero | tr "\0" x); echo survived'"#,
      status: 137),
  ]
}
