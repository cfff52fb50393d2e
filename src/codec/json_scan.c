/* Looking into JSON text without a tree: spans of members, lines. It leans on json_parse having
 * taken the text; on other texts every step still stays within the span. */
#include <cairn/json.h>

#include <string.h>

struct walk {
    const uint8_t *at;
    const uint8_t *end;
    uint8_t close; /* what ends the array or object that is walked; 0: neither */
    bool first;    /* no member was read yet */
};

/* One member: where it begins is where its line is. */
struct member {
    struct bytes key; /* between the quotes, escapes as written; of an array's members empty */
    struct bytes value;
    const uint8_t *begin;
};

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_structure(uint8_t byte)
{
    return byte == ',' || byte == ':' || byte == '[' || byte == ']' || byte == '{' || byte == '}' ||
           byte == '"';
}

static bool walk_is_at(const struct walk *w, uint8_t byte)
{
    return w->at != w->end && *w->at == byte;
}

static void skip_blanks(struct walk *w)
{
    while (w->at != w->end && is_blank(*w->at))
        w->at++;
}

/* From the opening quote to behind the closing one; false: it has none. */
static bool skip_string(struct walk *w)
{
    for (w->at++; w->at != w->end; w->at++) {
        if (*w->at == '"') {
            w->at++;
            return true;
        }
        if (*w->at == '\\' && ++w->at == w->end)
            return false;
    }
    return false;
}

static bool skip_nested(struct walk *w)
{
    size_t depth = 0;

    while (w->at != w->end) {
        uint8_t byte = *w->at;

        if (byte == '"') {
            if (!skip_string(w))
                return false;
            continue;
        }
        w->at++;
        if (byte == '[' || byte == '{')
            depth++;
        else if ((byte == ']' || byte == '}') && --depth == 0)
            return true;
    }
    return false;
}

static bool skip_word(struct walk *w)
{
    const uint8_t *begin = w->at;

    while (w->at != w->end && !is_blank(*w->at) && !is_structure(*w->at))
        w->at++;
    return w->at != begin;
}

static bool skip_value(struct walk *w, struct bytes *value)
{
    const uint8_t *begin = w->at;
    bool whole;

    if (walk_is_at(w, '"'))
        whole = skip_string(w);
    else if (walk_is_at(w, '[') || walk_is_at(w, '{'))
        whole = skip_nested(w);
    else
        whole = skip_word(w);
    *value = bytes_of(begin, (size_t)(w->at - begin));
    return whole;
}

/* Goes into the array or object that the text is; into another text not at all. */
static struct walk walk_open(struct bytes text)
{
    static const uint8_t nothing[1];
    const uint8_t *at = text.size == 0 ? nothing : text.at;
    struct walk w = {.at = at, .end = at + text.size, .first = true};

    skip_blanks(&w);
    if (walk_is_at(&w, '{'))
        w.close = '}';
    else if (walk_is_at(&w, '['))
        w.close = ']';
    if (w.close != 0)
        w.at++;
    return w;
}

static bool walk_key(struct walk *w, struct bytes *key)
{
    const uint8_t *begin = w->at + 1;

    if (!walk_is_at(w, '"') || !skip_string(w))
        return false;
    *key = bytes_of(begin, (size_t)(w->at - begin) - 1);
    skip_blanks(w);
    if (!walk_is_at(w, ':'))
        return false;
    w->at++;
    skip_blanks(w);
    return true;
}

static bool walk_next(struct walk *w, struct member *member)
{
    skip_blanks(w);
    if (w->close == 0 || walk_is_at(w, w->close))
        return false;
    if (!w->first) {
        if (!walk_is_at(w, ','))
            return false;
        w->at++;
        skip_blanks(w);
    }
    w->first = false;
    *member = (struct member){.begin = w->at};
    return (w->close == ']' || walk_key(w, &member->key)) && skip_value(w, &member->value);
}

/* The code unit of four digits, which json_parse has seen to be digits. */
static uint32_t unit_of(const uint8_t *digit)
{
    uint32_t unit = 0;

    for (size_t i = 0; i < 4; i++)
        unit = unit << 4 | (digit[i] <= '9' ? digit[i] & 0xfu : (digit[i] & 0xfu) + 9);
    return unit;
}

static size_t utf8_put(uint8_t out[4], uint32_t point)
{
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = size; i-- > 1; point >>= 6)
        out[i] = (uint8_t)(0x80 | (point & 0x3f));
    out[0] = (uint8_t)(lead[size] | point);
    return size;
}

/* Decodes the character or escape that `text` begins with; takes it off. */
static struct bytes char_next(struct bytes *text, uint8_t store[4])
{
    static const char escape[] = "b\bf\fn\nr\rt\t";
    size_t taken = 2;
    size_t size = 1;

    if (text->at[0] != '\\' || text->size < 2) {
        struct bytes plain = bytes_part(*text, 0, 1);

        *text = bytes_from(*text, 1);
        return plain;
    }
    store[0] = text->at[1];
    for (size_t i = 0; i + 1 < sizeof(escape); i += 2)
        if (text->at[1] == (uint8_t)escape[i])
            store[0] = (uint8_t)escape[i + 1];
    if (text->at[1] == 'u' && text->size >= 6) {
        uint32_t point = unit_of(text->at + 2);

        taken = 6;
        if (point >= 0xd800 && point < 0xdc00 && text->size >= 12) { /* a pair of surrogates */
            point = 0x10000 + ((point & 0x3ff) << 10) + (unit_of(text->at + 8) & 0x3ff);
            taken = 12;
        }
        size = utf8_put(store, point);
    }
    *text = bytes_from(*text, taken);
    return bytes_of(store, size);
}

static bool key_is(struct bytes written, struct bytes key)
{
    while (written.size != 0) {
        uint8_t store[4];
        struct bytes next = char_next(&written, store);

        if (key.size < next.size || memcmp(key.at, next.at, next.size) != 0)
            return false;
        key = bytes_from(key, next.size);
    }
    return key.size == 0;
}

static bool member_find(struct bytes object, const char *key, struct member *member)
{
    struct walk w = walk_open(object);

    while (w.close == '}' && walk_next(&w, member))
        if (key_is(member->key, bytes_of_text(key)))
            return true;
    return false;
}

static bool index_find(struct bytes array, const char *index_text, struct member *member)
{
    struct walk w = walk_open(array);
    struct u256 index;
    uint64_t i = 0;

    if (!u256_parse(&index, index_text, strlen(index_text)) || !u256_fits_u64(&index))
        return false;
    while (w.close == ']' && walk_next(&w, member))
        if (i++ == index.limb[0])
            return true;
    return false;
}

bool json_member_span(struct bytes object_text, const char *key, struct bytes *value_text)
{
    struct member member;

    if (!member_find(object_text, key, &member))
        return false;
    *value_text = member.value;
    return true;
}

size_t json_array_spans(struct bytes array_text, struct bytes *span, size_t span_max)
{
    struct walk w = walk_open(array_text);
    struct member member;
    size_t count = 0;

    while (w.close == ']' && walk_next(&w, &member)) {
        if (count < span_max)
            span[count] = member.value;
        count++;
    }
    return count;
}

unsigned json_line(struct bytes text, const char *const *path, size_t path_count)
{
    struct member member = {.value = text, .begin = text.at};
    unsigned line = 1;

    for (size_t i = 0; i < path_count; i++)
        if (!member_find(member.value, path[i], &member) &&
            !index_find(member.value, path[i], &member))
            return 0;
    for (const uint8_t *at = text.at; at != member.begin; at++)
        line += *at == '\n';
    return line;
}

size_t json_containers(struct bytes text)
{
    struct walk w = walk_open(text);
    size_t count = w.close != 0;

    while (w.at != w.end) {
        if (*w.at == '"') {
            skip_string(&w);
            continue;
        }
        count += *w.at == '[' || *w.at == '{';
        w.at++;
    }
    return count;
}
