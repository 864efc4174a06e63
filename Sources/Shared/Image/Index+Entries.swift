extension Index {
  /// The entries of an index while they are edited: as values, and as they stand in the document.
  struct Entries {
    private(set) var manifests: [Descriptor]
    private(set) var elements: [JSON]

    init(_ manifests: [Descriptor], _ elements: [JSON]) {
      self.manifests = manifests
      self.elements = elements
    }

    /// Takes up one entry, as `Index.add` says.
    mutating func add(_ entry: Descriptor) {
      let same = manifests.indices.filter { manifests[$0].digest == entry.digest }
      if entry.imageName == nil, same.contains(where: { manifests[$0].imageName != nil }) { return }
      let place =
        same.first { manifests[$0].hasName(of: entry) } ?? same.first { manifests[$0].imageName == nil }
      put(entry, at: place)
      let kept = place ?? manifests.count - 1
      // Backwards, so that removing one moves none that is still to be looked at.
      for index in manifests.indices.reversed() where index != kept && manifests[index].hasName(of: entry) {
        takeName(at: index)
      }
    }

    private mutating func put(_ entry: Descriptor, at place: Int?) {
      guard let place else {
        manifests.append(entry)
        elements.append(entry.json)
        return
      }
      guard manifests[place] != entry else { return }
      manifests[place] = entry
      elements[place] = entry.json
    }

    /// Leaves the image without this name; the entry goes where another one still leads to the image.
    private mutating func takeName(at index: Int) {
      let digest = manifests[index].digest
      if manifests.indices.contains(where: { $0 != index && manifests[$0].digest == digest }) {
        manifests.remove(at: index)
        elements.remove(at: index)
      } else {
        manifests[index] = manifests[index].unnamed()
        elements[index] = Self.unnamed(elements[index])
      }
    }

    /// The entry as it stands without its names, all else and the order of fields kept.
    private static func unnamed(_ element: JSON) -> JSON {
      guard var object = element.object, var annotations = object["annotations"]?.object else {
        return element
      }
      annotations[AnnotationKey.containerdName] = nil
      annotations[AnnotationKey.refName] = nil
      object["annotations"] = annotations.members.isEmpty ? nil : .object(annotations)
      return .object(object)
    }
  }
}

extension Descriptor {
  /// The full name, where a tool that knows Docker's names wrote one.
  var fullName: String? {
    guard let name = annotations[AnnotationKey.containerdName] else { return nil }
    return (try? Reference(parsing: name))?.fullName ?? name
  }

  /// Whether this entry goes by the name that `entry` goes by.
  func hasName(of entry: Descriptor) -> Bool {
    if let name = fullName { return name == entry.fullName }
    guard let name = annotations[AnnotationKey.refName] else { return false }
    return name == entry.annotations[AnnotationKey.refName] || name == entry.fullName
  }
}
