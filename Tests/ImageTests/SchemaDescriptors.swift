// Test data from the OCI image-spec (github.com/opencontainers/image-spec, Apache-2.0), schema/descriptor_test.go.

/// Descriptors of the schema tests.
let schemaDescriptors: [SchemaCase] = [
  SchemaCase(
    "valid descriptor", true,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "zero length blob", true,
    #"""
    {
      "mediaType": "application/octet-stream",
      "size": 0,
      "digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    }
    """#),
  SchemaCase(
    "mediaType missing", false,
    #"""
    {
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "mediaType does not match pattern (no subtype)", false,
    #"""
    {
      "mediaType": "application",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "mediaType does not match pattern (invalid first type character)", false,
    #"""
    {
      "mediaType": ".foo/bar",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "mediaType does not match pattern (invalid first subtype character)", false,
    #"""
    {
      "mediaType": "foo/.bar",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "mediaType has type and subtype as long as possible", true,
    #"""
    {
      "mediaType": "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567/1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "mediaType does not match pattern (type too long)", false,
    #"""
    {
      "mediaType": "12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678/bar",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "mediaType does not match pattern (subtype too long)", false,
    #"""
    {
      "mediaType": "foo/12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "size missing", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "size is a string, expected integer", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": "7682",
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "digest missing", false,
    #"""
    { "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 7682 }
    """#),
  SchemaCase(
    "digest does not match pattern (no algorithm)", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7682,
      "digest": ":5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "digest does not match pattern (no hash)", false,
    #"""
    { "mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 7682, "digest": "sha256" }
    """#),
  SchemaCase(
    "digest does not match pattern (invalid aglorithm characters)", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7682,
      "digest": "SHA256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "digest does not match pattern (characters needs to be lower for sha256)", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7682,
      "digest": "sha256:5B0BCABD1ED22E9FB1310CF6C2DEC7CDEF19F0AD69EFA1F392E94A4333501270"
    }
    """#),
  SchemaCase(
    "valid URL entry", true,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270",
      "urls": [ "https://example.com/foo" ]
    }
    """#),
  SchemaCase(
    "urls does not match format (invalide url characters)", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270",
      "urls": [ "value" ]
    }
    """#),
  SchemaCase(
    "artifactType is present and an IANA compliant value", true,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "artifactType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "artifactType does not match pattern (invalid first subtype character)", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "artifactType": "foo/.bar",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
  SchemaCase(
    "data field is present and has base64 content", true,
    #"""
    {
      "mediaType": "text/plain",
      "size": 34,
      "data": "aHR0cHM6Ly9naXRodWIuY29tL29wZW5jb250YWluZXJzCg==",
      "digest": "sha256:2690af59371e9eca9453dc29882643f46e5ca47ec2862bd517b5e17351325153"
    }
    """#),
  SchemaCase(
    "test for alternate digest algorithm", true,
    #"""
    {
      "mediaType": "application/vnd.oci.image.config.v1+json",
      "size": 1470,
      "digest": "sha256+b64:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
    }
    """#),
  SchemaCase(
    "test for alternate digest algorithm", true,
    #"""
    {
      "mediaType": "application/vnd.oci.image.config.v1+json",
      "size": 1470,
      "digest": "sha256+b64:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
    }
    """#),
  SchemaCase(
    "test for alternate digest algorithm", true,
    #"""
    {
      "mediaType": "application/vnd.oci.image.config.v1+json",
      "size": 1470,
      "digest": "sha256+foo-bar:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
    }
    """#),
  SchemaCase(
    "test for alternate digest algorithm", true,
    #"""
    {
      "mediaType": "application/vnd.oci.image.config.v1+json",
      "size": 1470,
      "digest": "sha256.foo-bar:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
    }
    """#),
  SchemaCase(
    "test for alternate digest algorithm", true,
    #"""
    {
      "mediaType": "application/vnd.oci.image.config.v1+json",
      "size": 1470,
      "digest": "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8"
    }
    """#),
  SchemaCase(
    "repeated separators in algorithm", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.config.v1+json",
      "size": 1470,
      "digest": "sha256+foo+-b:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
    }
    """#),
  SchemaCase(
    "test for alternate digest encoding", true,
    #"""
    {
      "digest": "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564",
      "size": 1000000,
      "mediaType": "application/vnd.oci.image.config.v1+json"
    }
    """#),
  SchemaCase(
    "test for those who cannot use modulo arithmetic to recover padding.", true,
    #"""
    {
      "digest": "sha256+b64u.unknownlength:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564=",
      "size": 1000000,
      "mediaType": "application/vnd.oci.image.config.v1+json"
    }
    """#),
  SchemaCase(
    "invalid data base64, missing padding", false,
    #"""
    {
      "mediaType": "text/plain",
      "size": 34,
      "data": "aHR0cHM6Ly9naXRodWIuY29tL29wZW5jb250YWluZXJzCg",
      "digest": "sha256:2690af59371e9eca9453dc29882643f46e5ca47ec2862bd517b5e17351325153"
    }
    """#),
  SchemaCase(
    "negative size", false,
    #"""
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": -7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270"
    }
    """#),
]
