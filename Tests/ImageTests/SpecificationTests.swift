import Image
import System
import Testing

/// What the image-spec says of its own examples and test cases holds here, but for what we do for a reason.
@Suite struct SpecificationTests {
  private static let unverifiable = "an algorithm that is not sha256 or sha512 could not be verified"

  private static let differing = [
    "test for alternate digest algorithm": unverifiable,
    "test for alternate digest encoding": unverifiable,
    "test for those who cannot use modulo arithmetic to recover padding.": unverifiable,
    "test bounds of algorithm field in digest.": unverifiable,
    "urls does not match format (invalide url characters)": "kept as they stand; looked at where one is used",
    "invalid data base64, missing padding": "embedded data is kept and never used",
    "empty layer, expected at least one": "an image from scratch has none (image-spec 1.1 allows it)",
    "Env is invalid": "Docker makes such images; a name without value is no reason not to copy one",
  ]

  @Test("descriptors are valid where the schema tests say so", arguments: schemaDescriptors)
  func descriptor(_ example: SchemaCase) {
    example.check(differing: Self.differing) { _ = try Descriptor(json: JSON(parsing: $0)) }
  }

  @Test("manifests are valid where the schema tests say so", arguments: schemaManifests)
  func manifest(_ example: SchemaCase) {
    example.check(differing: Self.differing) { _ = try Manifest(raw: $0, mediaType: .imageManifest) }
  }

  @Test("indexes are valid where the schema tests say so", arguments: schemaIndexes)
  func index(_ example: SchemaCase) {
    example.check(differing: Self.differing) { _ = try Index(raw: $0, mediaType: .imageIndex) }
  }

  @Test("configurations are valid where the schema tests say so", arguments: schemaConfigs)
  func config(_ example: SchemaCase) {
    example.check(differing: Self.differing) { _ = try ImageConfig(raw: $0) }
  }

  @Test("Docker's documents are taken as they are")
  func docker() throws {
    for example in dockerIndexes {
      let index = try Index(raw: example.bytes, mediaType: .dockerManifestList)
      #expect(
        index.manifests.map { $0.platform?.architecture } == ["ppc64le", "amd64", "s390x", "arm", "arm64"])
      #expect(index.manifests.last?.platform?.variant == "v8")
    }
    for example in dockerManifests {
      let manifest = try Manifest(raw: example.bytes, mediaType: .dockerManifest)
      #expect(manifest.layers.map(\.size) == [2_310_272, 913_022, 9_861_668, 465])
      #expect(manifest.raw == example.bytes)
    }
    let configs = try dockerConfigs.map { try ImageConfig(raw: $0.bytes) }
    #expect(configs.map(\.diffIDs.count) == [4, 1])
    #expect(configs.map(\.config.entrypoint) == [["docker-entrypoint.sh"], nil])
    #expect(configs.map(\.config.cmd) == [["sh"], nil])
    #expect(
      configs[0].history.map(\.isEmptyLayer) == [false, false, true, true, true, false, false, true, true])
    #expect(configs[1].author == "Patrick Uiterwijk <patrick@puiterwijk.org>")
  }

  @Test("every example in the specification is valid", arguments: specExamples)
  func example(_ example: SpecExample) throws {
    let bytes = Array(example.text.utf8)
    switch example.mediaType {
    case "application/vnd.oci.descriptor.v1+json":
      let json = try JSON(parsing: bytes)
      #expect(try Descriptor(json: Descriptor(json: json).json) == Descriptor(json: json))
    case MediaType.imageManifest.rawValue:
      #expect(try !Manifest(raw: bytes, mediaType: .imageManifest).layers.isEmpty)
    case MediaType.imageIndex.rawValue:
      #expect(try Index(raw: bytes).manifests.count >= 2)
    case MediaType.imageConfig.rawValue:
      let config = try ImageConfig(raw: bytes)
      #expect(config.diffIDs.count == 2)
      #expect(config.config.volumes == ["/var/job-result-data", "/var/log/my-app-logs"])
      #expect(config.config.exposedPorts == ["8080/tcp"])
      #expect(config.created == "2015-10-31T22:22:56.015925234Z")
    case MediaType.layoutHeader.rawValue:
      #expect(try JSON(parsing: bytes)["imageLayoutVersion"]?.string == "1.0.0")
    default: Issue.record("an example of type \(example.mediaType)")
    }
  }
}
