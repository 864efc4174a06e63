import Layer
import System

/// Layers, one after the other, are read and merged without a trap; what is listed is sorted and in its place.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  // The first byte says into how many layers the blocks are dealt.
  guard let layers = bytes.first.map({ Int($0 % 4) + 1 }) else { return 0 }
  let blocks = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
  let size = blocks.count / 512 / layers * 512
  do throws(Failure) {
    var tree = LayerTree()
    for layer in 0..<layers {
      var piece: UnsafeRawBufferPointer? = UnsafeRawBufferPointer(
        rebasing: layer + 1 < layers ? blocks[layer * size..<(layer + 1) * size] : blocks[(layer * size)...])
      if piece?.isEmpty == true { piece = nil }
      let reader = LayerReader("layer") {
        defer { piece = nil }
        return piece
      }
      // Of every other input the bodies are read, too.
      let readsBodies = bytes.count % 2 == 0
      try tree.addLayer { () throws(Failure) in
        let entry = try reader.next()
        if readsBodies, entry != nil { while try reader.nextPiece() != nil {} }
        return entry
      }
    }
    var seen: Set<[UInt8]> = []
    tree.forEach { file in
      guard seen.insert(file.entry.path).inserted, file.layer < layers else { fatalError("listed twice") }
    }
  } catch { precondition(error.kind == .invalid && error.problem == error.problem.oneLine) }
  return 0
}
