#!/usr/bin/env bash
# Builds the image with buildah, runs it with podman as Kubernetes would (non-root, nothing writable but /tmp and the data, no capabilities), and
# publishes through it. Prints the size of the image, the time from the start of the container until it is ready, and its memory.
#
# JDK_IMAGE and BASE_IMAGE name other images than those of the Dockerfile. With LOCAL_JDK=DIR, a JDK 25, nothing is fetched from a registry: both
# are made of packages of Debian (debootstrap, as root). With NO_BUILD=1 the image is there already. Needs buildah, podman, runc, curl and the mosquitto clients, and mvn package before.
set -euo pipefail
cd "$(dirname "$0")/.."
image=${IMAGE:-localhost/coppice:smoke}
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}
work=$(mktemp -d)
container=
finish() {
  if [[ -n $container ]]; then podman rm --force --time 5 "$container" >/dev/null 2>&1 || true; fi
  rm -rf "$work"
}
trap finish EXIT
[[ -f target/coppice.jar && -f target/bom.json ]] || { echo "run mvn -DskipTests package first" >&2; exit 1; }

# An image of a directory.
image_of() {
  local name=$1 directory=$2 from
  from=$(buildah from scratch)
  buildah copy --quiet "$from" "$directory" / >/dev/null
  [[ -z ${3:-} ]] || buildah config --env PATH="$3" "$from"
  buildah commit --quiet --rm "$from" "$name" >/dev/null
}

args=()
if [[ -n ${LOCAL_JDK:-} ]]; then
  debian=${DEBIAN_ROOT:-$work/debian}
  [[ -d $debian/usr/bin ]] || debootstrap --variant=minbase bookworm "$debian" >"$work/debootstrap.log"
  # as distroless does: what a native program needs of Debian, and no shell
  mkdir -p "$work/base/tmp" "$work/base/etc" "$work/debs" && chmod 1777 "$work/base/tmp"
  (cd "$work/debs" && apt-get download -qq libc6 libgcc-s1 libstdc++6 zlib1g tzdata ca-certificates netbase >/dev/null)
  for deb in "$work"/debs/*.deb; do dpkg-deb --extract "$deb" "$work/base"; done
  rm -rf "$work/base/usr/share/doc" "$work/base/usr/share/man" "$work/base/usr/lib/x86_64-linux-gnu/gconv"
  printf 'coppice:x:10001:10001::/var/lib/coppice:/usr/sbin/nologin\n' >"$work/base/etc/passwd"
  printf 'coppice:x:10001:\n' >"$work/base/etc/group"
  image_of localhost/coppice-base "$work/base"
  mkdir -p "$work/jdk"
  cp -a "$debian/." "$work/jdk/"
  mkdir -p "$work/jdk/opt/jdk" && cp -aL "$LOCAL_JDK/." "$work/jdk/opt/jdk/"
  image_of localhost/coppice-jdk "$work/jdk" /opt/jdk/bin:/usr/bin:/bin
  JDK_IMAGE=localhost/coppice-jdk BASE_IMAGE=localhost/coppice-base
fi
[[ -z ${JDK_IMAGE:-} ]] || args+=(--build-arg "JDK_IMAGE=$JDK_IMAGE")
[[ -z ${BASE_IMAGE:-} ]] || args+=(--build-arg "BASE_IMAGE=$BASE_IMAGE")

if [[ -z ${NO_BUILD:-} ]]; then
  buildah build --isolation chroot --format oci --ignorefile k8s/Dockerfile.dockerignore --file k8s/Dockerfile \
    --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)" "${args[@]}" --tag "$image" .
fi
bytes=$(podman image inspect --format '{{.Size}}' "$image")
echo "image: $((bytes / 1000000)) MB unpacked"
((bytes < 150000000)) || { echo "the image is larger than 150 MB" >&2; exit 1; }

# ports of the machine's own, since the container has no network of its own
port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
mqtt=$(port) ws=$(port) monitoring=$(port) admin=$(port)
mkdir "$work/data" && chown 10001:10001 "$work/data"
begun=$(date +%s%N)
container=$(podman run --detach --runtime runc --network host --ulimit nofile="$(ulimit -Hn):$(ulimit -Hn)" --ulimit nproc=4096:4096 --read-only --user 10001:10001 \
  --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp:rw,mode=1777,size=64m --volume "$work/data:/var/lib/coppice" \
  --env JDK_JAVA_OPTIONS="${JVM_OPTIONS:--Xmx512m}" "$image" start --set listeners.mqtt.port="$mqtt" --set listeners.ws.port="$ws" \
  --set admin.port="$admin" --set monitoring.enabled=true --set monitoring.port="$monitoring")
until curl --silent --fail --output "$work/ready" "http://127.0.0.1:$monitoring/health/ready"; do
  [[ $(podman inspect --format '{{.State.Status}}' "$container") != exited ]] && (($(date +%s%N) - begun < 60000000000)) ||
    { podman logs "$container" >&2; exit 1; }
  read -r -t 0.02 <> <(:) || true
done
echo "ready after $((($(date +%s%N) - begun) / 1000000)) ms"

timeout 20 mosquitto_sub -h 127.0.0.1 -p "$mqtt" -t smoke -q 1 -C 1 -i smoke-subscriber -c >"$work/got" &
subscriber=$!
for _ in $(seq 100); do
  # retained, so that it comes whoever is first
  mosquitto_pub -h 127.0.0.1 -p "$mqtt" -t smoke -q 1 -r -m "through the container" && break
done
wait "$subscriber"
[[ $(cat "$work/got") == "through the container" ]] || { echo "not received: $(cat "$work/got")" >&2; exit 1; }
pid=$(podman inspect --format '{{.State.Pid}}' "$container")
echo "resident: $(($(awk '/^VmRSS/ {print $2}' "/proc/$pid/status") / 1024)) MB"
[[ $(awk '/^Uid/ {print $2}' "/proc/$pid/status") == 10001 ]] || { echo "does not run as 10001" >&2; exit 1; }
[[ $(awk '/^CapEff/ {print $2}' "/proc/$pid/status") == 0000000000000000 ]] || { echo "has capabilities" >&2; exit 1; }
podman stop --time 60 "$container" >/dev/null
status=$(podman inspect --format '{{.State.ExitCode}}' "$container")
((status == 0)) || { podman logs "$container" >&2; echo "ended with $status" >&2; exit 1; }
echo "published, received, and stopped with 0"
