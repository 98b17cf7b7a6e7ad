#!/usr/bin/env bash
# Clips by Avion, PyAV and OpenCV in turns, so that whatever else the machine does touches all alike: medians and the ratio of each round.
# Usage: compare_clips.sh CHUNKS [ROUNDS] [CLIPS]     needs: a built ./avion, python3-av, python3-opencv, chunks made by make_chunks.sh
set -euo pipefail
root="$(cd "$(dirname "$0")/../.." && pwd)"
chunks="$1" rounds="${2:-5}" clips="${3:-24}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python="${PYTHON:-/usr/bin/python3}"
"$python" -c 'import av, cv2' 2> /dev/null || { echo "skipped: $python has no av and cv2 (apt-get install python3-av python3-opencv)" >&2; exit 3; }

measure() { # name, folder of chunks, frames of a clip
  [ -d "$chunks/$2" ] || { echo "skipped: no $chunks/$2" >&2; return 0; }
  ours="$("$root/artifacts/bin/Avion.Cli/release/avion" bench decode --root "$chunks/$2" --clips "$clips" --rounds 3 --frames "$3" \
    --requests "$work/clips.tsv" --json | grep -o '"milliseconds_per_clip": [0-9.]*' | cut -d' ' -f2)"
  peers="$("$python" "$root/benchmarks/peers/read_clips.py" "$work/clips.tsv" 1 | grep -oP '\t[0-9.]+' | tr -d '\t' | tr '\n' ' ')"
  echo "$1 $ours $peers" | tee -a "$work/figures" >&2
}

for ((round = 0; round < rounds; round++)); do
  measure default default 4
  measure fast fast 4
  measure fast-16 fast 16
  measure faster faster 4
  measure intra intra 4
done
"$python" - "$work/figures" <<'PYTHON'
import statistics
import sys
rows = {}
for line in open(sys.argv[1]):
    name, *figures = line.split()
    rows.setdefault(name, []).append([float(figure) for figure in figures])
median = statistics.median
usual = [r[1] for r in rows.get("default", [])]
print("| chunks | Avion, ms | PyAV, ms | OpenCV, ms | OpenCV read(), ms | PyAV / Avion | OpenCV / Avion | read() / Avion | PyAV on default / Avion |")
print("|---|---|---|---|---|---|---|---|---|")
for name, r in rows.items():
    cells = [f"{median(column):.2f}" for column in zip(*r)] + [f"{median(x[i] / x[0] for x in r):.2f}" for i in range(1, len(r[0]))]
    print(f"| {name} | " + " | ".join(cells) + " | " + (f"{median(u / x[0] for u, x in zip(usual, r)):.2f}" if usual else "") + " |")
PYTHON
