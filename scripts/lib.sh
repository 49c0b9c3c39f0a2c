# What the scripts share: where the tree is, what must be installed, and how they speak.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Whether to install without asking: `--yes`, or CI=true.
yes=${LODESTAR_YES:-}
[[ ${CI:-} == true ]] && yes=1

say() { printf '%s\n' "$*"; }

# Ends the script with one sentence on standard error.
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Ends a part of the tests as skipped, saying why.
skip() {
    say "skipped: $*"
    exit 77
}

# Seconds since an arbitrary start, with a decimal.
now() { printf '%s' "${EPOCHREALTIME/,/.}"; }
elapsed_since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

# Whether a Debian package's use is there, however it was installed.
package_present() {
    case $1 in
        g++ | git | make | pkg-config | python3 | qemu-system-arm | shellcheck | strace) command -v "$1" ;;
        gcc-arm-none-eabi) command -v arm-none-eabi-gcc ;;
        libnewlib-arm-none-eabi)
            command -v arm-none-eabi-gcc \
                && [[ $(arm-none-eabi-gcc -print-file-name=libm.a) == */* ]]
            ;;
        libgpiod-dev) pkg-config --exists libgpiod ;;
        libsqlite3-dev) pkg-config --exists sqlite3 ;;
        libusb-1.0-0-dev) pkg-config --exists libusb-1.0 ;;
        libzstd-dev) pkg-config --exists libzstd ;;
        python3-venv) python3 -c 'import ensurepip, venv' ;;
        *) dpkg-query -W -f '${Status}' "$1" 2>&1 | grep -q 'ok installed' ;;
    esac > /dev/null 2>&1
}

# What a Debian package is for, in a few words.
package_reason() {
    case $1 in
        g++) say "the C library's headers and the linker that Swift uses" ;;
        git) say "fetches the Swift packages" ;;
        pkg-config) say "finds the C libraries" ;;
        python3) say "runs the checks that compare with others' programs" ;;
        python3-venv) say "keeps the Python packages of the checks apart from yours" ;;
        qemu-system-arm) say "emulates the Cortex-M4 that part of the core runs on" ;;
        gcc-arm-none-eabi) say "links the program for the emulated Cortex-M4" ;;
        libnewlib-arm-none-eabi) say "sine and logarithm on the emulated Cortex-M4" ;;
        shellcheck) say "checks the scripts" ;;
        qemu-system-x86) say "emulates the machine that the real drivers are tried in" ;;
        qemu-utils) say "keeps the disks of the emulated machine" ;;
        mmdebstrap) say "makes the small Debian of the emulated machine" ;;
        linux-headers-amd64) say "compiles gpio-sim for Debian's kernel" ;;
        cpio | kmod | e2fsprogs | xz-utils | fakeroot) say "makes the disk of the emulated machine" ;;
        binutils | dpkg-dev) say "makes the Debian package, without symbols and with what it needs" ;;
        rt-tests) say "cyclictest, which our loops' lateness is compared with" ;;
        strace) say "records what a program wrote and synced before the power is cut" ;;
        libhamlib-utils) say "rotctld, the mount that our driver is tried on" ;;
        aravis-tools) say "the GigE Vision camera that our driver is tried on" ;;
        libaravis-0.8-0) say "talks to GigE Vision and USB3 Vision cameras" ;;
        libaravis-dev) say "the headers that our declarations of the camera library are checked with" ;;
        libusb-1.0-0-dev) say "talks to time taggers on USB" ;;
        libgpiod-dev) say "gates, shutter and interlocks are lines of GPIO chips" ;;
        libsqlite3-dev) say "telemetry is written to SQLite" ;;
        libzstd-dev) say "recordings are compressed with zstd" ;;
        *) say "needed by the parts asked for" ;;
    esac
}

# Installs those of the named Debian packages that are missing, after asking.
need_packages() {
    local missing=() name reply as_root=()
    for name in "$@"; do
        package_present "$name" || missing+=("$name")
    done
    [[ ${#missing[@]} -eq 0 ]] && return

    say "Debian packages that are missing here:"
    for name in "${missing[@]}"; do
        printf '    %-26s %s\n' "$name" "$(package_reason "$name")"
    done
    local command="apt-get install --no-install-recommends ${missing[*]}"
    command -v apt-get > /dev/null \
        || die "this machine has no apt-get; install what is listed above in its own way, then run this again."
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo > /dev/null \
            || die "this needs root and there is no sudo; run as root: $command"
        as_root=(sudo)
    fi
    if [[ -z $yes ]]; then
        [[ -t 0 ]] || die "nobody to ask whether to install them; run with --yes, or as root: $command"
        read -r -p "Install them with apt-get? [y/N] " reply
        [[ $reply == [yY]* ]] || die "not installed; without them this cannot go on."
    fi
    say "Installing them with apt-get ..."
    "${as_root[@]}" apt-get update -qq || say "warning: apt-get update failed; trying with the old lists."
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null \
        || die "apt-get could not install ${missing[*]}; its own words are above."
    for name in "${missing[@]}"; do
        package_present "$name" || die "apt-get installed $name, but it still cannot be used here."
    done
}

# Ends the script unless Swift 6.3 or later is there.
need_swift() {
    local text major minor
    command -v swift > /dev/null \
        || die "Swift is not installed (no swift on PATH); Lodestar needs Swift 6.3 or later, from https://www.swift.org/install/linux/."
    text=$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)
    IFS=. read -r major minor _ <<< "$text"
    if ! [[ ${major:-x} =~ ^[0-9]+$ && ${minor:-0} =~ ^[0-9]+$ ]] \
        || ((major < 6 || (major == 6 && ${minor:-0} < 3))); then
        die "Swift ${text:-of unknown version} is too old; Lodestar needs Swift 6.3 or later, from https://www.swift.org/install/linux/."
    fi
}

# What building the program needs beyond Swift.
# shellcheck disable=SC2034  # used by those who source this
build_packages=(
    g++ git pkg-config libzstd-dev libsqlite3-dev libusb-1.0-0-dev libgpiod-dev
)

# Makes the release build of one program, and prints the folder it lies in. With LODESTAR_STATIC it needs no Swift where
# it runs.
release_build() {
    local how=(-c release --package-path "$root")
    [[ -z ${LODESTAR_STATIC:-} ]] || how+=(--static-swift-stdlib --scratch-path "$root/.build-static")
    swift build "${how[@]}" --product "$1" >&2
    swift build "${how[@]}" --show-bin-path
}

# Runs the Swift tests of a package; the last line says how many ran, and none is a failure.
swift_test() {
    local out
    out=$(mktemp)
    if ! swift test "$@" 2>&1 | tee "$out"; then
        say "-- what went wrong:"
        grep -E '✘ Test .*(recorded an issue|failed)|error: |ERROR: |WARNING: ThreadSanitizer' "$out" \
            | sort -u | head -n 20 || true
        rm -f "$out"
        die "swift test failed."
    fi
    local result
    result=$(sed -n 's/.*Test run with \([0-9]* tests\?.*\) passed.*/\1/p' "$out" | tail -n 1)
    rm -f "$out"
    [[ -n $result && $result != "0 tests"* ]] || die "swift test ran no test."
    say "$result"
}

# The package of what needs no other package, and its tests under the flags given.
small_test() {
    local scratch=$1
    shift
    "$root/scripts/small-package" "$root/$scratch-package"
    swift_test --package-path "$root/$scratch-package" --scratch-path "$root/$scratch" "$@"
}

# peer_python NAME LIST: a Python of our own, NAME, with the packages of LIST; prints its path.
peer_python() {
    local venv=$root/.build-peers/$1 list=$root/$2
    if ! cmp -s "$list" "$venv/requirements.txt"; then
        rm -rf "$venv"
        python3 -m venv "$venv" >&2
        "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$list" >&2
        cp "$list" "$venv/requirements.txt"
    fi
    say "$venv/bin/python"
}

# The first text of a station's own board, which inherits the board named.
station_board() {
    cat << END
# This station: where it stands, and what differs from the board that it inherits. \`lodestar board schema\` lists
# every key; \`lodestar board check\` says what is wrong; \`lodestar doctor\` whether the instruments are there.
[board]
name = "station"
inherits = "$1"

# [site]
# latitude = "36.67 deg"
# longitude = "117.13 deg"
# height = "80 m"
END
}

# Whether a file is a program for the processor rather than a script.
file_is_elf() { [[ $(head -c 4 "$1" | tr -d '\0') == $'\x7fELF' ]]; }
