/*
 * Interface for the words that a figure's row may ask of its step.
 */
#ifndef TCPCLOSE_TESTS_FIGURE_WORD_H
#define TCPCLOSE_TESTS_FIGURE_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "figure_row.h"
#include "tcp/step.h"

#define STEP_TEXT_MAX 512

/*
 * Compare a step with the words of a row.
 *
 * unknown  set to a word that means nothing, if there is one
 */
bool words_hold(const struct row_part *words, const struct step *step,
                struct row_part *unknown);

/* All words that hold, with spaces between them. */
void words_of_step(const struct step *step, char out[static STEP_TEXT_MAX]);

#endif
