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

docker version >/dev/null 2>&1 || fail "no Docker engine answers"
python3 "$here/local.py" fetch

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
base=insidertape/jre:17-$codename
# With the JRE in the base nothing is downloaded inside a container, so no proxy and no certificate need go there.
"$here/../debian-base.sh" "$base" "$codename" openjdk-17-jre-headless

echo "build-image: building $image"
tar -C "$root" --create deploy/kafka/Dockerfile deploy/kafka/server.properties deploy/kafka/log4j2.yaml .kafka/libs |
    docker build --quiet --build-arg "BASE=$base" --tag "$image" --file deploy/kafka/Dockerfile - >/dev/null
echo "build-image: $image is ready"
