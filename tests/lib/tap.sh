# shellcheck shell=sh
# Tests in shell: source this, call `it` for each, end with `finish`.

n_tests=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A run as root becomes nobody, who is to write in it all the same.
if [ "$(id -u)" -eq 0 ]; then
	chmod 777 "$scratch"
	umask 0
fi

# it SENTENCE COMMAND...: passes if the command does.
it() {
	n_tests=$((n_tests + 1))
	sentence=$1
	shift
	if words=$("$@" 2>&1); then
		echo "ok $n_tests - $sentence"
	else
		echo "not ok $n_tests - $sentence"
		printf '%s\n' "$words" | sed 's/^/# /'
	fi
}

# says STATUS TEXT COMMAND...: the command ends so, and its words hold TEXT.
says() {
	want=$1 text=$2 status=0
	shift 2
	heard=$("$@" 2>&1) || status=$?
	printf '%s\nstatus %d, not %d with "%s"\n' \
		"$heard" "$status" "$want" "$text"
	[ "$status" -eq "$want" ] || return 1
	case $heard in
	*"$text"*) ;;
	*) return 1 ;;
	esac
}

finish() {
	echo "1..$n_tests"
}
