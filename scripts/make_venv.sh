#!/bin/sh
# Make the virtual environment $1 with a Python 3.11, 3.12 or 3.13 found here ($PYTHON first), or say what to install.
set -eu
venv=$1

fits() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

python=
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
  if fits "$candidate"; then python=$candidate; break; fi
done

if [ -z "$python" ]; then
  echo "No Python 3.11, 3.12 or 3.13 was found here." >&2
  if command -v apt-get >/dev/null; then
    echo "Install one with: sudo apt install python3 python3-venv" >&2
    echo "(on an older release, miniforge from conda-forge.org brings one: conda env create)" >&2
  elif command -v brew >/dev/null; then
    echo "Install one with: brew install python@3.13" >&2
  else
    echo "Install one from python.org, then run the same command again (PYTHON=/path/to/python3.12 names one)." >&2
  fi
  exit 1
fi

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  echo "Python $version is here, but not its part that makes environments: sudo apt install python$version-venv" >&2
  exit 1
fi

echo "Making $venv with $("$python" --version) (some seconds)"
"$python" -m venv --clear "$venv"
