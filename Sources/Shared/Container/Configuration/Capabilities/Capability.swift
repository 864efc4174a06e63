/// A capability (capabilities(7)), numbered as the kernel numbers them.
public enum Capability: UInt8, CaseIterable, Sendable {
  case chown, dacOverride, dacReadSearch, fowner, fsetid, kill, setgid, setuid, setpcap, linuxImmutable
  case netBindService, netBroadcast, netAdmin, netRaw, ipcLock, ipcOwner, sysModule, sysRawio, sysChroot
  case sysPtrace, sysPacct, sysAdmin, sysBoot, sysNice, sysResource, sysTime, sysTTYConfig, mknod, lease
  case auditWrite, auditControl, setfcap, macOverride, macAdmin, syslog, wakeAlarm, blockSuspend, auditRead
  case perfmon, bpf, checkpointRestore

  private static let names = """
    CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE \
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT \
    SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL \
    SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
    """.split(separator: " ").map { "CAP_\($0)" }

  /// Its name, with `CAP_`.
  public var name: String { Self.names[Int(rawValue)] }

  /// The capability of that name, with or without `CAP_`, in either case.
  public init?(name: String) {
    let upper = name.uppercased()
    let full = upper.hasPrefix("CAP_") ? upper : "CAP_\(upper)"
    guard let index = Self.names.firstIndex(of: full) else { return nil }
    self.init(rawValue: UInt8(index))
  }
}
