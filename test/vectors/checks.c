#include "checks.h"

#include <cairn/hex.h>

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN_MAX = 100 }; /* bytes of a value in a message */

/* ---- counting ---- */

static void tally_add(struct tallies *tallies, const char *text, size_t count)
{
    for (size_t i = 0; i < tallies->count; i++)
        if (strcmp(tallies->item[i].text, text) == 0) {
            tallies->item[i].count += count;
            return;
        }
    if (tallies->count == tallies->room) {
        tallies->room = 2 * tallies->room + 8;
        tallies->item = mem_grow(tallies->item, tallies->room, sizeof *tallies->item);
    }
    tallies->item[tallies->count++] = (struct tally){mem_text(text), count};
}

static void tallies_release(struct tallies *tallies)
{
    for (size_t i = 0; i < tallies->count; i++)
        mem_free(tallies->item[i].text);
    mem_free(tallies->item);
    *tallies = (struct tallies){0};
}

void checks_release(struct checks *c)
{
    tallies_release(&c->left);
    tallies_release(&c->notes);
    tallies_release(&c->case_notes);
    buffer_release(&c->report);
}

static void report_value(struct buffer *out, struct bytes value)
{
    if (value.size <= SHOWN_MAX) {
        hex_put_data(out, value);
        return;
    }
    hex_put_data(out, bytes_part(value, 0, SHOWN_MAX));
    buffer_printf(out, "… (%zu bytes)", value.size);
}

static struct buffer *report_begin(struct checks *c, const char *what)
{
    c->failing = true;
    buffer_printf(&c->report, "# failed: %s: %s", c->name, what);
    return &c->report;
}

void checks_one(struct checks *c, const char *name, json_t *json, case_check *check)
{
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    c->compared = 0;
    c->failing = c->leaving = false;
    check(c, json);
    if (!c->failing && !c->leaving && c->compared == 0)
        check_fail(c, "nothing was compared");
    if (c->failing)
        c->failed++;
    else if (c->leaving)
        c->left_out++;
    else
        c->passed++;
    for (size_t i = 0; i < c->case_notes.count; i++)
        tally_add(c->failing     ? &(struct tallies){0}
                  : c->leaving ? &c->left
                               : &c->notes,
                  c->case_notes.item[i].text, 1);
    tallies_release(&c->case_notes);
}
