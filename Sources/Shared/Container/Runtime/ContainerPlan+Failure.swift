import CLinux
import Glibc
import System

extension ContainerPlan {
  /// The words for an operation that failed; nil where it was the execution of the command.
  func failure(of index: Int, _ error: Errno) -> Failure? {
    if index == list.operations.count {
      return error.failure("ctr-init", doing: "execute the runner's stage")
    }
    guard list.operations.indices.contains(index) else { return nil }
    let (subject, doing) = list.labels[index]
    let operation = list.operations[index]
    var failure = error.failure(subject, doing: doing)
    failure.cause = "operation \(index)"
    if let words = Self.words(operation, error) { failure.problem = words }
    return failure
  }

  private static func words(_ operation: clinux_operation, _ error: Errno) -> String? {
    switch (operation.kind, error.rawValue) {
    case (_, CLINUX_E_IN_PROC): "leads into /proc, where nothing can be mounted"
    case (_, CLINUX_E_MOVED): "does not lead to what was mounted there"
    case (_, CLINUX_E_OUTSIDE): "lies outside of the container"
    case (CLINUX_ATTACH, ELOOP), (CLINUX_VOLUME, ELOOP):
      "is, or lies behind, a symbolic link in the image that is not followed"
    case (CLINUX_ATTACH, ENOTDIR), (CLINUX_ATTACH, EINVAL), (CLINUX_VOLUME, ENOTDIR):
      "is, or lies below, a file in the image where a directory is wanted, or the other way round"
    case (CLINUX_ATTACH, EROFS), (CLINUX_VOLUME, EROFS):
      "does not exist, and can't be made in a read-only image"
    case (CLINUX_STAND, ENOTDIR): "the working directory is a file in the image"
    case (CLINUX_STAND, ENOENT): "the working directory does not exist"
    case (CLINUX_STAND, EROFS): "the working directory does not exist, and can't be made in a read-only image"
    case (CLINUX_STAND, ELOOP): "the working directory is a link of /proc, or one that never ends"
    case (CLINUX_IDENTITY, EINVAL):
      "is not in the map of the user namespace; more takes subordinate ids (/etc/subuid, /etc/subgid)"
    case (CLINUX_IDENTITY, EPERM): "supplementary groups take subordinate ids of the user (/etc/subgid)"
    case (CLINUX_RLIMIT, EPERM): "the hard limit can't be raised without CAP_SYS_RESOURCE"
    case (CLINUX_SYSCTL, ENOENT): "there is no such setting in the container's namespaces"
    case (CLINUX_SYSCTL, EACCES), (CLINUX_SYSCTL, EPERM): "is not the container's to set"
    case (CLINUX_SYSCTL, EINVAL): "does not take that value"
    case (CLINUX_SECCOMP, EINVAL): "the kernel does not take the filter"
    default: nil
    }
  }
}
