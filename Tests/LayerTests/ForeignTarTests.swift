import Glibc
import System
import Testing

@testable import Layer

/// A tree of what tars can have, and commands that make a tar `../tar` of it.
private let tree = #"""
  mkdir -p d/sub "$(printf 'n%0150d' 1)" sticky; echo hello > d/file; ln d/file d/hard; ln -s ../nowhere d/soft
  printf x > "$(printf 'd/sub/\377\376')"; printf y > "d/$(printf 'f%0120d' 2)"; ln -s "$(printf 't%0140d' 3)" d/long
  printf z > "$(printf 'n%0150d' 1)/$(printf 'm%0110d' 1)"; mkfifo d/fifo; mknod d/null c 1 3; mknod d/disk b 7 300
  echo s > d/setuid; chown 1234:4321 d/setuid; chmod 4755 d/setuid; chmod 1777 sticky; chown 77:88 d/sub
  chown -h 5:6 d/soft; chmod 2711 d; printf 'end' | dd of=sparse bs=1 seek=1000000 2>/dev/null
  printf 'middle' | dd of=sparse bs=1 seek=300000 conv=notrunc 2>/dev/null; truncate -s 3000000 sparse
  for i in $(seq 1 40); do printf $i | dd of=holes bs=1 seek=${i}0000 conv=notrunc 2>/dev/null; done; touch empty
  setfattr -n user.text -v 'a=b' d/file; setfattr -n trusted.mine -v 0x00ff d/sub
  setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 d/setuid
  setfacl -m u:1000:rwx,g:50:r d/file; setfacl -m u:9:rx,d:u:9:rwx,d:g::r d/sub
  touch -h -d '2001-02-03 04:05:06.123456789' d/file d/soft d sparse; touch -d '1969-12-31 23:00:00.5' empty
  """#

private let python = """
  import os, tarfile
  tar = tarfile.open('../tar', 'w', format=tarfile.%, errors='surrogateescape')
  for name in os.listdir():
    if '%' != 'USTAR_FORMAT' or name in ['holes', 'sparse', 'sticky']: tar.add(name)
  tar.close()
  """

private let makers = [
  "tar --format=v7 -cf ../tar .", "tar --format=oldgnu -Scf ../tar .", "tar --format=gnu -Scf ../tar .",
  "tar --format=ustar -cf ../tar .", "tar --format=pax --xattrs --xattrs-include=* --acls -cf ../tar .",
  "tar --format=pax --xattrs --xattrs-include=* --acls --numeric-owner -Scf ../tar .",
  "tar --format=pax --sparse-version=0.0 -Scf ../tar .",
  "tar --format=pax --sparse-version=0.1 -Scf ../tar .",
  "tar --format=pax --sparse-version=1.0 -Scf ../tar .", "bsdtar --format=v7 -cf ../tar .",
  "bsdtar --format=ustar -cf ../tar .", "bsdtar --format=gnutar -cf ../tar .",
  "bsdtar --format=pax --xattrs --acls -cf ../tar .", "bsdtar --format=paxr -cf ../tar .",
  "python3 -c \"\(python.replacing("%", with: "USTAR_FORMAT"))\"",
  "python3 -c \"\(python.replacing("%", with: "GNU_FORMAT"))\"",
  "python3 -c \"\(python.replacing("%", with: "PAX_FORMAT"))\"",
]

/// All that can be said of files; of ACLs and other attributes in a line of their own.
private let look = #"""
  find . -mindepth 1 -printf '%y %m %U:%G %n %p > %l ' \( -type d -printf '\n' -o -printf '%s %T@\n' \) | LC_ALL=C sort
  find . -mindepth 1 -type d -printf '%T@ %p\n' | LC_ALL=C sort; find . -type f -exec sha256sum {} + | LC_ALL=C sort
  getfattr -R -h -d -m - -e hex . | LC_ALL=C sort; find . -name sparse -size -200k -printf '%S' | grep -q '^0' || true
  """#

struct ForeignTarTests {
  @Test(
    "tars of GNU tar, bsdtar and Python, in every dialect, become what tar(1) makes of them",
    arguments: makers)
  func foreign(maker: String) throws {
    let scratch = try UnpackScratch()
    _ = try run("mkdir source expected && cd source && \(tree)\n\(maker)", in: scratch.path)
    _ = try run(
      "tar --xattrs --xattrs-include='*' --acls --delay-directory-restore -xpf tar -C expected",
      in: scratch.path)
    try scratch.unpack(file: scratch.path + "/tar")
    let expected = try run("cd expected && \(look)", in: scratch.path)
    #expect(expected.count > 3)
    let unpacked = try run("cd layer0 && \(look)", in: scratch.path)
    #expect(unpacked.filter { !expected.contains($0) } == [])
    #expect(expected.filter { !unpacked.contains($0) } == [])
    if maker.contains("-S") { #expect(try scratch.status("holes").st_blocks * 512 < 300_000) }
  }

  private func run(_ script: String, in directory: String) throws -> [String] {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    var program = Program("/bin/sh", ["-c", script], environment: ["PATH": path, "LC_ALL": "C"])
    program.directory = try FileDescriptor.open(directory, O_RDONLY | O_DIRECTORY)
    let answer = try program.answer(timeout: 60)
    return String(decoding: answer.text, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
