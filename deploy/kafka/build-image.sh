#!/usr/bin/env bash
# Builds insidertape/kafka, which behaves like apache/kafka of the same version, where no image can be pulled: its base
# comes from Debian packages and its jars from Maven. Needs Debian, root, debootstrap and a Docker engine that answers.
# A second call finds the base, the jars and Docker's layers, and takes a moment.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
kafka=$(sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$here/pom.xml")
image=insidertape/kafka:$kafka

fail() {
    echo "build-image: $*" >&2
    exit 1
}

scratch=$(mktemp -d)
trap 'rm -rf --one-file-system "$scratch"' EXIT

build_base() {
    local base=$1 codename=$2 rootfs=$scratch/rootfs mirror
    [ "$(id -u)" = 0 ] || fail "the base image is made by debootstrap, which needs root"
    command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Origin: Debian' "Codename: $codename" 'Component: main' | head -n 1)
    [ -n "$mirror" ] || fail "apt knows no Debian source for $codename: run apt-get update"

    echo "build-image: making $base from Debian $codename (about a minute)"
    # With the JRE in the base nothing is downloaded inside a container, so no proxy and no certificate need go there.
    debootstrap --variant=minbase --include=openjdk-17-jre-headless "$codename" "$rootfs" "$mirror" \
        >"$scratch/log" 2>&1 || { tail -n 20 "$scratch/log" >&2; fail "debootstrap failed"; }
    rm -rf "$rootfs"/var/cache/apt/* "$rootfs"/var/lib/apt/lists/*
    tar -C "$rootfs" --exclude './dev/*' --create . | docker import - "$base" >/dev/null
}

docker version >/dev/null 2>&1 || fail "no Docker engine answers"
python3 "$here/local.py" fetch

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
base=insidertape/jre:17-$codename
docker image inspect "$base" >/dev/null 2>&1 || build_base "$base" "$codename"

echo "build-image: building $image"
tar -C "$root" --create deploy/kafka/Dockerfile deploy/kafka/server.properties deploy/kafka/log4j2.yaml .kafka/libs |
    docker build --quiet --build-arg "BASE=$base" --tag "$image" --file deploy/kafka/Dockerfile - >/dev/null
echo "build-image: $image is ready"
