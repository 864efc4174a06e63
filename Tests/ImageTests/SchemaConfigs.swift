// Test data from the OCI image-spec (github.com/opencontainers/image-spec, Apache-2.0), schema/config_test.go.

/// Configurations of the schema tests.
let schemaConfigs: [SchemaCase] = [
  SchemaCase(
    "field \"os\" has numeric value, must be string", false,
    #"""
    {
        "architecture": "amd64",
        "os": 123,
        "rootfs": {
          "diff_ids": [ "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" ],
          "type": "layers"
        }
    }
    """#),
  SchemaCase(
    "field \"variant\" has numeric value, must be string", false,
    #"""
    {
        "architecture": "arm64",
        "variant": 123,
        "os": "linux",
        "rootfs": {
          "diff_ids": [ "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" ],
          "type": "layers"
        }
    }
    """#),
  SchemaCase(
    "field \"config.User\" has numeric value, must be string", false,
    #"""
    {
        "created": "2015-10-31T22:22:56.015925234Z",
        "author": "Alyssa P. Hacker <alyspdev@example.com>",
        "architecture": "amd64",
        "os": "linux",
        "config": { "User": 1234 },
        "rootfs": {
          "diff_ids": [ "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" ],
          "type": "layers"
        }
    }
    """#),
  SchemaCase(
    "history has string value, must be an array", false,
    #"""
    {
        "history": "should be an array",
        "architecture": "amd64",
        "os": 123,
        "rootfs": {
          "diff_ids": [ "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" ],
          "type": "layers"
        }
    }
    """#),
  SchemaCase(
    "Env has numeric value, must be a string", false,
    #"""
    {
        "architecture": "amd64",
        "os": 123,
        "config": {
            "Env": [ 7353 ]
        },
        "rootfs": {
          "diff_ids": [ "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" ],
          "type": "layers"
        }
    }
    """#),
  SchemaCase(
    "config.Volumes has string array, must be an object (string set)", false,
    #"""
    {
        "architecture": "amd64",
        "os": 123,
        "config": {
            "Volumes": [ "/var/job-result-data", "/var/log/my-app-logs" ]
        },
        "rootfs": {
          "diff_ids": [ "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" ],
          "type": "layers"
        }
    }
    """#),
  SchemaCase(
    "invalid JSON", false,
    #"""
    invalid JSON
    """#),
  SchemaCase(
    "valid config with optional fields", true,
    #"""
    {
        "created": "2015-10-31T22:22:56.015925234Z",
        "author": "Alyssa P. Hacker <alyspdev@example.com>",
        "architecture": "arm64",
        "variant": "v8",
        "os": "linux",
        "config": {
            "User": "1:1",
            "ExposedPorts": {
                "8080/tcp": {}
            },
            "Env": [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "FOO=docker_is_a_really",
                "BAR=great_tool_you_know"
            ],
            "Entrypoint": [ "/bin/sh" ],
            "Cmd": [ "--foreground", "--config", "/etc/my-app.d/default.cfg" ],
            "Volumes": {
                "/var/job-result-data": {},
                "/var/log/my-app-logs": {}
            },
            "StopSignal": "SIGKILL",
            "WorkingDir": "/home/alice",
            "Labels": {
                "com.example.project.git.url": "https://example.com/project.git",
                "com.example.project.git.commit": "45a939b2999782a3f005621a8d0f29aa387e1d6b"
            }
        },
        "rootfs": {
          "diff_ids": [
            "sha256:9d3dd9504c685a304985025df4ed0283e47ac9ffa9bd0326fddf4d59513f0827",
            "sha256:2b689805fbd00b2db1df73fae47562faac1a626d5f61744bfe29946ecff5d73d"
          ],
          "type": "layers"
        },
        "history": [
          {
            "created": "2015-10-31T22:22:54.690851953Z",
            "created_by": "/bin/sh -c #(nop) ADD file:a3bc1e842b69636f9df5256c49c5374fb4eef1e281fe3f282c65fb853ee171c5 in /"
          },
          {
            "created": "2015-10-31T22:22:55.613815829Z",
            "created_by": "/bin/sh -c #(nop) CMD [\"sh\"]",
            "empty_layer": true
          }
        ]
    }
    """#),
  SchemaCase(
    "valid config with only required fields", true,
    #"""
    {
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {
          "diff_ids": [ "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" ],
          "type": "layers"
        }
    }
    """#),
  SchemaCase(
    "Env is invalid", false,
    #"""
    {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Env": [ "foo" ]
        },
        "rootfs": {
          "diff_ids": [ "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef" ],
          "type": "layers"
        }
    }
    """#),
]
