#!/usr/bin/env bash
# Builds avion as one file that needs no .NET, for a machine with a GPU: copy it there and run `avion gpu-check`.
#   tools/single-file.sh [FOLDER]      writes FOLDER/avion; without a folder artifacts/single-file/avion
# Linux on x64 with glibc 2.27 or later. On that machine only NVIDIA's driver and cuBLASLt are needed, and FFmpeg for videos.
# What no command reaches is left out (trimming), of Avion's own and the runtime's assemblies; packages stay whole. A warning about what
# trimming may break in Avion's own code ends the build. It is built in a folder of its own, so that the build of the repository stays as it is.
# Exit code 1 where the file is larger than 40 MB.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
folder="$(mkdir -p "${1:-$root/artifacts/single-file}" && cd "${1:-$root/artifacts/single-file}" && pwd)"
limit=$((40 * 1000 * 1000))
log="$folder/build.log"
if ! dotnet publish "$root/src/Avion.Cli/Avion.Cli.csproj" -c Release -r linux-x64 --self-contained --nologo -v quiet \
    -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=true -p:PublishTrimmed=true -p:TrimMode=partial \
    -p:RunAnalyzers=false -p:ArtifactsPath="$folder/build" -o "$folder/publish" > "$log" 2>&1; then
  grep -E 'error' "$log" | sort -u | head -n 20 >&2
  echo "building the single file failed; the whole log is $log" >&2
  exit 1
fi
mv "$folder/publish/avion" "$folder/avion"
rm -rf "$folder/publish"
bytes="$(stat -c %s "$folder/avion")"
echo "$folder/avion: $((bytes / 1000000)) MB"
if [ "$bytes" -gt "$limit" ]; then
  echo "$folder/avion has $bytes bytes, more than $limit" >&2
  exit 1
fi
