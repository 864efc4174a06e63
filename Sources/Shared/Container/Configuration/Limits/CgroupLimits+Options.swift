import System

/// The limits of control groups as docker run spells them; nil where nothing is said.
public struct LimitOptions: Sendable {
  /// `--memory`.
  public var memory: String?
  /// `--memory-swap`.
  public var memorySwap: String?
  /// `--cpus`.
  public var cpus: String?
  /// `--cpuset-cpus`.
  public var cpuset: String?
  /// `--pids-limit`; -1 or 0 for none.
  public var pids: Int?
  /// `--blkio-weight`; 0 for none.
  public var blkioWeight: Int?

  /// Nothing said.
  public init() {}
}

extension CgroupLimits {
  /// The processes that a container may have where nothing is said.
  public static let standardProcesses: UInt64 = 2048
  /// The least memory, bytes: Docker's limit, below which nothing starts.
  static let leastMemory: UInt64 = 6 << 20

  /// The limits that `options` ask for.
  ///
  /// - Parameter processors: how many there are, which is the most that can be asked for.
  /// - Throws: `usage`, about the option.
  public init(_ options: LimitOptions, processors: Int) throws(Failure) {
    self.init()
    try setMemory(options.memory, swap: options.memorySwap)
    if let text = options.cpus { cpuQuota = try Self.quota(text, of: processors, period: cpuPeriod) }
    if let text = options.cpuset {
      guard Self.isList(text) else {
        throw Failure(.usage, "--cpuset-cpus \(text)", "is no list of processors (0-3,5)")
      }
      cpuset = text
    }
    switch options.pids {
    case nil:
      pids = Self.standardProcesses
      isPidsDefault = true
    case let number? where number > 0: pids = UInt64(number)
    case -1, 0: break
    case let number?:
      throw Failure(.usage, "--pids-limit \(number)", "is neither a number of processes nor -1")
    }
    if let weight = options.blkioWeight, weight != 0 {
      guard (10...1000).contains(weight) else {
        throw Failure(.usage, "--blkio-weight \(weight)", "range of blkio weight is from 10 to 1000")
      }
      blkioWeight = UInt16(weight)
    }
  }

  private mutating func setMemory(_ text: String?, swap: String?) throws(Failure) {
    if let text {
      let bytes = try Self.size("--memory", text)
      guard bytes >= Self.leastMemory else {
        throw Failure(.usage, "--memory \(text)", "minimum memory limit allowed is 6MB")
      }
      memory = bytes
      // As much swap again, where nothing is said of it.
      memoryAndSwap = bytes.multipliedReportingOverflow(by: 2).overflow ? .max : bytes * 2
    }
    guard let swap, swap != "0" else { return }
    guard let memory else {
      throw Failure(.usage, "--memory-swap \(swap)", "you should always set --memory with it")
    }
    if swap == "-1" {
      memoryAndSwap = .max
      return
    }
    let total = try Self.size("--memory-swap", swap)
    guard total >= memory else {
      throw Failure(
        .usage, "--memory-swap \(swap)", "should be larger than --memory: it is memory and swap together")
    }
    memoryAndSwap = total
  }

  private static func size(_ option: String, _ text: String) throws(Failure) -> UInt64 {
    do { return try ByteSize(parsing: text).bytes } catch { throw error.about("\(option) \(text)") }
  }

  /// The microseconds of a period that `text` processors are.
  private static func quota(_ text: String, of processors: Int, period: UInt64) throws(Failure) -> UInt64 {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, text.contains(where: \.isNumber),
      parts.allSatisfy({ $0.count <= 9 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      let number = Double(text.hasPrefix(".") ? "0\(text)" : text)
    else { throw Failure(.usage, "--cpus \(text)", "is no number of processors") }
    guard number >= 0.01, number <= Double(processors) else {
      throw Failure(
        .usage, "--cpus \(text)", "range of CPUs is from 0.01 to \(processors): there are no more")
    }
    return UInt64((number * Double(period)).rounded())
  }

  /// Whether `text` is a list of numbers and ranges (cpuset(7), List Format).
  private static func isList(_ text: String) -> Bool {
    text.split(separator: ",", omittingEmptySubsequences: false)
      .allSatisfy { ClosedRange<UInt16>(parsing: $0) != nil }
  }
}
