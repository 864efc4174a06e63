import CommandLine
import Image
import ImageCommand
import Layout
import System
import Transfer

/// `--check`: everything verified, each problem a line.
public struct Check {
  private let carrier: Carrier
  private let session: Session
  private let json: Bool

  /// A check of what `carrier` holds.
  public init(_ carrier: Carrier, _ session: Session, json: Bool) {
    self.carrier = carrier
    self.session = session
    self.json = json
  }

  /// Checks the image of `entry`; without one all images, names and files.
  public func run(_ entry: Descriptor?) throws(Failure) {
    let check = ImageCheck(
      carrier, observer: LayerProgress(session.progress, moving: "Verifying", done: "Verified"))
    try check.run(entry.map { [$0] } ?? carrier.index.manifests)
    var problems = check.problems
    if entry == nil { problems += nameProblems }
    for problem in problems { session.diagnostics.report(problem) }
    let strays = entry == nil ? try strays(check.reached) : []
    for blob in check.absent { session.diagnostics.notice("\(carrier.name): \(blob.digest): absent") }
    for stray in strays { session.diagnostics.notice("\(carrier.name): \(stray.path): \(stray.what)") }
    let images = entry == nil ? carrier.index.manifests.count : 1
    if json {
      let report: JSON = [
        "images": .number("\(images)"), "blobs": .number("\(check.reached.count)"),
        "size": .number("\(check.bytes)"),
        "problems": .array(problems.map { .string("\($0.subject): \($0.problem)") }),
        "absent": .array(check.absent.map { .string($0.digest.description) }),
        "strays": .array(strays.map { ["path": .string($0.path), "what": .string($0.what)] }),
      ]
      return try session.streams.write(report.shown)
    }
    let verdict = problems.isEmpty ? "no problem found" : "\(counted(problems.count, "problem")) found"
    try session.streams.print(
      "\(carrier.name.oneLine): \(counted(images, "image")), \(counted(check.reached.count, "blob")), "
        + "\(Human.size(check.bytes)): \(verdict)")
  }

  private func counted(_ number: Int, _ what: String) -> String {
    "\(number) \(what)\(number == 1 ? "" : "s")"
  }

  /// Names that are none, or that two images have.
  private var nameProblems: [Failure] {
    var owners: [String: Digest] = [:]
    var problems: [Failure] = []
    for entry in carrier.index.manifests {
      guard let name = entry.imageName else { continue }
      let shown = "\(name.prefix(200))".oneLine
      if let full = entry.annotations[AnnotationKey.containerdName],
        (try? Reference(parsing: full)) == nil
      {
        problems.append(Failure(.invalid, carrier.name, "\(shown): \(entry.digest) has a name that is none"))
      }
      if let other = owners.updateValue(entry.digest, forKey: name), other != entry.digest {
        problems.append(
          Failure(.invalid, carrier.name, "\(shown): the name of both \(other) and \(entry.digest)"))
      }
    }
    return problems
  }

  /// What lies in a layout and no image reaches.
  private func strays(_ reached: Set<Digest>) throws(Failure) -> [(path: String, what: String)] {
    guard let layout = (carrier.source as? LayoutSource)?.layout else { return [] }
    let inventory = try layout.inventory()
    return inventory.blobs.filter { !reached.contains($0) }
      .map { ("blobs/\($0.algorithm.rawValue)/\($0.hex)", "no image uses it") }
      + inventory.strays.map { ($0.oneLine, "is not a blob") }
      + inventory.stalePartials.map { ($0.oneLine, "left by a download that was broken off") }
  }
}
