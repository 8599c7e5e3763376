#!/bin/sh
# Write requirements/NAME.txt, hashed and free of host names.   sh compile.sh UV NAME   (see `make lock`)
set -eu
case "$2" in
  install) set -- "$1" install.txt install.in ;;
  run) set -- "$1" run.txt ../pyproject.toml --extra report ;;
  sm) set -- "$1" sm.txt ../pyproject.toml --extra report --extra sm --constraint run.txt ;;
  dev) set -- "$1" dev.txt ../pyproject.toml --extra report --extra sm --extra dev --constraint run.txt ;;
  *) echo "no such file: $2" >&2; exit 2 ;;
esac
uv=$1; out=$2; shift 2
"$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url "$@" --output-file "$out"
