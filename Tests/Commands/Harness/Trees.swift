import Testing

/// Images whose files are known: listed as docker and as umoci unpack them, once, and kept below .build.
enum Trees {
  /// Images of Fixtures/layers.py: one for each thing that a layer can say.
  static let invented = [
    "whiteouts", "whiteout-order", "opaque", "opaque-first-and-last", "opaque-root",
    "whiteout-of-a-later-directory", "aufs", "swaps", "hardlinks", "hardlinks-across", "modes",
    "large-owners",
    "xattrs", "specials", "names", "deep", "times", "dots", "usr-merge", "usr-merge-named", "parents",
    "parents-late", "empty-layers", "only-empty", "many", "forms", "sparse", "compressions",
  ]

  /// Images that other tools made (Fixtures/made.sh, images.py).
  static let made = ["docker", "built", "podman", "buildah", "umoci", "busybox", "app", "debian"]

  /// Images of which docker makes something else than they say.
  ///
  /// It refuses links to files of lower layers and whiteouts after what they spare, makes directories where a layer
  /// does not name its parents, and does not heed opaque roots and directories removed and made anew.
  static let onlyUmoci: Set = [
    "whiteout-order", "hardlinks-across", "parents", "usr-merge", "opaque-root",
    "whiteout-of-a-later-directory",
  ]

  /// Paths of images that docker gets wrong.
  ///
  /// It ignores the root's own entry and times before 1970, and lets files inherit ACLs.
  static let beyondDocker = [
    "modes": ["."], "forms": ["."], "sparse": ["."], "times": ["old"],
    "xattrs": ["dir/below", "dir/without"],
  ]

  /// The directory of the fixtures: `layout`, and `lists` with NAME.docker and NAME.umoci.
  static let directory = Result<String, any Error> {
    let fixtures = "\(Machine.root)/Tests/Commands/Fixtures"
    let docker = Engine.docker
    let made = try runScript(
      """
      set -e; cd \(Machine.fixtures); exec 9>trees.lock; flock 9
      name=trees-$(cd \(fixtures); cat layers.py made.sh oracles.py tree.py images.py /bin/busybox | sha256sum | head -c 12)
      if ! [ -d $name ]; then
        rm -rf trees-* \(Machine.scratchBase)/trees-*; new=\(Machine.scratchBase)/trees-$$; mkdir -p $new/work $new/list; cd $new
        export PYTHONDONTWRITEBYTECODE=1
        /usr/bin/python3 \(fixtures)/layers.py layout
        (cd work; unshare -m bash \(fixtures)/made.sh oci:\(Images.layout.get()):busybox:latest $new/layout \
          '\(docker.client())' '\(Engine.podman.client())' >&2)
        for image in busybox app debian; do
          skopeo --insecure-policy copy -q oci:\(Images.layout.get()):$image:latest oci:layout:$image
        done
        (cd list; unshare -m /usr/bin/python3 \(fixtures)/oracles.py $new/layout $new/lists \
          \(docker.directory())/sock \(docker.directory())/data >&2)
        mkdir \(Machine.fixtures)/new-$name; mv layout lists \(Machine.fixtures)/new-$name
        cd \(Machine.fixtures); mv new-$name $name; rm -rf $new
      fi
      echo $PWD/$name
      """, in: Machine.root, environment: Machine.environment.merging(["HOME": "/root"]) { $1 }, timeout: 600)
    guard made.status == 0 else { throw CommandFailed(description: made.description) }
    return made.output
  }

  /// The operand of an image.
  static func operand(_ image: String) throws -> String { "\(try directory.get())/layout:\(image)" }

  /// The command for listing and comparing trees.
  static let tree = "/usr/bin/python3 -B \(Machine.root)/Tests/Commands/Fixtures/tree.py"
}

extension Scratch {
  /// Fails the test unless what is listed in the file `list` is what docker and umoci make of `image`.
  ///
  /// - Parameters:
  ///   - without: fields that don't count here.
  ///   - skip: paths that can't be there.
  func expectTree(
    _ list: String, of image: String, without: String = "", skip: [String] = [],
    location: SourceLocation = #_sourceLocation
  ) throws {
    let lists = try "\(Trees.directory.get())/lists/\(image)"
    // Old AUFS put its own files into layers; both unpack an empty directory of that.
    let always = skip + (image == "aufs" ? [".wh..wh.plnk"] : [])
    // umoci writes the root anew only if its time, in whole seconds, has changed; of layers that do not have it, docker
    // and we make one.
    var oracles = ["umoci": always + (image == "umoci" ? ["."] : [])]
    if !Trees.onlyUmoci.contains(image) { oracles["docker"] = always + (Trees.beyondDocker[image] ?? []) }
    // Its layers don't name all directories: docker gives those the time at which it makes them.
    let without = image == "app" ? without + (without.isEmpty ? "" : ",") + "dirtime" : without
    for (oracle, skip) in oracles {
      let options = skip.map { "--skip '\($0)'" }.joined(separator: " ")
      let outcome = try run("\(Trees.tree) diff --without '\(without)' \(options) \(list) \(lists).\(oracle)")
      #expect(
        outcome.status == 0 && outcome.output.isEmpty,
        "\(image), by \(oracle): \(outcome.output) \(outcome.errors)",
        sourceLocation: location)
    }
  }

  /// The script that runs `script` as an ordinary user with 65,536 subordinate numbers (none without `subordinate`).
  ///
  /// The user exists in a mount namespace only, and owns this directory; nothing on the machine changes.
  func asUser(_ script: String, subordinate: Bool = true, prepare: String = "true") throws -> String {
    try write("user.sh", "set -u -o pipefail; cd \(path)\n\(script)\n")
    return """
      unshare -m bash -c 'set -e
      { cat /etc/passwd; echo tester:x:4242:4242::\(path)/home:/bin/bash; } > passwd; mount --bind passwd /etc/passwd
      \(subordinate ? "echo tester:200000:65536 > subordinate" : ": > subordinate")
      mount --bind subordinate /etc/subuid; mount --bind subordinate /etc/subgid
      [ -e fuse ] || mknod -m 666 fuse c 10 229; mount --bind fuse /dev/fuse
      \(prepare)
      chown -R 4242:4242 home tmp .; exec setpriv --reuid 4242 --regid 4242 --clear-groups bash user.sh'
      """
  }
}
