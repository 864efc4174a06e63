import Dockerfile
import Glibc
import Image
import System

// What ADD takes from addresses.
extension BuildExecution {
  /// What stands for all that an instruction takes from, where that is known before any of it is looked at: layers,
  /// the digest that a file has to have, commits.
  func identity(
    of files: BuildFiles?, _ addresses: [(text: String, address: AddedSources.Address)], _ checksum: String?
  ) throws(Failure) -> [String]? {
    var identity: [String] = []
    if let files {
      guard let digest = files.digest else { return nil }
      identity.append(digest.description)
    }
    for (_, address) in addresses {
      switch address {
      case .file:
        guard let checksum else { return nil }
        identity.append(checksum)
      case .repository(let address): identity.append(try commit(of: address, checksum))
      }
    }
    return identity.isEmpty ? nil : identity
  }

  /// Fetches what is at the addresses.
  func fetch(
    _ addresses: [(text: String, address: AddedSources.Address)], _ instruction: CopyInstruction
  ) throws(Failure) -> AddedSources {
    var added = AddedSources()
    for (text, address) in addresses {
      switch address {
      case .file:
        let file: DownloadedFile
        do { file = try request.download(text) } catch {
          var failure = error
          failure.subject = failure.subject.replacing(text, with: AddedSources.shown(text))
          throw failure.about(AddedSources.shown(text))
        }
        try added.add(file, at: text, instruction)
      case .repository(let address):
        let keeps = instruction.keepsGitDirectory || address.keepsGitDirectory
        let scratch = try ScratchDirectory(in: request.scratch)
        let commit = try commit(of: address, instruction.checksum)
        let program = try gitProgram()
        let directory = try during(program) { () throws(Failure) in
          try address.checkOut(commit, below: scratch.path, keepsGitDirectory: keeps, by: program)
        }
        let rules = try keeps ? IgnoreRules() : IgnoreRules(patterns: ["**/.git"])
        added.add(try FileTree(fetched: directory, ignoring: rules), in: scratch, at: text)
      }
    }
    return added
  }

  private func gitProgram() throws(Failure) -> GitProgram {
    try GitProgram(environment: request.environment, scratch: request.scratch)
  }

  /// The commit that an address means now, asked for once.
  private func commit(of address: GitAddress, _ checksum: String?) throws(Failure) -> String {
    if let known = state.update({ $0.commits[address] }) { return try address.checked(known, checksum) }
    let program = try gitProgram()
    let commit = try during(program) { () throws(Failure) in try address.commit(by: program) }
    state.update { $0.commits[address] = commit }
    return try address.checked(commit, checksum)
  }
}
