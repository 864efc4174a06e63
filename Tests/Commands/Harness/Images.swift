/// The test images, made once from Debian packages and kept below .build (Fixtures/images.py says what they are).
enum Images {
  /// The path of the layout that holds them all.
  static let layout = Result<String, any Error> {
    let script = """
      set -e; mkdir -p \(Machine.fixtures); cd \(Machine.fixtures); exec 9>lock; flock 9
      script=\(Machine.root)/Tests/Commands/Fixtures/images.py
      debian=
      if command -v mmdebstrap >/dev/null; then
        debian='--debian debian.tar'
        [ -f debian.tar ] || { mmdebstrap --variant=minbase bookworm new.tar && mv new.tar debian.tar; } >&2
      fi
      name=images-$(cat $script /bin/busybox | sha256sum | head -c 12)${debian:+-debian}
      if ! [ -d $name ]; then rm -rf new images-*; /usr/bin/python3 $script new $debian; mv new $name; fi
      echo $PWD/$name
      """
    let made = try runScript(
      script, in: Machine.root, environment: Machine.environment.merging(["HOME": "/root"]) { $1 },
      timeout: 600)
    guard made.status == 0 else { throw CommandFailed(description: made.description) }
    return made.output
  }

  /// The digest of the manifest or index of the image called `name`.
  static func digest(_ name: String) throws -> String {
    try Scratch().ok(
      """
      jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "\(name):latest").digest' \
        \(layout.get())/index.json
      """)
  }

  /// The bytes of the blob of that digest.
  static func blob(_ digest: String) throws -> [UInt8] {
    try readFile("\(layout.get())/blobs/\(digest.split(separator: ":").joined(separator: "/"))")
  }
}
