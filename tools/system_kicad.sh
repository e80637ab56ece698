#!/usr/bin/env bash
# Installs KiCad 9 (command line, symbols, footprints) and ngspice for the hardware's checks, where it
# may; otherwise names them. Debian 12 carries KiCad 6, which cannot check drawings without a screen:
# KiCad 9 comes from the backports of the same mirror, and that line is derived from this machine's
# own sources.
set -uo pipefail
libraries=/usr/share/kicad
missing=()
command -v ngspice >/dev/null || missing+=(ngspice)
kicad=""
if ! kicad-cli version 2>/dev/null | grep -q '^9\.'; then
    kicad="kicad kicad-symbols kicad-footprints"
else
    [ -d "$libraries/symbols" ] || kicad+=" kicad-symbols"
    [ -d "$libraries/footprints" ] || kicad+=" kicad-footprints"
fi
[ ${#missing[@]} = 0 ] && [ -z "$kicad" ] && exit 0

if [ "$(id -u)" = 0 ]; then run=""; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run="sudo"; else
    echo "Missing for the hardware's checks: ${missing[*]} $kicad (KiCad 9, on Debian 12 from backports)."
    echo "Install them as root, or run 'make system' as root; those tests are skipped until then."
    exit 0
fi
command -v apt-get >/dev/null || { echo "No apt-get here; please install: ${missing[*]} $kicad"; exit 0; }
export DEBIAN_FRONTEND=noninteractive

# The suite's name, then the machine's own sources with that suite in place of the plain one.
backports_list() {
    local codename=$1 file
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] && awk -v RS= -v suite="$codename" '
            $0 ~ "(^|\n)Suites:[^\n]*[ ]" suite "([ \n]|$)" {
                sub(/\nSuites:[^\n]*/, "\nSuites: " suite "-backports"); print $0 "\n"; exit }' "$file"
    done
}
backports_line() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null \
        | awk -v suite="$1" '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i == suite) { $i = suite "-backports"; print; exit } }'
}

echo "Installing for the hardware's checks: ${missing[*]} $kicad"
suite=()
if [ -n "$kicad" ]; then
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    if [ "$codename" = bookworm ]; then
        if ! apt-cache policy kicad 2>/dev/null | grep -q "$codename-backports"; then
            entry=$(backports_list "$codename")
            if [ -n "$entry" ]; then
                $run tee /etc/apt/sources.list.d/holdfast-backports.sources <<<"$entry" >/dev/null
            else
                backports_line "$codename" | $run tee /etc/apt/sources.list.d/holdfast-backports.list >/dev/null
            fi
        fi
        suite=(-t "$codename-backports")
    fi
fi
$run apt-get update -qq || echo "apt-get update failed; trying with what is known."
if [ ${#missing[@]} != 0 ]; then
    $run apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || echo "Could not install ${missing[*]}. Going on without."
fi
if [ -n "$kicad" ]; then
    # shellcheck disable=SC2086 - a list of packages
    $run apt-get install -y -qq --no-install-recommends "${suite[@]}" $kicad >/dev/null || echo "Could not install $kicad. Going on without."
fi
exit 0
