import Build
import CommandLine
import Image
import Layout
import System
import Transfer

/// Where what was built goes: a layout or a stream, and the files that tell make of it.
struct BuildOutputs {
  private let session: Session
  private let options: ResultOptions
  private let target: OutputTarget?
  /// The layout's path; nil for a stream.
  let layout: String?
  /// The names of each image that is built.
  private let names: [[Reference]]
  private let stream: FileDescriptor?

  /// The outputs of a build of `targets` stages, 0 for the last.
  ///
  /// - Throws: `usage`.
  init(_ options: ResultOptions, targets: Int, _ session: Session) throws(Failure) {
    self.session = session
    self.options = options
    target = try options.output.map { (text) throws(Failure) in try OutputTarget(parsing: text) }
    layout = try target?.layout(in: session.environment)
    stream = target == nil ? try session.streams.outputStream(insteadUse: "-o LAYOUT") : nil
    var names: [Reference] = []
    for text in options.tag {
      let name: Reference
      do { name = try Reference(parsing: text) } catch { throw error.about("-t \(text)") }
      guard name.digest == nil else { throw Failure(.usage, "-t \(text)", "a name to give has no digest") }
      if !names.contains(name) { names.append(name) }
    }
    if targets > 1 {
      guard target?.name == nil else {
        throw Failure(.usage, "-o \(options.output ?? "")", "a name can be given to one image only")
      }
      guard names.isEmpty || names.count == targets else {
        throw Failure(
          .usage, "-t", "\(targets) --target need as many names, the first for the first and so on")
      }
      self.names = names.isEmpty ? Array(repeating: [], count: targets) : names.map { [$0] }
      guard options.iidfile == nil else {
        throw Failure(.usage, "--iidfile", "has room for one image only")
      }
    } else {
      if let name = target?.name, !names.contains(name) { names.insert(name, at: 0) }
      self.names = [names]
    }
    if options.deptarget != nil, options.depfile == nil {
      throw Failure(.usage, "--deptarget", "goes with --depfile")
    }
  }

  /// Writes `images`, of which `files` were read.
  func write(_ images: [AssembledImage], reading files: [String]) throws(Failure) {
    var items: [ImageCopy.Item] = []
    for (image, names) in zip(images, names) {
      let entries = names.isEmpty ? [image.entry] : names.map { image.entry.named($0) }
      for entry in entries {
        items.append(ImageCopy.Item(entry, from: image, called: names.first?.familiarName ?? "image"))
      }
    }
    if let layout {
      let directory = try LayoutDirectory.openOrCreate(layout)
      try ImageCopy(
        to: LayoutDestination(directory, observer: nil, durably: !options.noSync), absence: .refused
      ).run(items)
    } else if let stream {
      try ImageCopy(to: StreamDestination(stream, name: "standard output", observer: nil), absence: .refused)
        .run(items)
    }
    try tell(of: images)
    if let path = options.iidfile, let image = images.first {
      try write("\(image.id)\n", to: path)
    }
    if let path = options.depfile {
      try write(Depfile.text(target: ruleTarget(path), files: files), to: path)
    }
  }

  private func tell(of images: [AssembledImage]) throws(Failure) {
    for (image, names) in zip(images, names) {
      if !session.diagnostics.isQuiet, !session.progress.isJSON {
        session.progress.print("Successfully built \(image.id.hex.prefix(12))")
        for name in names { session.progress.print("Successfully tagged \(name.familiarName)") }
      }
      guard let layout else { continue }
      try session.streams.print(
        ImageOperand.line(layout: layout, name: names.first?.familiarName, digest: image.entry.digest))
    }
  }

  /// What make is to make: as told, else the file that the build is sure to write.
  private func ruleTarget(_ depfile: String) -> String {
    if let target = options.deptarget ?? options.iidfile { return target }
    return depfile.hasSuffix(".d") ? String(depfile.dropLast(2)) : layout ?? depfile
  }

  private func write(_ text: String, to path: String) throws(Failure) {
    let file = try OutputFile(path, ifChanged: options.ifChanged)
    do { try file.descriptor.write(Array(text.utf8)) } catch { throw error.failure(path) }
    try file.commit()
  }
}
