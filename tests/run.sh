# Sourced by ./avion test: builds everything, runs every test project, prints the sum as the last line.

# Natural videos for tests, from packages of Debian: unpacked beside the build, never installed or committed.
fetch_natural_videos() {
  local folder="$root/artifacts/natural-video"
  if [ -e "$folder/complete" ] || ! command -v apt-get > /dev/null; then
    return 0
  fi
  local packages="python3-imageio python-kivy-examples pd-extendedview node-opencv python3-mecavideo python3-hug-doc"
  mkdir -p "$folder"
  (
    cd "$folder"
    # shellcheck disable=SC2086
    { apt-get download $packages || { apt-get update && apt-get download $packages; }; } &&
      for package in ./*.deb; do dpkg-deb -x "$package" tree || exit 1; done &&
      rm -f ./*.deb &&
      touch complete
  ) > /dev/null 2>&1 || say "no natural videos: packages of Debian could not be downloaded; their tests are skipped with that reason."
}

# The compiler of the CUDA kernels: with it the tests compare the committed PTX with what the sources give; without it they say so.
fetch_clang() {
  local as install="env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends clang-14"
  if command -v clang++-14 > /dev/null || ! command -v apt-get > /dev/null || ! as="$(privilege)"; then
    return 0
  fi
  say "installing clang-14..."
  # shellcheck disable=SC2086
  { $as $install || { $as apt-get update && $as $install; }; } > /dev/null 2>&1 || say "no clang-14: kernels are not compiled again; that test is skipped."
}

# The browser that looks at the board and at reports; without it those tests say so.
fetch_chromium() {
  local as install="env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium"
  if command -v chromium > /dev/null || command -v google-chrome > /dev/null || ! command -v apt-get > /dev/null || ! as="$(privilege)"; then
    return 0
  fi
  say "installing chromium..."
  # shellcheck disable=SC2086
  { $as $install || { $as apt-get update && $as $install; }; } > /dev/null 2>&1 || say "no chromium: pages are not looked at; those tests are skipped."
}

# Functions to compare those of the kernels with, from Debian's libclc-14 (10 MB): unpacked beside the build, never installed or committed.
fetch_libclc() {
  local folder="$root/artifacts/libclc"
  if [ -e "$folder/nvptx64--.bc" ] || ! command -v apt-get > /dev/null || ! command -v clang++-14 > /dev/null; then
    return 0
  fi
  mkdir -p "$folder"
  (
    cd "$folder" &&
      { apt-get download libclc-14 || { apt-get update && apt-get download libclc-14; }; } &&
      dpkg-deb -x libclc-14_*.deb unpacked &&
      mv unpacked/usr/lib/clc/nvptx64--.bc . &&
      rm -rf unpacked libclc-14_*.deb
  ) > /dev/null 2>&1 || say "no libclc-14: the kernels' functions are compared with double precision alone."
}

# The checker of ONNX's own library (3 MB): unpacked beside the build, never installed or committed. It needs python3-numpy on the machine.
fetch_onnx() {
  local folder="$root/artifacts/onnx"
  if [ -e "$folder/complete" ] || ! command -v apt-get > /dev/null; then
    return 0
  fi
  local packages="python3-onnx libonnx1 libprotobuf32 python3-protobuf"
  mkdir -p "$folder"
  (
    cd "$folder"
    # shellcheck disable=SC2086
    { apt-get download $packages || { apt-get update && apt-get download $packages; }; } &&
      for package in ./*.deb; do dpkg-deb -x "$package" tree || exit 1; done &&
      rm -f ./*.deb &&
      touch complete
  ) > /dev/null 2>&1 || say "no checker of ONNX files: packages of Debian could not be downloaded; its test is skipped with that reason."
}

passed=0 failed=0 skipped=0

# Runs one test program and adds its counts; a program that dies without a summary counts as one failure.
run_one() { # label, program, arguments
  local label="$1" program="$2" log code=0
  shift 2
  log="$(mktemp)"
  echo "== $label"
  "$program" --no-progress --no-ansi --output Detailed "$@" > "$log" 2>&1 || code=$?
  grep -vE '^passed ' "$log" | grep -E '^(failed|skipped) ' -A 12 | head -n 200 || true
  local p f s
  p="$(sed -nE 's/^ *succeeded: ([0-9]+).*/\1/p' "$log" | tail -n 1)"
  f="$(sed -nE 's/^ *failed: ([0-9]+).*/\1/p' "$log" | tail -n 1)"
  s="$(sed -nE 's/^ *skipped: ([0-9]+).*/\1/p' "$log" | tail -n 1)"
  if [ -z "$p" ] || { [ "$code" != 0 ] && [ "${f:-0}" = 0 ]; }; then
    tail -n 40 "$log"
    echo "$label ended with exit code $code and no usable summary: counted as one failure"
    f=$((${f:-0} + 1))
  fi
  echo "   ${p:-0} passed, ${f:-0} failed, ${s:-0} skipped"
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
  rm -f "$log"
}

run_tests() { # names of test projects, or none for all
  # Test programs are started by themselves, for some start themselves again; they find the runtime where dotnet is.
  DOTNET_ROOT="${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}"
  export DOTNET_ROOT
  # Tests of the processor take what this machine would choose for them: no GPU, also where there is one.
  export CUDA_VISIBLE_DEVICES=
  fetch_natural_videos
  fetch_clang
  fetch_libclc
  fetch_chromium
  fetch_onnx
  if [ -e "$root/artifacts/onnx/complete" ]; then
    export AVION_TEST_ONNX="$root/artifacts/onnx/tree"
  fi
  if [ -e "$root/artifacts/libclc/nvptx64--.bc" ]; then
    export AVION_TEST_LIBCLC="$root/artifacts/libclc/nvptx64--.bc"
  fi
  if [ -e "$root/artifacts/natural-video/complete" ]; then
    export AVION_TEST_NATURAL="$root/artifacts/natural-video/tree"
  fi
  say "building everything ..."
  build "$root/Avion.slnx" -p:RunAnalyzers=true
  touch "$program"
  local project name
  for project in "$root"/tests/*.Tests; do
    name="$(basename "$project")"
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
      continue
    fi
    run_one "$name" "$root/artifacts/bin/$name/release/$name"
  done
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
}
