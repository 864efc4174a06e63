import Glibc
import System
import TestSupport
import Testing

/// RUN steps of ordinary users.
@Suite(.enabled(if: requireRoot())) struct RunUserTests {
  @Test("a user without subordinate ids runs a step as the root of a namespace, and its changes are found")
  func asNobody() throws {
    let scratch = try Scratch()
    chmod(scratch.path, 0o755)
    try scratch.shell(
      """
      mkdir -p root/bin root/etc home
      cp /bin/busybox root/bin/
      for name in sh id touch echo; do ln -s busybox root/bin/$name; done
      tar -C root -cf layer.tar .
      chown nobody home
      """)
    let step = { (text: String) in
      try Command.run(
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Command.built("step-probe"),
        scratch.path("home/store"), scratch.path("layer.tar"), "none", text)
    }
    let outcome = try step("id -u; touch /etc/x; echo done")
    #expect(outcome.status == 0 && outcome.text == "0\ndone\nchanges: etc\n", "\(outcome.text)")
    let failed = try step("exit 7")
    #expect(failed.status == 7 && failed.text == "changes: \n", "\(failed.text)")
  }
}
