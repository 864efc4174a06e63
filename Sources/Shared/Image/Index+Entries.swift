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

      /// Under what it is found by those who go by the same name: its full name, else what another tool wrote.
      var name: Name? {
        if let fullName { return .full(fullName) }
        return descriptor.annotations[AnnotationKey.refName].map { .other($0) }
      }

      /// The names of all entries that go by the name that this one goes by.
      var equalNames: [Name] {
        let other = descriptor.annotations[AnnotationKey.refName]
        return [fullName.map(Name.full), other.map(Name.other), fullName.map(Name.other)].compactMap { $0 }
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

    /// A name by which an entry goes.
    enum Name: Hashable {
      case full(String)
      case other(String)
    }

    /// The entries in their places; nil where one was removed.
    private var places: [Entry?]
    /// How many entries a digest has, and where those without a name are.
    private var counts: [Digest: Int] = [:]
    private var nameless: [Digest: [Int]] = [:]
    private var byName: [Name: [Int]] = [:]
    /// Whether anything differs from what it was.
    private(set) var isChanged = false

    /// The entries, in order.
    var entries: [Entry] { places.compactMap { $0 } }

    init(_ descriptors: [Descriptor], _ elements: [JSON]) {
      places = zip(descriptors, elements).map { Entry($0, $1) }
      for place in places.indices { enter(place) }
    }

    /// Takes up one entry, as `Index.add` says.
    mutating func add(_ descriptor: Descriptor) {
      let digest = descriptor.digest
      let nameless = nameless[digest] ?? []
      if descriptor.imageName == nil, counts[digest] ?? 0 > nameless.count { return }
      let entry = Entry(descriptor, descriptor.json)
      let holders = Set(entry.equalNames.flatMap { byName[$0] ?? [] }).sorted()
      let place =
        holders.first { places[$0]?.descriptor.digest == digest } ?? nameless.min() ?? places.count
      put(entry, at: place)
      for holder in holders.reversed() where holder != place { takeName(at: holder) }
    }

    private mutating func put(_ entry: Entry, at place: Int) {
      if place == places.count {
        places.append(nil)
      } else if places[place]?.descriptor == entry.descriptor {
        return
      }
      set(entry, at: place)
    }

    /// Leaves the image without this name; the entry goes where another one still leads to the image.
    private mutating func takeName(at place: Int) {
      guard let entry = places[place] else { return }
      set(counts[entry.descriptor.digest] ?? 0 > 1 ? nil : entry.unnamed, at: place)
    }

    private mutating func set(_ entry: Entry?, at place: Int) {
      if let old = places[place] {
        counts[old.descriptor.digest, default: 1] -= 1
        if old.descriptor.imageName == nil { nameless[old.descriptor.digest]?.removeAll { $0 == place } }
        if let name = old.name { byName[name]?.removeAll { $0 == place } }
      }
      places[place] = entry
      enter(place)
      isChanged = true
    }

    private mutating func enter(_ place: Int) {
      guard let entry = places[place] else { return }
      counts[entry.descriptor.digest, default: 0] += 1
      if entry.descriptor.imageName == nil { nameless[entry.descriptor.digest, default: []].append(place) }
      if let name = entry.name { byName[name, default: []].append(place) }
    }
  }
}

extension Descriptor {
  /// The full name, where a tool that knows Docker's names wrote one.
  var fullName: String? {
    if let name = annotations[AnnotationKey.containerdName] {
      return (try? Reference(parsing: name))?.fullName ?? name
    }
    // podman and buildah write it here; what is a full name as it stands can mean nothing else.
    guard let name = annotations[AnnotationKey.refName], name.contains("/"),
      (try? Reference(parsing: name))?.fullName == name
    else { return nil }
    return name
  }
}
