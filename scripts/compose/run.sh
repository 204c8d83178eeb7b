#!/usr/bin/env bash
# Runs docker-compose.yml: a NATS server, a coordinator, three workers. Then it trains the same
# job with "braid train" on this machine and compares the hashes of the weights.
#
#   scripts/compose/run.sh            the default job, shortened to 60 steps
#   scripts/compose/run.sh --full     the unchanged default job
#   --workers N   --json FILE   --keep (keep containers, images and runs)
#
# Needs docker, docker-compose (or the compose plugin), Go and a static busybox. It needs no image
# registry: a missing image is replaced by a local substitute with the same programs, made from
# Go's own tree (golang) or from the Go module of nats-server (nats). A substitute never replaces
# an existing image and is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/../.."

full= workers=3 json= keep=
while [ $# -gt 0 ]; do
	case $1 in
	--full) full=1 ;;
	--keep) keep=1 ;;
	--workers) workers=$2; shift ;;
	--json) json=$2; shift ;;
	*) echo "unknown argument $1; see the top of $0" >&2; exit 2 ;;
	esac
	shift
done

work=$(mktemp -d)
mkdir -m 777 "$work/runs"
export BRAID_RUNS=$work/runs COMPOSE_PROJECT_NAME=braidtest$$ DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0
files=(-f docker-compose.yml)
overrides=()
if [ -z "$full" ]; then
	files+=(-f scripts/compose/short.yml)
	mapfile -t overrides < <(grep -o -- '--set=.*' scripts/compose/short.yml)
	[ "$workers" = 3 ] || { echo "--workers needs --full: the short job waits for three" >&2; exit 2; }
fi
if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
compose+=("${files[@]}")

made=()
finish() {
	status=$?
	trap - EXIT
	if [ -z "$keep" ]; then
		timeout 60 "${compose[@]}" down --volumes --timeout 2 >/dev/null 2>&1 || true
		[ ${#made[@]} -eq 0 ] || docker image rm -f "${made[@]}" >/dev/null 2>&1 || true
		docker image prune -f --filter label=braid.stage=build >/dev/null 2>&1 || true
		chmod -R u+w "$work" 2>/dev/null || true
		rm -rf "$work"
	else
		echo "kept: $work"
	fi
	exit "$status"
}
trap finish EXIT
say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
fail() { echo "compose: $*" >&2; exit 1; }

# rootfs installs a static busybox and its commands in a root directory.
rootfs() {
	local from
	from=$(command -v busybox) || fail "no busybox: apt-get install busybox-static"
	mkdir -p "$1/bin" "$1/etc" "$1/tmp" "$1/root"
	cp "$from" "$1/bin/busybox"
	for name in $("$from" --list); do [ "$name" = busybox ] || ln -sf busybox "$1/bin/$name"; done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
}

# stand_in builds image $1 from the root directory $2; the other arguments are its environment.
stand_in() {
	local image=$1 root=$2
	shift 2
	{
		echo 'FROM scratch'
		echo 'COPY root /'
		for setting in "$@"; do echo "ENV $setting"; done
	} >"$root/../Dockerfile"
	docker build -q -t "$image" "$root/.." >/dev/null
	made+=("$image")
	say "built a substitute for $image"
}
here() { docker image inspect "$1" >/dev/null 2>&1; }

golang=$(sed -n 's/^FROM \(golang:[^ ]*\).*/\1/p' Dockerfile)
nats=$(sed -n 's/^ *image: *\(nats:.*\)/\1/p' docker-compose.yml)
if ! here "$nats"; then
	root=$work/nats/root
	rootfs "$root"
	version=${nats#nats:}
	mkdir -p "$root/usr/local/bin"
	GOBIN=$root/usr/local/bin CGO_ENABLED=0 \
		go install -ldflags '-s -w' "github.com/nats-io/nats-server/v2@v${version%-alpine}"
	stand_in "$nats" "$root" PATH=/usr/local/bin:/bin
fi
if ! here "$golang"; then
	root=$work/golang/root
	rootfs "$root"
	mkdir -p "$root/usr/local" "$root/go"
	cp -r "$(go env GOROOT)" "$root/usr/local/go"
	rm -rf "$root/usr/local/go/test" "$root/usr/local/go/api" "$root/usr/local/go/doc"
	proxy="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)"
	GOMODCACHE=$root/go/pkg/mod GOFLAGS=-modcacherw GOPROXY=$proxy go mod download
	stand_in "$golang" "$root" PATH=/usr/local/go/bin:/bin GOPATH=/go GOTOOLCHAIN=local \
		GOFLAGS=-buildvcs=false GOPROXY=off HOME=/root
fi

here braid || made+=(braid)
# show_and_fail LOG MESSAGE prints the end of a log and fails.
show_and_fail() {
	tail -60 "$work/$1"
	fail "$2"
}
up=("${compose[@]}" up --no-build --scale "worker=$workers")

timeout 900 "${compose[@]}" build coordinator >"$work/build.log" 2>&1 ||
	show_and_fail build.log "the image does not build"
say "built the image braid, $(docker image inspect -f '{{.Size}}' braid | numfmt --to=iec)"

timeout "${COMPOSE_SECONDS:-1200}" "${up[@]}" >"$work/up.log" 2>&1 || show_and_fail up.log "up failed"
say "up has returned"
bad=0
for id in $("${compose[@]}" ps -a -q 2>/dev/null || "${compose[@]}" ps -q); do
	read -r name code < <(docker inspect -f '{{.Name}} {{.State.ExitCode}}' "$id")
	[ "$code" = 0 ] || { echo "$name left with exit code $code"; bad=1; }
done
count=$(docker ps -a -q --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" | wc -l)
[ "$bad" = 0 ] && [ "$count" = $((workers + 2)) ] ||
	show_and_fail up.log "$count containers, $((workers + 2)) expected, each with exit code 0"
[ -s "$work/runs/compose/model/weights.safetensors" ] || fail "no model in the runs directory"

# The second time the job is finished: every container must exit with code 0.
timeout 300 "${up[@]}" >"$work/again.log" 2>&1 || show_and_fail again.log "up failed the second time"
for id in $("${compose[@]}" ps -a -q 2>/dev/null || "${compose[@]}" ps -q); do
	read -r name code < <(docker inspect -f '{{.Name}} {{.State.ExitCode}}' "$id")
	[ "$code" = 0 ] || show_and_fail again.log "$name left with exit code $code the second time"
done
model=$(sed -n 's/.*"model_sha256": *"\([^"]*\)".*/\1/p' "$work/runs/compose/summary.json" | head -1)
grep -q "model_sha256 $model" "$work/again.log" || show_and_fail again.log "the second time does not print the model"
say "up has returned a second time"

# A job with a mistake: its error must be the coordinator's last line, and the exit code must not be 0.
code=0
BRAID_JOB=/jobs/mistake.yaml timeout 300 "${up[@]}" --exit-code-from coordinator >"$work/mistake.log" 2>&1 || code=$?
[ "$code" != 0 ] && [ "$code" != 124 ] ||
	show_and_fail mistake.log "up of a job with a mistake ends with exit code $code"
grep -a 'coordinator.*|' "$work/mistake.log" | tail -1 | grep -q 'mistake.yaml' ||
	show_and_fail mistake.log "the error of the job is not the coordinator's last line"
say "up of a job with a mistake ended with exit code $code"

# The same job in one process on this machine, with the data of the image.
go build -o "$work/braid" ./cmd/braid
id=$(docker create braid)
docker cp "$id:/data" "$work/data" && docker cp "$id:/jobs" "$work/jobs"
docker rm "$id" >/dev/null
train=("$work/braid" train "$work/jobs/godoc.yaml" --out "$work/local" "${overrides[@]}")
timeout 1200 "${train[@]}" >"$work/local.log" 2>&1 ||
	show_and_fail local.log "braid train failed"
field() { sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",}]*\).*/\1/p" "$1" | head -1; }
cluster=$(field "$work/runs/compose/summary.json" model_sha256)
local=$(field "$work/local/summary.json" model_sha256)
weights=$(sha256sum "$work/runs/compose/model/weights.safetensors" | cut -d' ' -f1)
say "trained the same job with braid train"
echo
printf '%-22s %-9s %-10s %s\n' "" workers tokens/s model_sha256
printf '%-22s %-9s %-10.0f %s\n' "docker-compose up" "$workers" \
	"$(field "$work/runs/compose/summary.json" tokens_per_second)" "$cluster"
printf '%-22s %-9s %-10.0f %s\n' "braid train" - "$(field "$work/local/summary.json" tokens_per_second)" "$local"
[ -z "$json" ] || printf '{"workers": %d, "cluster": "%s", "local": "%s", "weights_file": "%s", "seconds": %d}\n' \
	"$workers" "$cluster" "$local" "$weights" "$SECONDS" >"$json"
[ -n "$cluster" ] && [ "$cluster" = "$local" ] || fail "the hashes differ"
[ "$cluster" = "$weights" ] || fail "summary.json contains $cluster, the weights file has $weights"
echo "same model."
