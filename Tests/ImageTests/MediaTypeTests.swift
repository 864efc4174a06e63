import Image
import Testing

@Suite struct MediaTypeTests {
  @Test(
    "a layer type says how the layer is compressed and whether it may be passed on",
    arguments: [
      ("application/vnd.oci.image.layer.v1.tar", LayerCompression.none, false),
      ("application/vnd.oci.image.layer.v1.tar+gzip", .gzip, false),
      ("application/vnd.oci.image.layer.v1.tar+zstd", .zstd, false),
      ("application/vnd.oci.image.layer.nondistributable.v1.tar", LayerCompression.none, true),
      ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", .gzip, true),
      ("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", .zstd, true),
      ("application/vnd.docker.image.rootfs.diff.tar", LayerCompression.none, false),
      ("application/vnd.docker.image.rootfs.diff.tar.gzip", .gzip, false),
      ("application/vnd.docker.image.rootfs.diff.tar.zstd", .zstd, false),
      ("application/vnd.docker.image.rootfs.foreign.diff.tar", LayerCompression.none, true),
      ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", .gzip, true),
      ("application/vnd.oci.image.config.v1+json", nil, false),
      ("application/vnd.example.data", nil, false),
    ] as [(String, LayerCompression?, Bool)])
  func layers(_ text: String, _ compression: LayerCompression?, _ isNondistributable: Bool) {
    let type = MediaType(rawValue: text)
    #expect(type.layerCompression == compression)
    #expect(type.isLayer == (compression != nil))
    #expect(type.isNondistributable == isNondistributable)
    #expect(type.isDocker == text.contains("docker"))
  }

  @Test("documents are told apart")
  func documents() {
    #expect(
      [MediaType.imageManifest, .dockerManifest].allSatisfy { $0.isManifest && !$0.isIndex && !$0.isConfig })
    #expect(
      [MediaType.imageIndex, .dockerManifestList].allSatisfy { $0.isIndex && !$0.isManifest && !$0.isConfig })
    #expect(
      [MediaType.imageConfig, .dockerConfig].allSatisfy { $0.isConfig && !$0.isIndex && !$0.isManifest })
    #expect(
      [MediaType.dockerManifestSchema1, .dockerManifestSchema1Signed].allSatisfy {
        $0.isSchema1 && !$0.isManifest
      })
  }

  @Test("Docker's types and the specification's translate into each other and back")
  func counterparts() {
    let docker: [MediaType] = [
      .dockerManifest, .dockerManifestList, .dockerConfig, .dockerLayer, .dockerLayerGzip, .dockerLayerZstd,
      .dockerForeignLayer, .dockerForeignLayerGzip,
    ]
    for type in docker {
      #expect(!type.ociEquivalent.isDocker)
      #expect(type.ociEquivalent.dockerEquivalent == type)
      #expect(type.ociEquivalent.layerCompression == type.layerCompression)
    }
    #expect(MediaType.layerGzip.ociEquivalent == .layerGzip)
    #expect(MediaType.empty.dockerEquivalent == nil)
  }

  @Test("a layer compressed otherwise stays in its family")
  func compressed() {
    #expect(MediaType.layerGzip.compressed(.zstd) == .layerZstd)
    #expect(MediaType.layerZstd.compressed(.gzip) == .layerGzip)
    #expect(MediaType.dockerLayerGzip.compressed(.none) == .dockerLayer)
    #expect(MediaType.dockerForeignLayer.compressed(.gzip) == .dockerForeignLayerGzip)
    #expect(MediaType.dockerForeignLayer.compressed(.zstd) == nil)
    #expect(MediaType.nondistributableLayer.compressed(.zstd) == .nondistributableLayerZstd)
    #expect(MediaType.imageConfig.compressed(.gzip) == nil)
  }
}
