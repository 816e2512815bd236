#!/bin/sh
# Brings in an image that does not mix with the present one (src/docs/KUBERNETES.md, "Upgrade"): stops all nodes, sets the image, starts all.
# What is stored comes back from the volumes; nobody is served meanwhile.
#
#   upgrade-whole.sh [-n NAMESPACE] [-s STATEFULSET] [-t SECONDS] [--run] IMAGE
#
# Without --run it only prints what it would do. Needs kubectl; ends with 1 and the cluster as it is where something fails.
set -eu
namespace=coppice name=coppice seconds=600 run=false image=
while [ $# -gt 0 ]; do
    case $1 in
        -n) namespace=$2; shift ;;
        -s) name=$2; shift ;;
        -t) seconds=$2; shift ;;
        --run) run=true ;;
        -*) echo "$1 is no option; allowed: -n, -s, -t, --run" >&2; exit 1 ;;
        *) image=$1 ;;
    esac
    shift
done
if [ -z "$image" ]; then
    echo "no image; usage: upgrade-whole.sh [-n NAMESPACE] [-s STATEFULSET] [-t SECONDS] [--run] IMAGE" >&2
    exit 1
fi

# What changes something is shown, and done where that is wanted.
act() {
    echo "kubectl -n $namespace $*"
    if $run; then
        kubectl -n "$namespace" "$@"
    fi
}

replicas=REPLICAS
if $run; then
    replicas=$(kubectl -n "$namespace" get statefulset "$name" -o 'jsonpath={.spec.replicas}')
    if [ "$replicas" -lt 1 ]; then
        echo "statefulset $name has $replicas replicas; it must be running, so that it is known how many to start" >&2
        exit 1
    fi
    if kubectl -n "$namespace" get hpa "$name" >/dev/null 2>&1; then
        echo "there is a HorizontalPodAutoscaler $name, which would start pods in between; delete it first" >&2
        exit 1
    fi
fi
act scale statefulset "$name" --replicas=0
# Every pod must be gone before the first of the new ones is there: half and half would be two clusters, or none.
act wait --for=jsonpath='{.status.replicas}'=0 "statefulset/$name" "--timeout=${seconds}s"
act set image "statefulset/$name" "coppice=$image"
act scale statefulset "$name" "--replicas=$replicas"
act rollout status statefulset "$name" "--timeout=${seconds}s"
