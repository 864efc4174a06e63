import Glibc
import System
import TestSupport
import Testing

/// A place where mounts of a test are seen by nobody else, with an ordinary user `probe` who has subordinate numbers.
///
/// In a script: the working directory is the user's, `$P` is driver-probe, `$U` runs a command as the user.
enum DriverStage {
  static let number = 61234

  private static let setting = """
    set -e
    mount --make-rprivate /
    mount -t tmpfs -o mode=755 stage "$1"
    cd "$1"
    cp "$2" probe
    mkdir home etc
    for file in passwd group subuid subgid; do cp /etc/$file etc/ 2>/dev/null || : > etc/$file; done
    echo 'probe:x:61234:61234::/:/bin/sh' >> etc/passwd
    echo 'probe:x:61234:' >> etc/group
    echo '61234:700000:10' >> etc/subuid
    echo 'probe:800000:65536' >> etc/subuid
    echo 'probe:800000:65536' >> etc/subgid
    for file in passwd group subuid subgid; do touch /etc/$file; mount --bind etc/$file /etc/$file; done
    if [ -e /dev/fuse ]; then mknod fuse c 10 229; chmod 666 fuse; mount --bind fuse /dev/fuse; fi
    chown 61234:61234 home
    cd home
    P="$1/probe"
    U="setpriv --reuid 61234 --regid 61234 --clear-groups --"
    $U mkdir m up wk
    set +e

    """

  /// What `script` prints, standard error included.
  static func run(_ script: String) throws -> [String] {
    let scratch = try Scratch()
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    let program = Program(
      "/usr/bin/unshare",
      [
        "-m", "sh", "-c", "exec 2>&1\n" + setting + script, "stage", scratch.path,
        Command.built("driver-probe"),
      ],
      environment: ["PATH": path, "LC_ALL": "C.UTF-8"])
    let answer = try program.answer(timeout: 120)
    return String(decoding: answer.text, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Whether `programs` are here, and this is root.
  static func has(_ programs: String...) -> Bool {
    geteuid() == 0 && programs.allSatisfy { Program.find($0, along: "/usr/sbin:/usr/bin:/sbin:/bin") != nil }
  }
}
