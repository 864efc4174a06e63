// Does to a layer store what tests want another process to do, so that they can kill it or hinder it.
//
//   layer-probe unpack STORE DIGITS [hold|dependent|slow]...   unpacks an image: a layer for each hexadecimal digit
//   layer-probe collect STORE
//   layer-probe find STORE DIGITS [hold]
//
// Each layer has a hundred files, or with `few` two; `made DIGIT` is said of each that this process made. With `hold` it
// waits, with the leases, until it is killed; `locked` makes directories that their owner may not change.

import Glibc
import Image
import LayerStore
import Overlay
import System

let arguments = CommandLine.arguments
let words = Set(arguments.dropFirst(4))
let form = LayerForm.tree(.trusted, .mapped(.identity))

func say(_ text: String) { try? FileDescriptor.standardOutput.write(Array("\(text)\n".utf8)) }

/// A layer for each digit, the chainID that of the digits so far.
func image(_ digits: String) -> [LayerID] {
  var chain = ""
  return digits.map { digit in
    chain.append(digit)
    let hex = String((chain + String(repeating: "0", count: 64)).prefix(64))
    return LayerID(
      diffID: DiffID(Digest(.sha256, hex: String(repeating: digit, count: 64))!),
      chainID: Digest(.sha256, hex: hex)!)
  }
}

func unpack(_ layer: NewLayer) throws(Failure) {
  let tree = try layer.tree()
  do throws(Errno) {
    let directory = try tree.subdirectory("directory")
    for number in 0..<(words.contains("few") ? 2 : 100) {
      let file = try directory.open(FileName("\(number)"), O_WRONLY | O_CREAT, mode: 0o644)
      try file.write(Array("content".utf8))
      if words.contains("slow") { usleep(300) }
    }
    if words.contains("locked") {
      for (name, mode) in [("a", 0), ("b", 0o555)] as [(String, mode_t)] {
        try directory.subdirectory(name).subdirectory("below").subdirectory("x").subdirectory("y")
          .synchronize()
        fchmodat(directory.number, "\(name)/below", mode, 0)
        fchmodat(directory.number, name, mode, 0)
      }
      fchmod(directory.number, 0o555)
      fchmod(tree.number, 0o500)
    }
  } catch { throw error.failure("probe", doing: "writing") }
}

func run(_ store: LayerCache) throws(Failure) {
  switch arguments[1] {
  case "unpack":
    let unpacking = try store.beginUnpacking(image(arguments[3]), form)
    var layers: [NewLayer] = []
    for layer in unpacking.missing {
      do {
        try unpack(layer)
        layers += words.contains("dependent") ? try layer.becomeDependent() : [layer]
      } catch {
        for layer in unpacking.missing { layer.abandon() }
        throw error
      }
    }
    let published = try store.publish(layers)
    for layer in layers { say("made \(layer.ids[0].diffID.digest.hex.prefix(1))") }
    if words.contains("hold") {
      say("holding")
      withExtendedLifetime((published, unpacking)) { _ = pause() }
    }
  case "find":
    let layers = try image(arguments[3]).map { id throws(Failure) in try store.find(id, form) }
    for layer in layers { say(layer == nil ? "missing" : "found") }
    if words.contains("hold") { withExtendedLifetime(layers) { _ = pause() } }
  case "collect":
    try store.collect(unusedFor: 0) { say("removed \($0.place)") }
  default: throw Failure(.usage, arguments[1], "is not known")
  }
}

// Tells the tests which calls of the trace belong to us, not to the loader.
access("/layer-probe-begins", F_OK)
do throws(Failure) {
  try run(LayerCache(arguments[2]))
} catch {
  try? FileDescriptor.standardError.write(Array("\(error.subject): \(error.problem)\n".utf8))
  exit(error.kind.rawValue)
}
