/// What control groups allow a container; nil everywhere is no limit.
public struct CgroupLimits: Hashable, Sendable {
  /// Bytes of memory.
  public var memory: UInt64?
  /// Bytes of memory and swap together; `.max` for any amount of swap.
  public var memoryAndSwap: UInt64?
  /// Microseconds of processor time in each period.
  public var cpuQuota: UInt64?
  /// The period in microseconds.
  public var cpuPeriod: UInt64 = 100_000
  /// The processors, `0-3,5`.
  public var cpuset: String?
  /// The number of processes and threads.
  public var pids: UInt64?
  /// Whether `pids` was not asked for: where no control group can be had, it runs without.
  public var isPidsDefault = false
  /// The weight of block input and output, 10 to 1000.
  public var blkioWeight: UInt16?

  /// No limit.
  public init() {}
}
