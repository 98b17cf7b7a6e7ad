#!/usr/bin/env bash
# Compiles CUDA C++ to PTX for sm_80 with clang alone, no CUDA SDK: each X.cu becomes X.ptx beside it.
#   tools/cuda-kernels.sh [--check] [FILE.cu ...]      without files: all of src/ and tests/
# A PTX file opens with the hash of its source and of the headers it includes, so that one that was not made again is found without clang.
# --check compiles to a temporary folder and compares, and changes nothing. Exit code 3 where clang 14 is not there: the text that
# another version writes differs, so one is chosen (Debian 12's package clang).
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
folder="$root/src/Avion.Compute"
check=0
if [ "${1:-}" = --check ]; then
  check=1
  shift
fi
compiler="$(command -v clang++-14 || command -v clang++ || true)"
if [ -z "$compiler" ] || ! "$compiler" --version | grep -q 'clang version 14\.'; then
  echo "clang 14 is not installed: apt-get install clang-14" >&2
  exit 3
fi
if [ $# -eq 0 ]; then
  mapfile -t files < <(find "$root/src" "$root/tests" -name '*.cu' | sort)
else
  files=("$@")
fi

# The headers that a file includes, and those that they include, each with its folder: beside the file, or else in Cuda/.
headers_of() {
  local name header
  while read -r name; do
    header="$(dirname "$1")/$name"
    [ -f "$header" ] || header="$folder/Cuda/$name"
    realpath "$header"
    headers_of "$header"
  done < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$1")
}

temporary="$(mktemp)"
trap 'rm -f "$temporary" "$temporary.ptx"' EXIT
status=0
for file in "${files[@]}"; do
  target="${file%.cu}.ptx"
  mapfile -t headers < <(headers_of "$file" | LC_ALL=C sort -u)
  "$compiler" -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_80 -Xclang -target-feature -Xclang +ptx71 \
    -std=c++17 -O3 -Wall -Werror -I "$folder/Cuda" -S "$file" -o "$temporary.ptx"
  {
    echo "// Made by tools/cuda-kernels.sh from $(basename "$file") with clang 14: not to be edited."
    echo "// Source: $(cat "$file" "${headers[@]}" | sha256sum | cut -d ' ' -f 1)"
    cat "$temporary.ptx"
  } > "$temporary"
  if [ $check = 0 ]; then
    cmp -s "$temporary" "$target" || cp "$temporary" "$target"
    chmod 644 "$target"
  elif ! cmp -s "$temporary" "$target"; then
    echo "$target is not what clang 14 makes of its source: run tools/cuda-kernels.sh" >&2
    status=1
  fi
done
exit $status
