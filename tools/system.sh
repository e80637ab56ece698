#!/usr/bin/env bash
# Installs the Debian packages that tests and benchmarks use, where it may; otherwise names them.
# In CI a missing program fails the tests that need it, so nothing is hidden here.
set -uo pipefail
bash "$(dirname "$0")/system_kicad.sh"
declare -A package_of=([mosquitto]=mosquitto [chromium]=chromium [pdftoppm]=poppler-utils [rsvg-convert]=librsvg2-bin [fusermount3]=fuse3 [gammu-smsd-inject]=gammu-smsd [systemd-analyze]=systemd [nsenter]=util-linux [faketime]=faketime [initdb]=postgresql)
missing=()
for program in "${!package_of[@]}"; do
    command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || compgen -G "/usr/lib/postgresql/*/bin/$program" >/dev/null || missing+=("${package_of[$program]}")
done
[ -f /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || fc-match -f "%{file}" "DejaVu Sans" 2>/dev/null | grep -q DejaVuSans || missing+=(fonts-dejavu-core)
[ ${#missing[@]} = 0 ] && exit 0
if [ "$(id -u)" = 0 ]; then run=""; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run="sudo"; else
    echo "Missing system packages: ${missing[*]}. Install them as root:  apt-get install ${missing[*]}"
    echo "Going on without; the tests that need them are skipped and named at the end."
    exit 0
fi
command -v apt-get >/dev/null || { echo "No apt-get here; please install: ${missing[*]}"; exit 0; }
echo "Installing system packages: ${missing[*]}"
$run apt-get update -qq && DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || echo "Could not install: ${missing[*]}. Going on without."
exit 0
