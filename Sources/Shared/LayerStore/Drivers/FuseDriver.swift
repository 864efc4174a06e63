import Glibc
import Overlay
import System

/// fuse-overlayfs(1), for kernels and users that can't mount an overlay.
///
/// To an ordinary user outside of a user namespace it shows who files should be of (`recorded`), and the kernel then
/// guards them as theirs; with an upper directory it shows all files as the user's, who could change none else.
public struct FuseDriver: MountDriver {
  /// What it is called.
  public let name = "fuse"
  /// Trees with overlayfs's own marks, whose owners an ordinary user has recorded.
  public let form: LayerForm
  private let programs: String
  private let isRoot = geteuid() == 0

  private static let device = "/dev/fuse"
  // Seconds for a program to get up or to take a mount off: it does next to nothing, but may have to wait for a disk.
  private static let patience = 60.0

  /// The driver for a process whose numbers are these.
  ///
  /// - Parameter path: where programs are looked for, as PATH has it.
  public init(map: IdentityMap, programs path: String) {
    programs = path
    form = .trees(for: map)
  }

  /// Why it can't work: a program or the device is missing or not for this user.
  public func obstacle() -> String? {
    guard Program.find("fuse-overlayfs", along: programs) != nil else {
      return "fuse-overlayfs is not installed (Debian: apt install fuse-overlayfs)"
    }
    do { _ = try FileDescriptor.open(Self.device, O_RDWR) } catch {
      return error.rawValue == ENOENT
        ? "\(Self.device) is missing (modprobe fuse)" : "\(Self.device): \(error)"
    }
    guard !isRoot else { return nil }
    guard let mounter = Program.find("fusermount3", along: programs) else {
      return "fusermount3 is not installed (Debian: apt install fuse3)"
    }
    var status = stat()
    guard stat(mounter, &status) == 0, status.st_uid == 0, status.st_mode & S_ISUID != 0 else {
      return "\(mounter) is not set-user-ID root, so that users can't mount"
    }
    return nil
  }

  /// Starts a daemon that shows them, and waits until it does.
  public func mount(_ chain: LayerChain, at point: MountPoint) throws(Failure) {
    guard let path = Program.find("fuse-overlayfs", along: programs) else {
      throw Failure(.notFound, "fuse-overlayfs", "is not installed (Debian: apt install fuse-overlayfs)")
    }
    let options = try options(chain, point)
    // root's mount goes to the directory itself. To fusermount3(1) only a name can be given; it sees to it that it is
    // the user's.
    let target = isRoot ? point.directory.magicPath : point.path
    var program = Program(
      path, ["-o", options.joined(separator: ","), target], environment: ["PATH": programs])
    do { program.directory = try FileDescriptor.openDirectory(chain.store.path) } catch {
      throw error.failure(chain.store.path)
    }
    program.kept = isRoot ? point.directory : nil
    try Self.run(program, about: point.path)
    let isThere = try? FileDescriptor.openDirectory(point.path).mountLocation().isRoot
    guard isThere == true else { throw Failure(.failed, point.path, "fuse-overlayfs has not mounted it") }
  }

  /// Takes it off (umount2(2), fusermount3(1)).
  public func unmount(_ path: String) throws(Failure) {
    let mount = try MountedDirectory(path)
    if isRoot { return try mount.unmount() }
    guard let mounter = Program.find("fusermount3", along: programs) else {
      throw Failure(.notFound, "fusermount3", "is not installed (Debian: apt install fuse3)")
    }
    try Self.run(Program(mounter, ["-u", "--", path], environment: [:]), about: path)
  }
}

extension FuseDriver {
  private func options(_ chain: LayerChain, _ point: MountPoint) throws(Failure) -> [String] {
    // Relative to the store, where it is started: short, and without a character that means something.
    let lower = try chain.lowerDirectories(.short, upper: true)
    var options = ["lowerdir=\(lower.joined(separator: ":"))"]
    if point.attributes.contains(.noDevices) { options.append("nodev") }
    if point.attributes.contains(.noSetUserID) { options.append("nosuid") }
    if point.attributes.contains(.noExecution) { options.append("noexec") }
    if isRoot { options.append("allow_other") }
    guard let upper = point.upper else { return options + ["ro"] }
    for (key, path) in [("upperdir", upper.path), ("workdir", upper.work)] {
      // It is put before the lower ones in one list.
      guard !path.contains(":") else {
        throw Failure(.failed, path, "fuse-overlayfs takes no directory with a colon in its path")
      }
      let escaped = path.flatMap { [",", "\\"].contains($0) ? ["\\", $0] : [$0] }
      options.append("\(key)=\(String(escaped))")
    }
    if !isRoot { options += ["squash_to_uid=\(geteuid())", "squash_to_gid=\(getegid())"] }
    return options
  }

  // What the program says is the cause; the first line of it, the problem.
  private static func run(_ program: Program, about path: String) throws(Failure) {
    let answer: Program.Answer
    do throws(Program.Problem) { answer = try program.answer(from: .errors, timeout: patience) } catch {
      switch error {
      case .system(let error): throw error.failure(program.path)
      case .tooSlow: throw Failure(.failed, program.path, "was not ready within \(Int(patience)) s")
      case .tooMuch: throw Failure(.failed, program.path, "complains without end")
      }
    }
    if answer.end == .exited(0) { return }
    let lines = String(decoding: answer.text, as: UTF8.self).split(separator: "\n").map { String($0).oneLine }
      .filter { !$0.hasPrefix("unknown argument ignored") }
    let problem = lines.first { $0.contains(": ") } ?? lines.first ?? "\(program.path) failed without a word"
    let isDenied = ["Operation not permitted", "Permission denied", "no write access", "not owned"]
      .contains { word in lines.contains { $0.contains(word) } }
    throw Failure(isDenied ? .denied : .failed, path, problem, cause: lines.joined(separator: "; "))
  }
}
