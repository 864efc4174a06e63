extension RunCase {
  /// Capabilities, system calls.
  static let power: [RunCase] = [
    RunCase(
      "capabilities", "run @base grep CapEff /proc/self/status", output: #"CapEff:\#t00000000800405fb"#,
      differs: "podman's eleven: without NET_RAW, MKNOD, AUDIT_WRITE"),
    RunCase(
      "--cap-add", "run --cap-drop ALL --cap-add NET_ADMIN @base grep Cap /proc/self/status",
      output:
        #"CapInh:\#t0000000000000000\#nCapPrm:\#t0000000000001000\#nCapEff:\#t0000000000001000\#nCapBnd:\#t0000000000001000\#nCapAmb:\#t0000000000000000"#
    ),
    RunCase(
      "--cap-drop", "run --cap-drop ALL @base grep Cap /proc/self/status",
      output:
        #"CapInh:\#t0000000000000000\#nCapPrm:\#t0000000000000000\#nCapEff:\#t0000000000000000\#nCapBnd:\#t0000000000000000\#nCapAmb:\#t0000000000000000"#
    ),
    RunCase(
      "--cap-add with its prefix, in small letters",
      "run --cap-drop all --cap-add cap_chown @base grep CapEff /proc/self/status",
      output: #"CapEff:\#t0000000000000001"#),
    RunCase("--cap-add nonsense", "run --cap-add NONSENSE @base true", status: 125),
    RunCase(
      "an ordinary user has no capabilities", "run -u bob --cap-drop ALL @base grep CapEff /proc/self/status",
      output: #"CapEff:\#t0000000000000000"#),
    RunCase(
      "no-new-privileges", "run --security-opt no-new-privileges @base grep NoNewPrivs /proc/self/status",
      output: #"NoNewPrivs:\#t1"#),
    RunCase(
      "no-new-privileges=false",
      "run -u bob --security-opt no-new-privileges=false @base sh -c 'grep NoNewPrivs /proc/self/status'",
      output: #"NoNewPrivs:\#t0"#),
    RunCase("seccomp filters", "run @base grep Seccomp: /proc/self/status", output: #"Seccomp:\#t2"#),
    RunCase(
      "seccomp=unconfined", "run --security-opt seccomp=unconfined @base grep Seccomp: /proc/self/status",
      output: #"Seccomp:\#t0"#),
    RunCase("unshare is forbidden", "run @base unshare -m true", status: 1),
    RunCase("mount is forbidden", "run @base mount -t tmpfs none /tmp", status: 1),
    RunCase("sethostname is forbidden", "run @base hostname other", status: 1),
    RunCase("reboot is forbidden", "run @base sh -c 'reboot -f; echo $?'", output: "1"),
  ]

  /// What is hidden, and what is its own.
  static let hidden: [RunCase] = [
    RunCase(
      "masked files are empty",
      "run @base sh -c 'cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c'", output: "0"),
    RunCase(
      "masked directories are empty",
      "run @base sh -c 'ls /sys/firmware /proc/scsi /proc/acpi 2>/dev/null | grep -v :'"),
    RunCase("/proc/sys is read-only", "run @base sh -c 'echo 1 > /proc/sys/kernel/panic'", status: 1),
    RunCase("/proc/sysrq-trigger is read-only", "run @base sh -c 'echo h > /proc/sysrq-trigger'", status: 1),
    RunCase("/sys is read-only", "run @base sh -c 'mkdir /sys/fs/cgroup/memory/x'", status: 1),
    RunCase(
      "process 1 is the command",
      #"run @base sh -c 'echo $$; cat /proc/1/comm; set -- /proc/[0-9]*; echo $#'"#, output: #"1\#nsh\#n1"#),
    RunCase(
      "the host's processes are not seen", "run @base ps -o pid,comm", output: #"PID   COMMAND\#n    1 ps"#),
    RunCase(
      "descriptors", "run @base sh -c 'ls /proc/$$/fd'; exec 7</etc/passwd; run @base sh -c 'ls /proc/$$/fd'",
      output: #"0\#n1\#n2\#n3\#n0\#n1\#n2\#n3"#),
    RunCase(
      "mounts are what they should be",
      #"run @base sh -c 'cut -d" " -f5 /proc/self/mountinfo | grep -vE "^/(proc|sys)/" | sort'"#,
      output:
        #"/\#n/dev\#n/dev/mqueue\#n/dev/pts\#n/dev/shm\#n/etc/hostname\#n/etc/hosts\#n/etc/resolv.conf\#n/proc\#n/sys"#
    ),
    RunCase("umask", "run @base sh -c umask", output: "0022"),
  ]
}
