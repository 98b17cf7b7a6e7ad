#!/usr/bin/env bash
# Table of docs/preparing.md: what each profile costs and gives on natural video.
# Usage: benchmarks/profiles.sh VIDEO [VIDEO ...]   (needs a built ./avion, ffmpeg; writes into a temporary folder)
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
avion="dotnet $root/artifacts/bin/Avion.Cli/release/avion.dll"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
for video in "$@"; do cp "$video" "$work/source/"; done
scale="fps=30,scale=w='if(gt(iw,ih),-2,288)':h='if(gt(iw,ih),288,-2)':flags=bicubic,format=yuv420p"
TIMEFORMAT='%U %S'
echo "| profile | KB per second of video | SSIM of luma | processor s per s of video | frames decoded per clip | KB read per clip | clips/s of one core |"
echo "|---|---|---|---|---|---|---|"
for profile in compatible fast faster intra; do
  { time $avion data prepare "$work/source" "$work/$profile" --profile "$profile" --jobs 1 --json > "$work/report" 2> "$work/log"; } 2> "$work/time" ||
    { cat "$work/log" >&2; exit 1; }
  report="$(cat "$work/report")"
  seconds="$(grep -o '"video_seconds": [0-9.]*' <<< "$report" | cut -d' ' -f2)"
  bytes="$(grep -o '"chunk_bytes": [0-9]*' <<< "$report" | cut -d' ' -f2)"
  similarity=""
  for video in "$work/source/"*; do
    name="$(basename "${video%.*}").mp4"
    for chunk in "$work/$profile/$name/"*.mp4; do
      start="$(basename "$chunk" .mp4)"
      similarity+="$(ffmpeg -nostdin -v info -i "$chunk" -ss "$start" -t 15 -i "$video" -lavfi "[1:v]$scale[a];[0:v][a]ssim=shortest=1" -f null - 2>&1 |
        grep -o 'Y:[0-9.]*' | cut -d: -f2)"$'\n'
    done
  done
  ssim="$(awk 'NF { sum += $1; n++ } END { printf "%.4f", sum / n }' <<< "$similarity")"
  bench="$($avion bench decode --root "$work/$profile" --rounds 7 --requests "$work/requests" --json)"
  field() { grep -o "\"$1\": [0-9.]*" <<< "$bench" | cut -d' ' -f2; }
  awk -v p="$profile" -v b="$bytes" -v s="$seconds" -v q="$ssim" -v t="$(awk '{ print $1 + $2 }' "$work/time")" -v d="$(field frames_decoded_per_clip)" \
    -v r="$(field bytes_read_per_clip)" -v c="$(field clips_per_core_second)" \
    'BEGIN { printf "| %s | %.1f | %s | %.2f | %.1f | %.0f | %.0f |\n", p, b / s / 1000, q, t / s, d, r / 1000, c }'
done
