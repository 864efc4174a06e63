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
    guard
      let path = Program.find(program, along: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")
    else {
      throw Failure(.failed, origin, "names the credential helper \(program), which is not installed")
    }
    self.path = path
  }

  /// What the helper has for a host; nil for nothing.
  ///
  /// - Parameter timeout: seconds, after which it is killed.
  func credentials(for host: String, timeout: Double) throws(Failure) -> Credentials? {
    let answer: Program.Answer
    do throws(Program.Problem) {
      answer = try Program(path, ["get"], environment: environment).answer(
        input: Array((host + "\n").utf8), timeout: timeout)
    } catch {
      switch error {
      case .system(let error): throw error.failure(program)
      case .tooSlow: throw Failure(.failed, program, "gave no answer for \(host) within \(Int(timeout)) s")
      case .tooMuch: throw Failure(.failed, program, "gave an answer for \(host) that is too long")
      }
    }
    guard answer.end == .exited(0) else {
      let nothing = Array("credentials not found in native keychain".utf8)
      if answer.text.split(whereSeparator: { $0 <= 0x20 }).joined(separator: [0x20]).elementsEqual(nothing) {
        return nil
      }
      throw Failure(
        .failed, program, "failed for \(host); to see why: echo \(host) | \(program) get")
    }
    guard let document = try? JSON(parsing: answer.text), let user = document["Username"]?.string,
      let secret = document["Secret"]?.string
    else { throw Failure(.failed, program, "gave an answer for \(host) that is not understood") }
    if user.isEmpty && secret.isEmpty { return nil }
    return Credentials(
      user == "<token>" ? .identityToken(secret) : .basic(user: user, password: secret), origin: program)
  }
}
