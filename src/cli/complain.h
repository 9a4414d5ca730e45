/*
 * Interface for what the program says on standard error: one line each,
 * beginning with its name, as tools do that stand in pipelines.
 */
#ifndef TCPCLOSE_CLI_COMPLAIN_H
#define TCPCLOSE_CLI_COMPLAIN_H

#include "tcpclose/error.h"

/* tcpclose: FILE: frame N (byte M): cause and remedy */
void complain(const struct tcpclose_error *err);

/* tcpclose: FILE: frame N (byte M): warning: cause */
void complain_mildly(const struct tcpclose_error *err);

/* tcpclose: text */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
