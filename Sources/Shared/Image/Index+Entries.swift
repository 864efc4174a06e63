extension Index {
  /// The entries of an index while they are edited.
  struct Entries {
    /// An entry as a value, as it stands in the document, and its full name.
    struct Entry {
      private(set) var descriptor: Descriptor
      private(set) var json: JSON
      private(set) var fullName: String?

      init(_ descriptor: Descriptor, _ json: JSON) {
        self.descriptor = descriptor
        self.json = json
        fullName = descriptor.fullName
      }

      /// Whether it goes by the name that `other` goes by.
      func hasName(of other: Entry) -> Bool {
        if let fullName { return fullName == other.fullName }
        guard let name = descriptor.annotations[AnnotationKey.refName] else { return false }
        return name == other.descriptor.annotations[AnnotationKey.refName] || name == other.fullName
      }

      /// The entry without its name; all else, and the order of fields, is kept.
      var unnamed: Entry {
        guard var object = json.object, var annotations = object["annotations"]?.object else { return self }
        annotations[AnnotationKey.containerdName] = nil
        annotations[AnnotationKey.refName] = nil
        object["annotations"] = annotations.members.isEmpty ? nil : .object(annotations)
        return Entry(descriptor.unnamed(), .object(object))
      }
    }

    private(set) var entries: [Entry]
    /// Whether anything differs from what it was.
    private(set) var isChanged = false

    init(_ descriptors: [Descriptor], _ elements: [JSON]) {
      entries = zip(descriptors, elements).map { Entry($0, $1) }
    }

    /// Takes up one entry, as `Index.add` says.
    mutating func add(_ descriptor: Descriptor) {
      let entry = Entry(descriptor, descriptor.json)
      let same = entries.indices.filter { entries[$0].descriptor.digest == descriptor.digest }
      if descriptor.imageName == nil, same.contains(where: { entries[$0].descriptor.imageName != nil }) {
        return
      }
      let place =
        same.first { entries[$0].hasName(of: entry) }
        ?? same.first { entries[$0].descriptor.imageName == nil } ?? entries.count
      put(entry, at: place)
      // Backwards, so that removing one moves none that is still to be looked at.
      for index in entries.indices.reversed() where index != place && entries[index].hasName(of: entry) {
        takeName(at: index)
      }
    }

    private mutating func put(_ entry: Entry, at place: Int) {
      if place == entries.count {
        entries.append(entry)
      } else if entries[place].descriptor != entry.descriptor {
        entries[place] = entry
      } else {
        return
      }
      isChanged = true
    }

    /// Leaves the image without this name; the entry goes where another one still leads to the image.
    private mutating func takeName(at index: Int) {
      let digest = entries[index].descriptor.digest
      if entries.indices.contains(where: { $0 != index && entries[$0].descriptor.digest == digest }) {
        entries.remove(at: index)
      } else {
        entries[index] = entries[index].unnamed
      }
      isChanged = true
    }
  }
}

extension Descriptor {
  /// The full name, where a tool that knows Docker's names wrote one.
  var fullName: String? {
    guard let name = annotations[AnnotationKey.containerdName] else { return nil }
    return (try? Reference(parsing: name))?.fullName ?? name
  }
}
