import System

extension FileTree {
  /// The paths of what is left out, with all that is below each.
  func leftOut() throws(Failure) -> [FileName] {
    var paths: [FileName] = []
    try collect(&paths)
    return paths
  }

  private func collect(_ paths: inout [FileName]) throws(Failure) {
    for name in try names() {
      guard let member = try member(name) else {
        if let path = FileName(path(of: name)) { paths.append(path) }
        continue
      }
      if member.entry.status.kind == .directory, let below = try subdirectory(of: member) {
        try below.collect(&paths)
      }
    }
  }
}
