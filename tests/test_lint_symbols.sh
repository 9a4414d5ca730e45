#!/bin/sh
# tools/lint/symbols against objects that do one forbidden thing each.

. tests/lib/tap.sh

# object FILE CODE: compiles it to $scratch/FILE.o.
object() {
	mkdir -p "$scratch/$(dirname "$1")"
	printf '%s\n' "$2" >"$scratch/$1"
	"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O1 -fPIC -c "$scratch/$1" \
		-o "$scratch/${1%.c}.o"
}

refused() {
	object "$1" "$2" || return
	says 1 "$3" tools/lint/symbols "$scratch/${1%.c}.o"
}

allowed() {
	object "$1" "$2" || return
	says 0 "" tools/lint/symbols "$scratch/${1%.c}.o"
}

it "exit is refused" refused src/tcp/x.c \
	'#include <stdlib.h>
	void f(void) { exit(1); }' 'exit, which ends the process'
it "printf is refused, even as puts" refused src/tcp/x.c \
	'#include <stdio.h>
	void f(void) { printf("hello\n"); }' 'which prints'
it "fprintf(stderr) is refused" refused src/tcp/x.c \
	'#include <stdio.h>
	void f(int n) { fprintf(stderr, "%d", n); }' 'stderr, which prints'
it "snprintf is allowed" allowed src/tcp/x.c \
	'#include <stdio.h>
	int f(char *s, int n) { return snprintf(s, 9, "%d", n); }'
it "the clock is refused" refused src/tcp/x.c \
	'#include <time.h>
	long f(void) { return (long)time(0); }' 'time, which reads a clock'
it "localtime is refused" refused src/tcp/x.c \
	'#include <time.h>
	struct tm *f(long t) { return localtime(&t); }' 'shares state'
it "malloc is refused" refused src/tcp/x.c \
	'#include <stdlib.h>
	void *f(void) { return malloc(9); }' 'allocates past'
it "a counter in a file is refused" refused src/tcp/x.c \
	'static int n; int f(void); int f(void) { return ++n; }' 'keeps state in n'
it "a static local is refused" refused src/tcp/x.c \
	'int f(void); int f(void) { static int n = 7; return ++n; }' 'keeps state'
it "a thread-local variable is refused" refused src/tcp/x.c \
	'_Thread_local int n;' 'keeps state'
it "a constant table of pointers is allowed" allowed src/tcp/x.c \
	'const char *const words[] = { "fin", "rst", 0 };'
finish
