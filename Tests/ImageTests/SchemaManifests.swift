// Test data from the OCI image-spec (github.com/opencontainers/image-spec, Apache-2.0), schema/manifest_test.go.

/// Manifests of the schema tests.
let schemaManifests: [SchemaCase] = [
  SchemaCase(
    "mediaType does not match pattern", false,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "invalid",
        "size": 1470,
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 148,
          "digest": "sha256:c57089565e894899735d458f0fd4bb17a0f1e0df8d72da392b85c9b35ee777cd"
        }
      ]
    }
    """#),
  SchemaCase(
    "config.size is a string, expected integer", false,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": "1470",
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 148,
          "digest": "sha256:c57089565e894899735d458f0fd4bb17a0f1e0df8d72da392b85c9b35ee777cd"
        }
      ]
    }
    """#),
  SchemaCase(
    "layers.size is string, expected integer", false,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 1470,
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": "675598",
          "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
        }
      ]
    }
    """#),
  SchemaCase(
    "valid manifest with optional fields", true,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 1470,
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 675598,
          "digest": "sha256:9d3dd9504c685a304985025df4ed0283e47ac9ffa9bd0326fddf4d59513f0827"
        },
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 156,
          "digest": "sha256:2b689805fbd00b2db1df73fae47562faac1a626d5f61744bfe29946ecff5d73d"
        },
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 148,
          "digest": "sha256:c57089565e894899735d458f0fd4bb17a0f1e0df8d72da392b85c9b35ee777cd"
        }
      ],
      "annotations": { "key1": "value1", "key2": "value2" }
    }
    """#),
  SchemaCase(
    "valid manifest with only required fields", true,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 1470,
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 675598,
          "digest": "sha256:9d3dd9504c685a304985025df4ed0283e47ac9ffa9bd0326fddf4d59513f0827"
        },
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 156,
          "digest": "sha256:2b689805fbd00b2db1df73fae47562faac1a626d5f61744bfe29946ecff5d73d"
        },
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 148,
          "digest": "sha256:c57089565e894899735d458f0fd4bb17a0f1e0df8d72da392b85c9b35ee777cd"
        }
      ]
    }
    """#),
  SchemaCase(
    "empty layer, expected at least one", false,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 1470,
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": []
    }
    """#),
  SchemaCase(
    "test bounds of algorithm field in digest.", true,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 1470,
        "digest": "sha256+b64:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 1470,
          "digest": "sha256+foo-bar:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
        },
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 1470,
          "digest": "sha256.foo-bar:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
        },
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 1470,
        "digest": "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8"
        }
      ]
    }
    """#),
  SchemaCase(
    "subject field with a valid descriptor", true,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 1470,
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 1470,
          "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
        }
      ],
      "subject" : {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "size": 1234,
        "digest": "sha256:220a60ecd4a3c32c282622a625a54db9ba0ff55b5ba9c29c7064a2bc358b6a3e"
      }
    }
    """#),
  SchemaCase(
    "subject field with invalid value (something that is not a descriptor)", false,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 1470,
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 1470,
          "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
        }
      ],
      "subject" : ".nope"
    }
    """#),
  SchemaCase(
    "push bounds of algorithm field in digest too far.", false,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 1470,
        "digest": "sha256+b64:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
          "size": 1470,
          "digest": "sha256+foo+-b:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
        }
      ]
    }
    """#),
  SchemaCase(
    "valid manifest for an artifact with a dedicated config", true,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "config": {
        "mediaType": "application/vnd.example.config+json",
        "size": 1470,
        "digest": "sha256:c86f7763873b6c0aae22d963bab59b4f5debbed6685761b5951584f6efb0633b"
      },
      "layers": [
        {
          "mediaType": "application/vnd.example.data+type",
          "size": 675598,
          "digest": "sha256:9d3dd9504c685a304985025df4ed0283e47ac9ffa9bd0326fddf4d59513f0827"
        }
      ]
    }
    """#),
  SchemaCase(
    "valid manifest for an artifact using the empty config and artifactType", true,
    #"""
    {
      "schemaVersion": 2,
      "mediaType" : "application/vnd.oci.image.manifest.v1+json",
      "artifactType": "application/vnd.example+type",
      "config": {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "size": 2,
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
      },
      "layers": [
        {
          "mediaType": "application/vnd.example+type",
          "size": 675598,
          "digest": "sha256:9d3dd9504c685a304985025df4ed0283e47ac9ffa9bd0326fddf4d59513f0827"
        }
      ]
    }
    """#),
]
