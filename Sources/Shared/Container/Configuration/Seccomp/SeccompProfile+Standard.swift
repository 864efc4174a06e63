import Image

// The default profile: the rules of containers-common's seccomp.json, which tests compare it with, expressed as groups;
// with later system calls of the same harmless kinds, and without AF_VSOCK. As in Docker's profile neither keyrings nor
// the kernel's log can be reached, which no namespace holds back.

extension SeccompProfile {
  /// The profile of a container of which nothing else is said.
  ///
  /// Calls that it does not know fail with ENOSYS, so that programs take another way; those that are forbidden with
  /// EPERM.
  public static func standard(in setting: Setting) -> SeccompProfile {
    var rules = [Rule(words: forbidden, .fail(1)), Rule(words: later, .allow), Rule(words: allowed, .allow)]
    // The personalities of Linux, of 32 bits, without randomised addresses, and asking which one it is.
    for persona: UInt64 in [0, 0x8, 0x20000, 0x20008, 0xFFFF_FFFF] {
      rules.append(Rule(["personality"], .allow, where: [Condition(0, .equal, persona)]))
    }
    if let names = words(ofArchitecture: setting.architecture) {
      rules.append(Rule(words: names, .allow))
    }
    for (capability, names) in ofCapability {
      rules.append(Rule(words: names, setting.capabilities.has(capability) ? .allow : .fail(1)))
    }
    rules += sockets(audit: setting.capabilities.has(.auditWrite))
    return SeccompProfile(
      defaultAction: .fail(38), architectures: architectures(of: setting.architecture), rules: rules)
  }

  private static func architectures(of native: String) -> [String] {
    let names =
      switch native {
      case "amd64": ["X86_64", "X86", "X32"]
      case "arm64": ["AARCH64", "ARM"]
      case "s390x": ["S390X", "S390"]
      default: [String]()
      }
    return names.map { "SCMP_ARCH_\($0)" }
  }

  /// All families but AF_VSOCK, which no network namespace holds back; of netlink not the audit protocol, unless
  /// CAP_AUDIT_WRITE is there.
  ///
  /// What is allowed is named in full 64 bits: the kernel looks at the lower 32 only, so a rule "not 40" would let
  /// 0x1_0000_0028 through.
  private static func sockets(audit: Bool) -> [Rule] {
    let families: [(first: UInt64, count: UInt64)] = [
      (0, 16), (17, 1), (18, 2), (20, 4), (24, 8), (32, 8), (41, 1), (42, 2), (44, 4),
    ]
    var rules = families.map { first, count in
      Rule(["socket"], .allow, where: [Condition(0, .maskedEqual, ~(count - 1), first)])
    }
    let netlink = Condition(0, .equal, 16)
    if audit {
      rules.append(Rule(["socket"], .allow, where: [netlink]))
    } else {
      for (first, count): (UInt64, UInt64) in [(0, 8), (8, 1), (10, 2), (12, 4), (16, 16)] {
        rules.append(
          Rule(["socket"], .allow, where: [netlink, Condition(2, .maskedEqual, ~(count - 1), first)]))
      }
      // EINVAL is how a kernel without audit answers.
      rules.append(Rule(["socket"], .fail(22), where: [netlink, Condition(2, .equal, 9)]))
    }
    // EAFNOSUPPORT.
    rules.append(Rule(["socket"], .fail(97), where: [Condition(0, .equal, 40)]))
    return rules
  }

  private static func words(ofArchitecture architecture: String) -> String? {
    switch architecture {
    case "amd64": "arch_prctl modify_ldt"
    case "386": "modify_ldt"
    case "ppc64le": "sync_file_range2"
    case "arm", "arm64":
      "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"
    case "riscv64": "riscv_flush_icache riscv_hwprobe"
    case "s390x": "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"
    default: nil
    }
  }

  /// What takes a capability: without it these fail with EPERM.
  private static let ofCapability: [(Capability, String)] = [
    (.dacReadSearch, "open_by_handle_at"),
    (.sysAdmin, "bpf fanotify_init lookup_dcookie perf_event_open quotactl setdomainname sethostname"),
    (.sysChroot, "chroot"),
    (.sysModule, "delete_module finit_module init_module query_module"),
    (.sysPacct, "acct"),
    (.sysPtrace, "kcmp process_madvise"),
    (.sysRawio, "ioperm iopl"),
    (.syslog, "syslog"),
    (.sysTime, "clock_settime clock_settime64 settimeofday stime"),
    (.sysTTYConfig, "vhangup"),
  ]

  /// What a container is never to do.
  private static let forbidden =
    """
    bdflush io_pgetevents kexec_file_load kexec_load keyctl migrate_pages move_pages nfsservctl nice oldfstat \
    oldlstat oldolduname oldstat olduname pciconfig_iobase pciconfig_read pciconfig_write sgetmask ssetmask \
    swapcontext swapoff swapon sysfs uselib userfaultfd ustat vm86 vm86old vmsplice
    """

  /// Later than containers-common's list: variants of calls that are in it, and harmless questions.
  static let later =
    """
    cachestat fchmodat2 file_getattr file_setattr futex_requeue futex_wait futex_waitv futex_wake getxattrat \
    listmount listxattrat map_shadow_stack mseal removexattrat set_mempolicy_home_node setxattrat statmount \
    uretprobe
    """

  private static let allowed =
    """
    _llseek _newselect accept accept4 access adjtimex alarm bind brk capget capset chdir chmod chown chown32 \
    clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 \
    clock_nanosleep clock_nanosleep_time64 clone clone3 close close_range connect copy_file_range creat dup \
    dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait \
    epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 \
    fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchown fchown32 fchownat fcntl fcntl64 \
    fdatasync fgetxattr flistxattr flock fork fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstat \
    fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_time64 futimesat \
    get_mempolicy get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 \
    geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid \
    getppid getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid \
    getsockname getsockopt gettid gettimeofday getuid getuid32 getxattr inotify_add_watch inotify_init \
    inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_setup io_submit ioctl ioprio_get \
    ioprio_set ipc kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown \
    lchown32 lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat lstat64 \
    madvise mbind membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 \
    mlockall mmap mmap2 mount mount_setattr move_mount mprotect mq_getsetattr mq_notify mq_open \
    mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap msgctl msgget \
    msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat open open_tree \
    openat openat2 pause pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pivot_root pkey_alloc pkey_free \
    pkey_mprotect poll ppoll ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease \
    process_vm_readv process_vm_writev pselect6 pselect6_time64 ptrace pwrite64 pwritev pwritev2 read \
    readahead readdir readlink readlinkat readv reboot recv recvfrom recvmmsg recvmmsg_time64 recvmsg \
    remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction \
    rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait \
    rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity \
    sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 \
    sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select semctl \
    semget semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto set_mempolicy \
    set_robust_list set_thread_area set_tid_address setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 \
    setgroups setgroups32 setitimer setns setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid \
    setresuid32 setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr shmat shmctl shmdt \
    shmget shutdown sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn \
    sigsuspend socketcall socketpair splice stat stat64 statfs statfs64 statx symlink symlinkat sync \
    sync_file_range syncfs syscall sysinfo tee tgkill time timer_create timer_delete timer_getoverrun \
    timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd timerfd_create timerfd_gettime \
    timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask \
    umount umount2 uname unlink unlinkat unshare utime utimensat utimensat_time64 utimes vfork wait4 waitid \
    waitpid write writev
    """
}
