import Glibc
import Overlay
import System

/// How layers are kept for a kind of driver: layers of different forms lie side by side in the store.
public enum LayerForm: Hashable, Sendable {
  /// A tree of files whose marks are of this dialect.
  case tree(OverlayDialect, Owners)

  /// Whose the files are.
  public enum Owners: Hashable, Sendable {
    /// Those that the layer names, as this process sees them: through the identity map of its user namespace.
    case mapped(IdentityMap)
    /// All are the user's; who they should be of is in the attribute `user.containers.override_stat`, for fuse-overlayfs.
    case recorded
  }

  /// How a process that unpacks as the effective user, with the numbers of `map`, keeps trees.
  static func trees(for map: IdentityMap) -> LayerForm {
    // With its own number alone it can't give a file to anybody else.
    guard geteuid() == 0, map.users.contains(where: { $0.count > 1 }) else { return .tree(.user, .recorded) }
    return .tree(map == .identity ? .trusted : .user, .mapped(map))
  }

  /// Whether its trees are marked as a mount in a user namespace needs it (the option `userxattr`).
  public var isOfUserNamespace: Bool {
    switch self {
    case .tree(let dialect, _): dialect == .user
    }
  }
}
