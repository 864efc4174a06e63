import CCurl
import Glibc
import System

/// How long to wait for a server, seconds.
struct Patience: Sendable {
  /// For a connection.
  var connect = 30
  /// For the next bytes.
  var stall = 60
  /// What counts as none, bytes per second: a byte now and then could hold a command for months.
  static let slowest = 100
}

/// What a request needs besides itself: whom to trust, whom to go through, how long to wait.
struct TransferSetting: Sendable {
  private(set) var certificates = Certificates()
  /// The authorities to trust, as PEM; empty for those of the system alone.
  private(set) var authorities: [UInt8] = []
  var proxies = Proxies()
  var patience = Patience()

  /// Trusts by `certificates`, whose files are read.
  mutating func trust(_ certificates: Certificates) throws(Failure) {
    self.certificates = certificates
    guard !certificates.authorities.isEmpty else { return }
    // These bytes will take the place of the system's file, so that one goes in as well.
    let bundle = certificates.bundle ?? (Self.hasSystemDirectory ? nil : Self.systemBundle)
    for path in certificates.authorities + [bundle].compactMap({ $0 }) {
      authorities += try Self.contents(path)
    }
  }

  /// The file of authorities that libcurl was built with.
  private static let systemBundle: String? = {
    guard let path = ccurl_bundle() else { return nil }
    return access(path, R_OK) == 0 ? String(cString: path) : nil
  }()

  /// Whether libcurl was built with a directory of authorities that OpenSSL can look things up in.
  ///
  /// That takes microseconds where the file of all of them takes tens of milliseconds for each connection.
  static let hasSystemDirectory: Bool = {
    guard let path = ccurl_directory(), let directory = opendir(path) else { return false }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
      // HHHHHHHH.0, as openssl-rehash(1) makes them.
      if name.utf8.count == 10, name.hasSuffix(".0"), UInt32(name.prefix(8), radix: 16) != nil { return true }
    }
    return false
  }()

  /// The largest file of certificates that is read, bytes.
  private static let fileLimit = 4 << 20

  private static func contents(_ path: String) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    do throws(Errno) {
      let file = try FileDescriptor.open(path, O_RDONLY | O_NONBLOCK)
      while bytes.count < fileLimit {
        let count = try retrying { read(file.number, &buffer, buffer.count) }
        if count == 0 { break }
        bytes += buffer[..<count]
      }
    } catch { throw error.failure(path) }
    // Such files need not end their last line.
    return bytes + [0x0a]
  }
}
