import Glibc
import Image
import System

/// A program `docker-credential-NAME`, which keeps credentials somewhere safe.
///
/// Nothing of what it prints gets into a failure.
struct CredentialHelper {
  private let program: String
  private let path: String
  private let environment: [String: String]

  /// The helper `name`, as the file `origin` calls it, found along `PATH`.
  init(_ name: String, namedBy origin: String, environment: [String: String]) throws(Failure) {
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || "._-".utf8.contains(byte)
    }
    guard isPlain, !name.isEmpty else {
      throw Failure(
        .failed, origin, "\(String(reflecting: name.oneLine)) can't be a credential helper's name")
    }
    let program = "docker-credential-\(name)"
    self.program = program
    self.environment = environment
    // A relative directory in PATH would make it depend on where one stands.
    let directories = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    let candidates = directories.filter { $0.hasPrefix("/") }.map { "\($0)/\(program)" }
    guard let path = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw Failure(.failed, origin, "names the credential helper \(program), which is not installed")
    }
    self.path = path
  }

  /// What the helper has for a host; nil for nothing.
  ///
  /// - Parameter timeout: seconds, after which it is killed.
  func credentials(for host: String, timeout: Double) throws(Failure) -> Credentials? {
    let output: [UInt8]
    let status: CInt
    do throws(HelperProcess.Problem) {
      (output, status) = try HelperProcess.run(
        path, ["get"], input: Array((host + "\n").utf8), environment: environment, timeout: timeout)
    } catch {
      switch error {
      case .system(let error): throw error.failure(program)
      case .tooSlow: throw Failure(.failed, program, "gave no answer for \(host) within \(Int(timeout)) s")
      case .tooMuch: throw Failure(.failed, program, "gave an answer for \(host) that is too long")
      }
    }
    guard status == 0 else {
      let nothing = Array("credentials not found in native keychain".utf8)
      if output.split(whereSeparator: { $0 <= 0x20 }).joined(separator: [0x20]).elementsEqual(nothing) {
        return nil
      }
      throw Failure(
        .failed, program, "failed for \(host); to see why: echo \(host) | \(program) get")
    }
    guard let answer = try? JSON(parsing: output), let user = answer["Username"]?.string,
      let secret = answer["Secret"]?.string
    else { throw Failure(.failed, program, "gave an answer for \(host) that is not understood") }
    if user.isEmpty && secret.isEmpty { return nil }
    return Credentials(
      user == "<token>" ? .identityToken(secret) : .basic(user: user, password: secret), origin: program)
  }
}
