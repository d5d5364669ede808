#!/usr/bin/env bash
# Browser test of the event page: installs Debian's chromium and selenium where they are absent, then runs it.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [[ ! -x /usr/bin/chromium || ! -x /usr/bin/chromedriver ]]; then
  as_root=()
  [[ $(id -u) -eq 0 ]] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -qq --no-install-recommends chromium chromium-driver
fi
.venv/bin/python -m pip --disable-pip-version-check --quiet install --requirement tests/browser/requirements.txt
exec .venv/bin/python -m pytest -m browser tests/browser "$@"
