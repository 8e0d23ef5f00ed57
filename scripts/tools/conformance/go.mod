// Pins the official OCI distribution conformance suite. go.sum holds the checksums: the checksum database does not
// know every commit of this module.
module gati.dev/registry/scripts/tools/conformance

go 1.24

require github.com/opencontainers/distribution-spec/conformance v0.0.0-20231101194043-f2182352d4cc
