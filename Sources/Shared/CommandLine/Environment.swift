@preconcurrency import Glibc
import System

/// A snapshot of the environment, and what ociutils reads from it (interface.md §2, §4, §5).
public struct Environment: Sendable {
  /// Every variable; of two with the same name the first, as getenv(3) takes it.
  public let variables: [String: String]
  /// Whether the effective user is root.
  public let isRoot: Bool
  /// The effective user.
  public var userID: UInt32 { geteuid() }

  /// An environment of just these variables.
  public init(_ variables: [String: String], isRoot: Bool) {
    self.variables = variables
    self.isRoot = isRoot
  }

  /// The environment of this process now (environ(7), geteuid(2)).
  public static func current() -> Environment {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      entry += 1
      guard let sign = strchr(text, CInt(UInt8(ascii: "="))) else { continue }
      let name = UnsafeRawBufferPointer(start: text, count: sign - text)
      let key = String(decoding: name, as: UTF8.self)
      if variables[key] == nil { variables[key] = String(cString: sign + 1) }
    }
    return Environment(variables, isRoot: geteuid() == 0)
  }

  /// The value of `name`; nil also where it is empty.
  public subscript(name: String) -> String? {
    guard let value = variables[name], !value.isEmpty else { return nil }
    return value
  }
}

extension Environment {
  /// The default layout: `$IMG_LAYOUT`, else `ociutils/images` in the place for data.
  ///
  /// - Throws: `usage` where the path can't be a layout's; `failed` where no variable leads to one.
  public func defaultLayout() throws(Failure) -> String {
    let chosen = try self.path("IMG_LAYOUT")
    let path: String
    if let chosen { path = chosen } else { path = try dataDirectory(or: "IMG_LAYOUT") + "/images" }
    guard let problem = OutputTarget.problem(ofLayout: path) else { return path }
    throw Failure(.usage, chosen == nil ? path : "IMG_LAYOUT", "\(problem); set IMG_LAYOUT to another")
  }

  /// The store of unpacked layers: `$IMG_LAYERS`, else `ociutils/layers` in the place for data.
  ///
  /// - Throws: `failed` where no variable leads to one.
  public func layerStore() throws(Failure) -> String {
    if let path = try path("IMG_LAYERS") { return path }
    return try dataDirectory(or: "IMG_LAYERS") + "/layers"
  }

  /// What may be lost at any time but saves work: `ociutils` in `$XDG_CACHE_HOME`, else in `~/.cache`, root's in
  /// `/var/cache`.
  ///
  /// - Throws: `failed` where no variable leads to one.
  public func cacheDirectory() throws(Failure) -> String {
    if let cache = try path("XDG_CACHE_HOME"), cache.hasPrefix("/") { return cache + "/ociutils" }
    if isRoot { return "/var/cache/ociutils" }
    if let home = try path("HOME") { return home + "/.cache/ociutils" }
    throw Failure(.failed, "HOME", "not set: where caches are kept is not known; set XDG_CACHE_HOME")
  }

  /// Where unlinked spool files go: `$TMPDIR`, else `/tmp`.
  public func temporaryDirectory() throws(Failure) -> String { try path("TMPDIR") ?? "/tmp" }

  /// The time that every time stamp written is to have, in seconds since 1970: `$SOURCE_DATE_EPOCH`.
  ///
  /// - Throws: `usage` unless it is decimal digits and a year up to 9999 (the last that RFC 3339 can say).
  public func sourceDate() throws(Failure) -> Int64? {
    guard let text = variables["SOURCE_DATE_EPOCH"] else { return nil }
    let lastSecond: Int64 = 253_402_300_799
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(text),
      seconds <= lastSecond
    else {
      throw Failure(.usage, "SOURCE_DATE_EPOCH", "\"\(text)\" is not a whole number of seconds since 1970")
    }
    return seconds
  }

  /// Whether a terminal should be sent plain text only: `$NO_COLOR`, `TERM=dumb` or no `$TERM`.
  public var wantsPlainText: Bool { self["NO_COLOR"] != nil || (self["TERM"] ?? "dumb") == "dumb" }

  /// XDG Base Directory Specification 0.8: a relative path is to be ignored.
  private func dataDirectory(or variable: String) throws(Failure) -> String {
    if isRoot { return "/var/lib/ociutils" }
    if let data = try path("XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/ociutils" }
    if let home = try path("HOME") { return home + "/.local/share/ociutils" }
    throw Failure(.failed, "HOME", "not set: where files are kept is not known; set \(variable)")
  }

  /// The path in `name`.
  ///
  /// - Throws: `usage` where it is not UTF-8 (the snapshot holds replacement characters: some other path).
  private func path(_ name: String) throws(Failure) -> String? {
    guard let value = self[name] else { return nil }
    if value.unicodeScalars.contains("\u{FFFD}") { throw Failure(.usage, name, "not UTF-8") }
    return value
  }
}
