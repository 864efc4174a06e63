import Dockerfile
import Image
import Overlay
import System
import Transfer
import Verification

/// What an ADD takes from elsewhere: files at http and https addresses, and git repositories.
struct AddedSources {
  /// What was fetched, by the text of the source.
  private var sources: [String: CopiedSource] = [:]
  /// What holds directories that go when nobody needs them any more.
  private var scratch: [ScratchDirectory] = []

  /// Nothing fetched.
  init() {}

  /// What kind of source a text is.
  enum Address {
    case file
    case repository(GitAddress)
  }

  /// The address that a source is; nil where it is a path.
  ///
  /// - Throws: `failed` where it is one that can't be understood.
  static func address(_ text: String) throws(Failure) -> Address? {
    if GitAddress.isOne(text) { return .repository(try GitAddress(parsing: text)) }
    let lower = text.prefix(8).lowercased()
    return lower.hasPrefix("http://") || lower.hasPrefix("https://") ? .file : nil
  }

  /// Makes sure that the options of an ADD go with its sources, before anything is fetched.
  static func check(_ instruction: CopyInstruction) throws(Failure) {
    guard let text = instruction.checksum else { return }
    func wrong(_ problem: String) -> Failure { Failure(.failed, "--checksum=\(text.oneLine)", problem) }
    guard instruction.sources.count == 1, case .path(let source)? = instruction.sources.first else {
      throw wrong("a checksum is for one source alone")
    }
    switch try address(source) {
    case .file?:
      guard Digest(text) != nil else {
        throw wrong("invalid checksum: it is sha256: and 64 hexadecimal digits")
      }
    case .repository?:
      guard GitAddress.isCommit(text) else {
        throw wrong("invalid checksum: that of a git repository is the commit, 40 hexadecimal digits")
      }
    case nil: throw wrong("a checksum is only for HTTP(S) and git sources")
    }
  }

  /// Takes a file that was downloaded.
  mutating func add(_ file: DownloadedFile, at address: String, _ instruction: CopyInstruction)
    throws(Failure)
  {
    let status: FileStatus
    do throws(Errno) { status = try file.file.status() } catch { throw error.failure(Self.shown(address)) }
    if let text = instruction.checksum, let expected = Digest(text) {
      let digest = try Self.digest(file.file, status, expected.algorithm, address)
      guard digest == expected else {
        throw Failure(.invalid, Self.shown(address), "its digest is \(digest), expected \(expected)")
      }
    }
    let name = Self.name(of: address) ?? file.name.flatMap(Self.fileName)
    sources[address] = .file(
      CopiedFile(
        name: name ?? FileName(""), content: .file(file.file, status), modified: file.modified, mode: 0o600))
  }

  /// Takes the files of a repository, which are below `directory` as long as that is needed.
  mutating func add(
    _ tree: FileTree, in directory: ScratchDirectory, at address: String
  ) {
    scratch.append(directory)
    sources[address] = .directory(tree)
  }

  /// What came of a source; nil where it is a path.
  func source(_ text: String, _ instruction: CopyInstruction) throws(Failure) -> CopiedSource? {
    guard case .directory(let tree)? = sources[text] else { return sources[text] }
    let excluded = PathFilter(try IgnoreRules(patterns: instruction.excludes)).map { [$0] } ?? []
    return .directory(tree.filtered(by: excluded))
  }

  /// An address as it may be shown: without names and passwords.
  static func shown(_ address: String) -> String {
    guard let rest = behindScheme(address) else { return address.oneLine }
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    guard let sign = rest[..<end].lastIndex(of: "@") else { return address.oneLine }
    return String(address[..<rest.startIndex] + rest[rest.index(after: sign)...]).oneLine
  }

  /// What follows `://`.
  private static func behindScheme(_ address: String) -> Substring? {
    guard let colon = address.firstIndex(of: ":"), address[colon...].hasPrefix("://") else { return nil }
    return address[colon...].dropFirst(3)
  }
}

extension AddedSources {
  /// The last name in an address's path, as a file can have it.
  private static func name(of address: String) -> FileName? {
    guard let rest = behindScheme(address)?.prefix(while: { $0 != "?" && $0 != "#" }),
      let slash = rest.firstIndex(of: "/"), let last = rest[slash...].split(separator: "/").last
    else { return nil }
    return fileName(unescaped(String(last)) ?? String(last))
  }

  private static func fileName(_ text: String) -> FileName? {
    guard !text.isEmpty, text != ".", text != "..", !text.contains("/"), text.utf8.count <= 255 else {
      return nil
    }
    return FileName(Array(text.utf8))
  }

  /// A text with percent encodings taken away; nil where one is none.
  static func unescaped(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2
      else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digest(
    _ file: FileDescriptor, _ status: FileStatus, _ algorithm: Digest.Algorithm, _ address: String
  ) throws(Failure) -> Digest {
    let reader = FileReader(file, shown(address), from: 0, to: status.size, endsFile: true)
    var hasher = ContentHasher(algorithm)
    while let piece = try reader.next() { hasher.update(piece) }
    return hasher.finish()
  }
}
