#!/usr/bin/env bash
# Builds the image insidertape:VERSION on a base of Debian's packages, for machines that can pull no image.
# BASE names another base: BASE=python:3.13-slim-trixie deploy/build-image.sh
# Needs a Docker engine that answers; without BASE also Debian, root and debootstrap.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/.." && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/pyproject.toml")
revision=$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)

if [ -z "${BASE:-}" ]; then
    BASE=insidertape/python:3.13-trixie
    "$here/debian-base.sh" "$BASE" trixie python3 python3-venv ca-certificates
fi
# The context is sent as an archive of the files that the image needs, without caches.
tar -C "$root" --exclude __pycache__ --exclude '*.so' --exclude native/target --create \
    pyproject.toml README.md LICENSE contracts services deploy/image deploy/native_build.py deploy/Dockerfile |
    docker build --quiet --network host --build-arg "BASE=$BASE" --build-arg "VERSION=$version" \
        --build-arg "REVISION=$revision" --tag "insidertape:$version" --tag insidertape \
        --file deploy/Dockerfile - >/dev/null
echo "insidertape:$version"
