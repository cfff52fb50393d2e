/* What the benchmark programs share: clocks, medians, one line a figure. */
#ifndef CAIRN_BENCH_FIGURE_H
#define CAIRN_BENCH_FIGURE_H
#include <cairn/base.h>

double figure_now(void);                           /* seconds, monotonic */
double figure_median(double *value, size_t count); /* sorts */

/* Prints "name median unit ratio of what" or a JSON line. `ratio` < 0: none. */
void figure_print(bool json, const char *name, double median, const char *unit, double ratio,
                  const char *against);

/* A generator of our own, so that every run has the same input (xorshift64*). */
uint64_t figure_random(uint64_t *state);

#endif
