#!/usr/bin/env bash
# Downloads the public data sets of the examples to examples/data/NAME and verifies every file
# against scripts/data/SHA256SUMS. See --help.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sums=$root/scripts/data/SHA256SUMS
readonly known="snips trec wnut17 reviews"

usage() {
	cat <<END
usage: scripts/data/get.sh [--into DIR] NAME...

Downloads public data sets for the jobs in examples/. NAME is one of:
  snips     intents and slots, 14,484 utterances, 1.9 MB        CC0 (Coucke et al. 2018, split of Goo et al. 2018)
  trec      types of questions, 5,952 questions, 0.4 MB         no licence stated (Li and Roth 2002)
  wnut17    emerging entities, 5,690 sentences, 0.8 MB          CC BY 4.0 (Derczynski et al. 2017)
  reviews   sentiment in 16 domains, 31,779 reviews, 20 MB      no licence stated (Liu, Qiu and Huang 2017)
  all       all four

The target is examples/data/NAME, or DIR/NAME with --into. A set that is already there is kept if its
files have the right SHA-256. A set is installed completely or not at all.

If the directory BRAID_DATASETS (default: ../shared/data, relative to the repository) has the set, its
files are copied from there and nothing is downloaded. Otherwise curl or wget downloads the original;
"go run ./scripts/data" then converts trec and reviews and splits off their dev sets.
END
}

fail() {
	echo "get.sh: $*" >&2
	exit 1
}

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# sound DIR NAME succeeds if DIR contains the unaltered files of a set. Else it sets wrong to the reason.
sound() {
	wrong=
	local hash file found
	while read -r hash file; do
		[ -f "$1/${file#"$2"/}" ] || { wrong="$file is missing"; return 1; }
		found=$(sha256 <"$1/${file#"$2"/}")
		found=${found%% *}
		[ "$found" = "$hash" ] || {
			wrong="$file has the SHA-256 ${found:0:12}…, ${hash:0:12}… is expected"
			return 1
		}
	done < <(grep -E "  $2/" "$sums")
}

# download FILE URL... downloads the first URL that works to FILE.
download() {
	local file=$1 url
	shift
	mkdir -p "$(dirname "$file")"
	for url; do
		echo "  $url"
		if command -v curl >/dev/null; then
			curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --max-time 600 \
				--output "$file" "$url" && return
		elif command -v wget >/dev/null; then
			wget --quiet --tries 3 --timeout 20 --output-document "$file" "$url" && return
		else
			fail "neither curl nor wget is installed: install one"
		fi
	done
	fail "$1 could not be fetched: check the connection," \
		"or set BRAID_DATASETS to a directory that contains $name/"
}

convert() { (cd "$root" && go run ./scripts/data "$@"); }

fetch_snips() {
	local split file
	for split in train valid test; do
		for file in seq.in seq.out label; do
			download "$1/$split/$file" \
				"https://raw.githubusercontent.com/MiuLab/SlotGated-SLU/master/data/snips/$split/$file"
		done
	done
}

fetch_wnut17() {
	local from=https://raw.githubusercontent.com/leondz/emerging_entities_17/master
	download "$1/train.conll" $from/wnut17train.conll
	download "$1/dev.conll" $from/emerging.dev.conll
	download "$1/test.conll" $from/emerging.test.annotated
}

fetch_trec() {
	local file
	for file in train_5500.label TREC_10.label; do
		download "$original/$file" \
			"https://cogcomp.seas.upenn.edu/Data/QA/QC/$file" "http://cogcomp.org/Data/QA/QC/$file"
	done
	convert trec "$original" "$1"
}

fetch_reviews() {
	download "$original/reviews.tar.gz" \
		https://raw.githubusercontent.com/FrankWork/fudan_mtl_reviews/master/data/fudan-mtl-dataset.tar.gz \
		https://raw.githubusercontent.com/JaysonAlbert/fudan_mtl_reviews/master/src/data/fudan-mtl-dataset.tar.gz
	tar -xzf "$original/reviews.tar.gz" -C "$original"
	convert reviews "$original" "$1"
}

# get NAME installs a set in $into/NAME unless it is there unaltered.
get() {
	name=$1
	local to=$into/$name from=${BRAID_DATASETS:-$root/../shared/data}
	if [ -e "$to" ]; then
		if sound "$to" "$name"; then
			echo "$name: already in $shown/$name"
			return
		fi
		echo "$name: $wrong; fetching it again"
	fi
	mkdir -p "$into"
	work=$(mktemp -d "$into/.$name.XXXXXX")
	original=$work/original
	mkdir -p "$work/set" "$original"
	if [ -d "$from/$name" ]; then
		echo "$name: copying from $from"
		cp -R "$from/$name/." "$work/set"
	else
		[ -z "${BRAID_DATASETS:-}" ] || fail "BRAID_DATASETS is $BRAID_DATASETS, which has no directory $name"
		echo "$name: downloading"
		"fetch_$name" "$work/set"
	fi
	sound "$work/set" "$name" ||
		fail "$name: $wrong: the source has other files than this version of Braid expects; nothing was installed"
	chmod -R u+rwX "$work/set"
	if [ -e "$to" ]; then mv "$to" "$work/old"; fi
	mv "$work/set" "$to"
	rm -rf "$work"
	work=
	echo "$name: in $shown/$name"
}

into=$root/examples/data shown=examples/data work= names=()
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit ;;
	--into) [ $# -gt 1 ] || fail "--into needs a directory"; mkdir -p "$2"; into=$(cd "$2" && pwd) shown=$2; shift ;;
	all) for name in $known; do names+=("$name"); done ;;
	snips | trec | wnut17 | reviews) names+=("$1") ;;
	*) usage >&2; fail "there is no data set $1: choose from $known, all" ;;
	esac
	shift
done
[ ${#names[@]} -gt 0 ] || { usage >&2; exit 2; }
for name in "${names[@]}"; do get "$name"; done
