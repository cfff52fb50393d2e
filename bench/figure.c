#include "figure.h"

#include <stdlib.h>
#include <time.h>

double figure_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int order(const void *a, const void *b)
{
    const double *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

double figure_median(double *value, size_t count)
{
    assert(count > 0);
    qsort(value, count, sizeof value[0], order);
    return count % 2 ? value[count / 2] : (value[count / 2 - 1] + value[count / 2]) / 2;
}

void figure_print(bool json, const char *name, double median, const char *unit, double ratio,
                  const char *against)
{
    if (json && ratio >= 0)
        printf(
            "{\"name\":\"%s\",\"median\":%.6g,\"unit\":\"%s\",\"ratio\":%.4g,\"against\":\"%s\"}\n",
            name, median, unit, ratio, against);
    else if (json)
        printf("{\"name\":\"%s\",\"median\":%.6g,\"unit\":\"%s\"}\n", name, median, unit);
    else if (ratio >= 0)
        printf("%-58s %12.6g %-14s %8.3g x %s\n", name, median, unit, ratio, against);
    else
        printf("%-58s %12.6g %-14s\n", name, median, unit);
    fflush(stdout);
}

uint64_t figure_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}
