import System
import Testing

@testable import Container

struct LimitConfigurationTests {
  @Test(
    "sizes are read as docker's units library reads them",
    arguments: [
      ("32", 32), ("32b", 32), ("32B", 32), ("32k", 32768), ("32K", 32768), ("32kb", 32768),
      ("32Kb", 32768), ("32Kib", 32768), ("32 kib", 32768), ("32Mb", 33554432), ("32Gb", 34359738368),
      ("32Tb", 35184372088832), ("32Pb", 36028797018963968), ("0", 0), ("0b", 0), ("32.5kB", 33280),
      ("32.5 kB", 33280),
      (".5k", 512), ("0.3 K", 307), ("1.5g", 1610612736),
    ] as [(String, UInt64)])
  func sizes(text: String, bytes: UInt64) throws {
    #expect(try ByteSize(parsing: text).bytes == bytes)
  }

  @Test(
    "what is no size is refused",
    arguments: [
      "", "hello", ".", ". ", " ", "  ", " .", "-32", "32bm", "32bb", "32mm", "32 mb b", "32m b", "1e9",

      "9999999999999999999", "9223372036854775807k", "١٢", "32kk", "0x20", "+5", "1.2.3",
    ])
  func noSizes(text: String) {
    let failure = #expect(throws: Failure.self) { try ByteSize(parsing: text) }
    #expect(failure?.kind == .usage)
  }

  @Test("limits of resources are read as docker reads them")
  func resources() throws {
    #expect(
      try ResourceLimit(parsing: "nofile=512:1024") == ResourceLimit(resource: 7, soft: 512, hard: 1024))
    #expect(try ResourceLimit(parsing: "nofile=1024") == ResourceLimit(resource: 7, soft: 1024, hard: 1024))
    #expect(
      try ResourceLimit(parsing: "core=0:-1") == ResourceLimit(resource: 4, soft: 0, hard: .max))
    #expect(
      try ResourceLimit(parsing: "memlock=-1:-1") == ResourceLimit(resource: 8, soft: .max, hard: .max))
    for text in [
      "nofile", "=1", "nofile=", "nofile=1:", "nofile=1:2:3", "nofile=2:1", "nofile=-1:5", "nofile=-2", "x=1",
      "nofile=a", "nofile=1.5", "nofile=+1", "nofile=99999999999999999999",
    ] {
      #expect(throws: Failure.self, "\(text)") { try ResourceLimit(parsing: text) }
    }
  }

  @Test("every resource has the kernel's number and the specification's name")
  func numbers() {
    #expect(Set(LimitedResource.allCases.map(\.number)) == Set(0...15))
    #expect(LimitedResource.as.name == "RLIMIT_AS")
  }

  @Test(
    "kernel parameters of namespaces are taken, the host's are not",
    arguments: [
      ("net.ipv4.ip_forward=1", true, true), ("net.ipv4.ip_forward=1", false, false),
      ("kernel.shmmax=1", true, true), ("fs.mqueue.msg_max=10", true, true),
      ("kernel.sem=1 2 3 4", true, true),
      ("kernel.core_pattern=|/x", true, false), ("kernel.shmmax", true, false),
      ("vm.swappiness=1", true, false),
      ("net.=1", true, false), ("net...x=1", true, false), ("net.../../kernel.x=1", true, false),
      ("net.ipv4/../../kernel/core_pattern=x", true, false), ("fs.mqueue.=1", true, false),
      ("=1", true, false),
      ("kernel.domainname=x", true, false), ("net.a\u{0}b=1", true, false),
    ])
  func parameters(text: String, ownNetwork: Bool, isTaken: Bool) {
    if isTaken {
      #expect(throws: Never.self) { try KernelParameter(parsing: text, ownNetwork: ownNetwork) }
    } else {
      #expect(throws: Failure.self) { try KernelParameter(parsing: text, ownNetwork: ownNetwork) }
    }
  }

  private func limits(_ change: (inout LimitOptions) -> Void) throws(Failure) -> CgroupLimits {
    var options = LimitOptions()
    change(&options)
    return try CgroupLimits(options, processors: 4)
  }

  @Test("without a word there is a limit of processes, which need not be had")
  func standard() throws {
    let limits = try limits { _ in }
    #expect(limits.pids == 2048 && limits.isPidsDefault && limits.memory == nil && limits.cpuQuota == nil)
    #expect(try self.limits { $0.pids = -1 }.pids == nil)
    #expect(try self.limits { $0.pids = 0 }.pids == nil)
    #expect(try self.limits { $0.pids = 5 }.isPidsDefault == false)
  }

  @Test("memory and swap are docker's")
  func memory() throws {
    #expect(try limits { $0.memory = "64m" }.memoryAndSwap == 128 << 20)
    #expect(
      try limits {
        $0.memory = "64m"
        $0.memorySwap = "-1"
      }.memoryAndSwap == .max)
    #expect(
      try limits {
        $0.memory = "64m"
        $0.memorySwap = "64m"
      }.memoryAndSwap == 64 << 20)
    for (memory, swap): (String?, String?) in [
      ("5m", nil), ("x", nil), (nil, "64m"), ("64m", "63m"), ("64m", "-2"),
    ] {
      #expect(throws: Failure.self, "\(memory ?? "") \(swap ?? "")") {
        try limits {
          $0.memory = memory
          $0.memorySwap = swap
        }
      }
    }
  }

  @Test("processors are counted in hundredths at least, and listed as cpuset(7) lists them")
  func processors() throws {
    #expect(try limits { $0.cpus = "1.5" }.cpuQuota == 150_000)
    #expect(try limits { $0.cpus = ".5" }.cpuQuota == 50_000)
    #expect(try limits { $0.cpus = "0.01" }.cpuQuota == 1000)
    #expect(try limits { $0.cpus = "4" }.cpuQuota == 400_000)
    for text in ["0", "0.001", "-1", "nan", "inf", "1e3", "4.01", "9000", "", ".", "1.2.3", "0x1"] {
      #expect(throws: Failure.self, "\(text)") { try limits { $0.cpus = text } }
    }
    for text in ["0", "0-3", "0,2-3,5"] { #expect(try limits { $0.cpuset = text }.cpuset == text) }
    for text in ["", "a", "3-1", "1,", "-1", "0-1-2", "1 2", "99999999"] {
      #expect(throws: Failure.self, "\(text)") { try limits { $0.cpuset = text } }
    }
    for weight in [9, 1001, -1] {
      #expect(throws: Failure.self) { try limits { $0.blkioWeight = weight } }
    }
  }

  @Test(
    "capabilities are added and dropped by docker's rules",
    arguments: [
      ([], [], CapabilitySet.standard.names), (["ALL"], [], CapabilitySet.all.names), ([], ["all"], []),
      (["chown"], ["ALL"], ["CAP_CHOWN"]),
      (["NET_ADMIN", "cap_sys_time"], ["ALL"], ["CAP_NET_ADMIN", "CAP_SYS_TIME"]),
      (["ALL"], ["ALL"], []),
    ] as [([String], [String], [String])])
  func capabilities(added: [String], dropped: [String], result: [String]) throws {
    #expect(try CapabilitySet(adding: added, dropping: dropped).names == result)
  }

  @Test("eleven capabilities are the standard; names unknown are refused")
  func standardCapabilities() throws {
    #expect(CapabilitySet.standard.names.count == 11)
    #expect(Capability.checkpointRestore.rawValue == 40 && Capability.sysAdmin.name == "CAP_SYS_ADMIN")
    #expect(!(try CapabilitySet(adding: ["ALL"], dropping: ["SYS_ADMIN"]).has(.sysAdmin)))
    for name in ["", "CAP_", "FLY", "CAP_CAP_CHOWN", "CHOWN,", "CHOWN KILL"] {
      #expect(throws: Failure.self, "\(name)") { try CapabilitySet(adding: [name], dropping: []) }
      #expect(throws: Failure.self, "\(name)") { try CapabilitySet(adding: [], dropping: [name]) }
    }
  }
}
