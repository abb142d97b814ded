#!/usr/bin/env bash
# Makes a virtual environment for each peer of benchmarks/match.py and spark_peers.py, and one for dedup as it stands here, in DIR/envs.
# An environment that is there already is left as it is, but dedup's is brought up to date.
#
#   benchmarks/peers/setup.sh [DIR]      PYTHON=python3.12 benchmarks/peers/setup.sh
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
dir="${1:-${XDG_CACHE_HOME:-$HOME/.cache}/dedup-benchmarks}"
python="${PYTHON:-python3}"
mkdir -p "$dir/envs"

for list in "$here"/*.txt; do
  env="$dir/envs/$(basename "$list" .txt)"
  [ -e "$env/ready" ] && continue
  echo "$(basename "$env") …" >&2
  rm -rf "$env"
  if "$python" -m venv "$env" && "$env/bin/pip" install --quiet --requirement "$list"; then
    touch "$env/ready"
  else
    echo "$(basename "$env") could not be installed: it is left out" >&2
  fi
done

echo "dedup …" >&2
[ -e "$dir/envs/dedup/bin/python" ] || "$python" -m venv "$dir/envs/dedup"
"$dir/envs/dedup/bin/pip" install --quiet "$here/../..[parquet,spark]"
"$dir/envs/dedup/bin/pip" install --quiet --force-reinstall --no-deps "$here/../.."
