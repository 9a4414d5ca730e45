#!/bin/sh
# tools/setup on machines where something is missing, made of stand-ins: a
# pkg-config that knows all but jansson, a package manager that writes down
# what it was asked for.

. tests/lib/tap.sh

# machine MANAGER: a PATH with little on it.
machine() {
	rm -rf "${scratch:?}/bin" "$scratch/asked" "$scratch/jansson"
	mkdir "$scratch/bin"
	for tool in sh awk cat cut env grep sed sort tr uname; do
		ln -s "$(command -v $tool)" "$scratch/bin/$tool"
	done
	stand_in cc ""
	stand_in make ""
	stand_in id "echo ${2:-0}"
	stand_in pkg-config '[ "$2" != jansson ] || [ -e ../jansson ]'
	stand_in "$1" "echo \"\$0 \$*\" >>../asked; : >../jansson"
}

stand_in() {
	printf '#!/bin/sh\ncd "${0%%/*}"\n%s\n' "$2" >"$scratch/bin/$1"
	chmod +x "$scratch/bin/$1"
}

# shellcheck disable=SC2120 # `says` hands it --check
run_setup() {
	PATH=$scratch/bin tools/setup "$@"
}

asks() {
	machine "$1" && run_setup && cat "$scratch/asked" &&
		grep -q "$2" "$scratch/asked"
}

only_reports() {
	machine apt-get
	says 1 'jansson' run_setup --check && [ ! -e "$scratch/asked" ]
}

ends_at_once() {
	machine apt-get
	: >"$scratch/jansson"
	says 0 "" run_setup && [ ! -e "$scratch/asked" ]
}

without_root() {
	machine apt-get 1000
	says 1 'run as root: apt-get' run_setup
}

with_sudo() {
	machine apt-get 1000
	stand_in sudo '"$@"'
	says 0 'sudo apt-get update' run_setup
}

in_vain() {
	machine apt-get
	stand_in apt-get true
	says 1 'still missing' run_setup
}

# Judges come with services that nobody asked for. What is in sbin counts as
# there, so the services named are those that this machine lacks.
stops_what_it_brought() {
	machine apt-get
	stand_in systemctl 'echo "$0 $*" >>../asked'
	run_setup judges
	cat "$scratch/asked"
	grep -q 'install .* prometheus' "$scratch/asked" &&
		grep -q 'systemctl -q disable --now prometheus$' "$scratch/asked" &&
		! grep 'systemctl .* jq' "$scratch/asked"
}

it "Debian gets libjansson-dev" asks apt-get 'install .* libjansson-dev$'
it "Debian's lists are updated first" asks apt-get 'update'
it "Fedora gets jansson-devel" asks dnf 'install .* jansson-devel$'
it "Alpine gets jansson-dev" asks apk 'add .* jansson-dev$'
it "Arch gets jansson" asks pacman 'noconfirm jansson$'
it "Homebrew gets jansson" asks brew 'install .* jansson$'
it "a judge's service is stopped" stops_what_it_brought
it "--check only reports" only_reports
it "nothing is done when nothing is missing" ends_at_once
it "without root and sudo it says what to run" without_root
it "sudo is used and announced" with_sudo
it "what is still missing afterwards is an error" in_vain
it "an unknown group is refused" says 2 'usage' tools/setup everything
finish
