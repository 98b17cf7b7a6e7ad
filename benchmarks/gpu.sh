#!/usr/bin/env bash
# Avion beside PyTorch on this machine's GPU: a training step of ViT-B/16 on 4 frames, and attention; prints a table of ratios.
# Usage: benchmarks/gpu.sh [--batch 256] [--rounds 3]
#   AVION   the program, ./avion unless set         PYTHON   a Python with PyTorch 2 and CUDA, python3 unless set
# Sides alternate; medians. A ratio above 1 says that Avion is faster. "Same arithmetic" computes also what reaches no loss, as PyTorch does.
# Targets: step 1.2, attention forward and backward 0.9. Exit code 3 where there is no GPU or no PyTorch.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
avion="${AVION:-$root/avion}" python="${PYTHON:-python3}" batch=256 rounds=3
while [ $# -gt 0 ]; do
  case "$1" in
    --batch) batch="$2"; shift 2 ;;
    --rounds) rounds="$2"; shift 2 ;;
    *) echo "gpu.sh: there is no option $1, expected --batch or --rounds" >&2; exit 2 ;;
  esac
done
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"$python" -c 'import torch, sys; sys.exit(0 if torch.cuda.is_available() else 1)' 2> /dev/null \
  || { echo "gpu.sh: $python has no PyTorch that finds a GPU" >&2; exit 3; }
step=("$avion" bench step "$root/benchmarks/vit-b16.yaml" --device cuda --precision bf16 --no-peak --steps 20 --json --set "train.batch_size=$batch")
for round in $(seq "$rounds"); do
  echo "round $round of $rounds ..." >&2
  "$python" "$root/benchmarks/peers/gpu_steps.py" --batch "$batch" > "$folder/torch-$round.json"
  "${step[@]}" --all-rows > "$folder/same-$round.json"
  "${step[@]}" > "$folder/needed-$round.json"
  "$avion" gpu-check --json > "$folder/check-$round.json" || echo "gpu.sh: avion gpu-check found failures: run it alone" >&2
done
"$python" - "$folder" "$rounds" << 'PYTHON'
import json, statistics, sys

folder, rounds = sys.argv[1], range(1, int(sys.argv[2]) + 1)
read = lambda name: [json.load(open(f"{folder}/{name}-{round}.json")) for round in rounds]
torch, same, needed, check = (read(name) for name in ("torch", "same", "needed", "check"))
print(f"{torch[0]['device']}, PyTorch {torch[0]['pytorch']}")
print(f"{'work':<52} {'PyTorch':>10} {'Avion':>10} {'ratio':>6}")


def row(name, theirs, ours):
    theirs, ours = statistics.median(theirs), statistics.median(ours)
    print(f"{name:<52} {theirs:>7.2f} ms {ours:>7.2f} ms {theirs / ours:>6.2f}")


theirs = [each["step"]["step_milliseconds"] for each in torch]
row("step of ViT-B/16, 4 frames, same arithmetic", theirs, [each["step_milliseconds"] for each in same])
row("step of ViT-B/16, 4 frames, needed", theirs, [each["step_milliseconds"] for each in needed])
for place, size in enumerate(torch[0]["attention"]):
    at = f"B={size['clips']} longest={size['tokens']} "
    ours = lambda each, part: next(rate["milliseconds"] for rate in each["rates"]
                                   if rate["name"] == f"PackedAttention.{part}" and rate["detail"].startswith(at))
    row(f"attention forward, {size['tokens']} tokens", [each["attention"][place]["forward_milliseconds"] for each in torch],
        [ours(each, "Forward") for each in check])
    row(f"attention forward and backward, {size['tokens']} tokens", [each["attention"][place]["both_milliseconds"] for each in torch],
        [ours(each, "Forward") + ours(each, "Backward") for each in check])
PYTHON
