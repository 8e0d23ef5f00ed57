#!/usr/bin/env bash
# Installs the real clients and the official conformance suite that CI runs against the registry: Debian packages
# with apt, Go programs at pinned versions into .cache/tools/bin. Repeating it is quick. Anything that cannot be
# installed ends the script with an error: CI must not skip a client in silence.
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
bin="$root/.cache/tools/bin"
mkdir -p "$bin"

crane_version=v0.22.1
cosign_version=v3.1.3
versitygw_version=v1.8.0

declare -A packages=(
  [skopeo]=skopeo
  [podman]=podman
  [umoci]=umoci
  [docker-registry]=docker-registry
  [busybox]=busybox-static
  [chromium]=chromium
  [curl]=curl
  [wrk]=wrk
)

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

has() {
  case "$1" in
    # The dynamically linked busybox of other packages would not run inside an image.
    busybox) [ -x /bin/busybox ] && ! ldd /bin/busybox > /dev/null 2>&1 ;;
    chromium) command -v chromium || command -v chromium-browser || command -v google-chrome ;;
    *) command -v "$1" ;;
  esac > /dev/null 2>&1
}

install_packages() {
  local missing=()
  for program in "${!packages[@]}"; do
    has "$program" || missing+=("${packages[$program]}")
  done
  [ "${#missing[@]}" = 0 ] && return
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
  # The package starts a registry of its own; the bench starts one itself, with its own folder and port.
  if [ -d /run/systemd/system ]; then as_root systemctl disable --now docker-registry || true; fi
}

# installed NAME VERSION: true when this exact build is there. A stamp is written only after a build is complete.
installed() { [ -x "$bin/$1" ] && [ "$(cat "$bin/.$1.version" 2> /dev/null)" = "$2" ]; }
stamp() { echo "$2" > "$bin/.$1.version"; }

go_install() { # NAME VERSION PACKAGE
  installed "$1" "$2" && return
  echo "building $1 $2"
  CGO_ENABLED=0 GOBIN="$bin" GOFLAGS=-trimpath nice go install "$3@$2"
  stamp "$1" "$2"
}

# Programs whose module is pinned by a go.mod and go.sum of our own (scripts/tools/NAME): their checksums are held
# here, and nothing but the named version is ever looked up.
go_build() { # NAME COMMAND…
  local name=$1
  shift
  local version
  version="$(cat "$root/scripts/tools/$name/go.mod" "$root/scripts/tools/$name/go.sum" | sha256sum | cut -c1-16)"
  installed "$name" "$version" && return
  echo "building $name"
  (cd "$root/scripts/tools/$name" && CGO_ENABLED=0 nice "$@" )
  stamp "$name" "$version"
}

install_programs() {
  command -v go > /dev/null || {
    echo "Go 1.26 or newer is needed to build crane, oras, cosign and the conformance suite (https://go.dev/dl)." >&2
    exit 1
  }
  go_build conformance go test -mod=readonly -trimpath -c -o "$bin/conformance" \
    github.com/opencontainers/distribution-spec/conformance
  go_build oras go build -mod=readonly -trimpath -o "$bin/oras" oras.land/oras/cmd/oras
  go_install crane "$crane_version" github.com/google/go-containerregistry/cmd/crane
  go_install cosign "$cosign_version" github.com/sigstore/cosign/v3/cmd/cosign
  go_install versitygw "$versitygw_version" github.com/versity/versitygw/cmd/versitygw
}

verify() {
  local failed=0
  for program in "${!packages[@]}"; do
    has "$program" || { echo "missing: $program" >&2; failed=1; }
  done
  for program in conformance oras crane cosign versitygw; do
    [ -x "$bin/$program" ] || { echo "missing: $program" >&2; failed=1; }
  done
  return "$failed"
}

install_packages
install_programs
verify
echo "tools ready in .cache/tools/bin"
