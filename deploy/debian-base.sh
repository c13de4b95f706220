#!/usr/bin/env bash
# Makes a base image from Debian's packages, for machines that can pull no image: debian-base.sh IMAGE CODENAME PACKAGE…
# Needs Debian, root, debootstrap and a Docker engine that answers. Does nothing if the image exists.
set -euo pipefail

image=$1 codename=$2
shift 2
packages=$(IFS=,; echo "$*")

fail() {
    echo "debian-base: $*" >&2
    exit 1
}

docker version >/dev/null 2>&1 || fail "no Docker engine answers"
docker image inspect "$image" >/dev/null 2>&1 && exit
[ "$(id -u)" = 0 ] || fail "debootstrap needs root"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
# A Debian mirror has every release, so the one of this machine's release serves the others too.
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' | head -n 1)
[ -n "$mirror" ] || fail "apt knows no Debian source: run apt-get update"

scratch=$(mktemp -d)
trap 'rm -rf --one-file-system "$scratch"' EXIT
echo "debian-base: making $image from Debian $codename (about a minute)"
debootstrap --variant=minbase --include="$packages" "$codename" "$scratch/rootfs" "$mirror" \
    >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log" >&2; fail "debootstrap failed"; }
rm -rf "$scratch"/rootfs/var/cache/apt/* "$scratch"/rootfs/var/lib/apt/lists/*
# The authorities that this machine trusts: its registries may be reached through a proxy with a certificate of its own.
[ ! -e "$scratch/rootfs/etc/ssl/certs" ] || install -m 644 /etc/ssl/certs/ca-certificates.crt "$scratch/rootfs/etc/ssl/certs/"
tar -C "$scratch/rootfs" --exclude './dev/*' --exclude './proc/*' --exclude './sys/*' --create . | docker import - "$image" >/dev/null
