import CommandLine
import Image
import System

/// Images on top of the layers that they share, from the base up.
///
/// Kept in an array, and gone through without recursion: a stranger's image may have thousands of layers.
struct SharedLayers {
  /// A layer on top of others, or the ground that all stand on.
  struct Node {
    /// The layer; nil for the ground.
    let layer: Descriptor?
    /// What lies on top of it, in the order in which it was found.
    fileprivate(set) var children: [Int] = []
    /// The images that end here, a line each.
    fileprivate(set) var images: [String] = []
  }

  private struct Edge: Hashable {
    let parent: Int
    let layer: Digest
  }

  /// The nodes; the ground first.
  private(set) var nodes = [Node(layer: nil)]
  private var edges: [Edge: Int] = [:]

  /// The layers of all images of `listings`; of several, each image is told with its place.
  init(_ listings: [PlaceListing]) {
    for listing in listings {
      for image in listing.images {
        for variant in image.content.variants {
          let place = listings.count > 1 ? "\(listing.name):" : ""
          add(variant, label: place + image.label(of: variant))
        }
      }
    }
  }

  private mutating func add(_ variant: ListedImage.Variant, label: String) {
    var node = 0
    for layer in variant.layers {
      let edge = Edge(parent: node, layer: layer.digest)
      if let child = edges[edge] {
        node = child
      } else {
        nodes.append(Node(layer: layer))
        edges[edge] = nodes.count - 1
        nodes[node].children.append(nodes.count - 1)
        node = nodes.count - 1
      }
    }
    nodes[node].images.append(label.oneLine)
  }
}

extension SharedLayers {
  /// The tree for people: layers that only lead on to one another stand below one another, what branches is set in.
  var lines: [String] {
    /// What is still to be written: a node or an image, how it begins, and how what is below it begins.
    struct Item {
      let node: Int?
      let text: String
      let mark: String
      let indent: String
    }
    var lines: [String] = []
    var stack = nodes[0].children.reversed().map { Item(node: $0, text: "", mark: "", indent: "") }
    stack += nodes[0].images.reversed().map { Item(node: nil, text: $0, mark: "", indent: "") }
    while let item = stack.popLast() {
      guard let node = item.node else {
        lines.append(item.mark + item.text)
        continue
      }
      lines.append(item.mark + nodes[node].text)
      if nodes[node].images.isEmpty, nodes[node].children.count == 1 {
        stack.append(Item(node: nodes[node].children[0], text: "", mark: item.indent, indent: item.indent))
        continue
      }
      let count = nodes[node].images.count + nodes[node].children.count
      var below: [Item] = []
      for (place, child) in (nodes[node].images.map { (nil, $0) } + nodes[node].children.map { ($0, "") })
        .enumerated()
      {
        let isLast = place == count - 1
        below.append(
          Item(
            node: child.0, text: child.1, mark: item.indent + (isLast ? "└─ " : "├─ "),
            indent: item.indent + (isLast ? "   " : "│  ")))
      }
      stack += below.reversed()
    }
    return lines
  }

  /// The graph in the language of Graphviz: layers as boxes, arrows to what lies on top of them.
  var graph: [String] {
    var lines = ["digraph images {", "  rankdir=BT;", "  node [shape=box, fontname=monospace];"]
    for (number, node) in nodes.enumerated() {
      if number > 0 { lines.append("  layer\(number) [label=\(Self.quoted(node.text))];") }
      for (place, image) in node.images.enumerated() {
        let name = "image\(number)_\(place)"
        lines.append(
          "  \(name) [label=\(Self.quoted(image)), style=\"rounded,filled\", fillcolor=lightblue];")
        if number > 0 { lines.append("  layer\(number) -> \(name);") }
      }
      if number > 0 { lines += node.children.map { "  layer\(number) -> layer\($0);" } }
    }
    return lines + ["}"]
  }

  /// A string of the language: what strangers call their images is nothing but text in it.
  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

extension SharedLayers.Node {
  /// `90b9666d4aed  2.2MB`.
  fileprivate var text: String {
    guard let layer else { return "" }
    return "\(layer.digest.hex.prefix(12))  \(Human.size(layer.size))"
  }
}

extension ListedImage {
  /// The name, the ID and, where there are several, the platform.
  fileprivate func label(of variant: Variant) -> String {
    let platform = entry.mediaType.isIndex ? variant.platform.map { "  \($0)" } ?? "" : ""
    return "\(name)  \(variant.id.hex.prefix(12))\(platform)"
  }
}
