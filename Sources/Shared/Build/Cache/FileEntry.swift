import Glibc
import Image
import System

/// The digest of a file's content, whether it has attributes, and what the file looked like when it was read.
///
/// It is kept as it lies in memory: no machine reads another's.
struct FileEntry {
  var device: UInt64 = 0
  var inode: UInt64 = 0
  private var size: UInt64 = 0
  private var modified: Int64 = 0
  private var changed: Int64 = 0
  private var modifiedNanoseconds: UInt32 = 0
  private var changedNanoseconds: UInt32 = 0
  /// When it was last of use, seconds since 1970.
  var used: Int64 = 0
  private var plainness: UInt64 = 0
  private var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private var check: UInt64 = 0

  /// The file of `status`, without a digest.
  init(_ status: FileStatus, used: Int64) {
    let raw = status.raw
    device = UInt64(raw.st_dev)
    inode = UInt64(raw.st_ino)
    size = status.size
    (modified, modifiedNanoseconds) = (Int64(raw.st_mtim.tv_sec), UInt32(clamping: raw.st_mtim.tv_nsec))
    (changed, changedNanoseconds) = (Int64(raw.st_ctim.tv_sec), UInt32(clamping: raw.st_ctim.tv_nsec))
    self.used = used
  }

  /// What is known; nil where the entry is damaged.
  var known: KnownFile? {
    get {
      guard check == sum else { return nil }
      let digest = Digest(.sha256, bytes: withUnsafeBytes(of: bytes) { Array($0) })
      return KnownFile(digest: digest, isPlain: plainness == 1)
    }
    set {
      guard let newValue else { return }
      plainness = newValue.isPlain ? 1 : 0
      withUnsafeMutableBytes(of: &bytes) { target in
        var digits = newValue.digest.hex.utf8.makeIterator()
        for index in target.indices {
          guard let high = digits.next(), let low = digits.next() else { return }
          target[index] = Self.value(high) << 4 | Self.value(low)
        }
      }
      check = sum
    }
  }

  private static func value(_ digit: UInt8) -> UInt8 { digit < 0x3a ? digit - 0x30 : digit - 0x57 }

  /// Whether both are the same file in the same state.
  func isSame(as other: FileEntry) -> Bool {
    device == other.device && inode == other.inode && size == other.size
      && modified == other.modified && modifiedNanoseconds == other.modifiedNanoseconds
      && changed == other.changed && changedNanoseconds == other.changedNanoseconds
  }

  /// Whether the file can't have changed again without its times showing it, if it was read at `moment` or later.
  ///
  /// Times are those of the last tick of the clock, 10 ms at most, or whole seconds, two of them on FAT.
  func isSettled(at moment: timespec) -> Bool {
    let isCoarse = modifiedNanoseconds == 0 || changedNanoseconds == 0
    let slack: Int64 = isCoarse ? 2_000_000_000 : 20_000_000
    func isOld(_ seconds: Int64, _ nanoseconds: UInt32) -> Bool {
      let (age, overflow) = Int64(moment.tv_sec).subtractingReportingOverflow(seconds)
      guard !overflow, age >= 0 else { return false }
      return age > 10 || age * 1_000_000_000 + Int64(moment.tv_nsec) - Int64(nanoseconds) > slack
    }
    return isOld(modified, modifiedNanoseconds) && isOld(changed, changedNanoseconds)
  }

  /// The order in a table.
  static func precedes(_ one: FileEntry, _ other: FileEntry) -> Bool {
    (one.device, one.inode) < (other.device, other.inode)
  }

  /// A sum of all but itself and `used`: what the disk lost must not look like a digest.
  private var sum: UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    let words = [
      device, inode, size, UInt64(bitPattern: modified), UInt64(bitPattern: changed),
      UInt64(modifiedNanoseconds) << 32 | UInt64(changedNanoseconds), plainness, bytes.0, bytes.1, bytes.2,
      bytes.3,
    ]
    for word in words {
      sum = (sum ^ word) &* 0x9e37_79b9_7f4a_7c15
      sum ^= sum >> 29
    }
    return sum
  }
}
