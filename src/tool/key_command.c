#include "command.h"
#include "keys.h"
#include "password.h"

#include <cairn/hex.h>
#include <cairn/keyfile.h>

#include <ctype.h>

/* Where the new key goes, by the options; `directory` holds the text that it borrows. */
static bool place_of(struct key_place *out, struct buffer *directory,
                     const struct arguments *arguments, struct error *err)
{
    const char *key_dir = arguments_value(arguments, "--key-dir");

    *out = (struct key_place){
        .file = arguments_value(arguments, "--out"),
        .light = arguments_has(arguments, "--light"),
    };
    if (out->file && key_dir)
        return error_set(err, ERROR_USAGE, "--out and --key-dir name two places; give one");
    if (out->file && out->file[0] == '\0')
        return error_set(err, ERROR_USAGE, "--out names no file");
    if (out->file)
        return true;
    if (!keys_directory(directory, key_dir, err))
        return false;
    out->directory = buffer_text(directory);
    return true;
}

static bool put_key(struct tool *tool, const struct secret *secret, const char *path,
                    bool validator, struct error *err)
{
    struct buffer record = {0};
    struct address address;
    char text[ADDRESS_TEXT];
    json_t *json;

    if (!secret_address(&address, secret))
        return error_set(err, ERROR_KEY, "the secret is out of range");
    address_format(text, &address);
    if (validator)
        keys_record_path(&record, path);
    if (tool->json) {
        json = json_pack("{ss,ss}", "address", text, "file", path);
        if (!json) {
            buffer_release(&record);
            return error_set(err, ERROR_USAGE, "%s: --json needs paths in UTF-8", path);
        }
        if (validator)
            json_object_set_new(json, "record", json_string(buffer_text(&record)));
        tool_put_json(tool, json);
    } else {
        tool_put_row(tool, "address", "%s", text);
        tool_put_row(tool, "file", "%s", path);
        if (validator)
            tool_put_row(tool, "record", "%s", buffer_text(&record));
        fputs("Keep copies of the file and of its password apart: without both the key is lost.\n",
              tool->err);
    }
    buffer_release(&record);
    return true;
}

static bool write_key(struct tool *tool, const struct key_place *place, const struct secret *secret,
                      struct bytes password, struct error *err)
{
    struct buffer path = {0};
    bool ok = keys_write(&path, place, secret, password, err) &&
              put_key(tool, secret, buffer_text(&path), place->validator, err);

    buffer_release(&path);
    return ok;
}

bool key_new(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    struct buffer directory = {0};
    struct password password = {0};
    struct secret secret = {0};
    struct key_place place;
    bool ok;

    ok = place_of(&place, &directory, arguments, err);
    if (ok) {
        place.validator = arguments_has(arguments, "--validator");
        ok = password_get(&password, arguments_value(arguments, "--password-file"),
                          "Password for the new key: ", true, err) &&
             keys_secret_new(&secret, err) &&
             write_key(tool, &place, &secret, password_bytes(&password), err);
    }
    mem_wipe(&secret, sizeof secret);
    password_wipe(&password);
    buffer_release(&directory);
    return ok;
}

bool key_list(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    struct buffer directory = {0};
    struct key_list list = {0};
    json_t *json = json_array();
    bool ok = keys_directory(&directory, arguments_value(arguments, "--key-dir"), err) &&
              keys_list(&list, buffer_text(&directory), err);

    for (size_t i = 0; ok && i < list.count; i++) {
        const struct key_entry *entry = &list.entry[i];
        char text[ADDRESS_TEXT];

        address_format(text, &entry->address);
        if (!tool->json)
            fprintf(tool->out, "%s  %s%s\n", text, entry->path,
                    entry->validator ? "  (validator)" : "");
        else if (json_array_append_new(json,
                                       json_pack("{ss,ss,sb}", "address", text, "file", entry->path,
                                                 "validator", entry->validator ? 1 : 0)) != 0)
            ok = error_set(err, ERROR_USAGE, "%s: --json needs paths in UTF-8", entry->path);
    }
    if (ok && tool->json)
        tool_put_json(tool, json_incref(json));
    else if (ok && list.count == 0)
        fprintf(tool->err, "No keys in %s; make one with: cairn key new\n",
                buffer_text(&directory));
    json_decref(json);
    keys_list_release(&list);
    buffer_release(&directory);
    return ok;
}

/* 64 digits, 0x or not; space and newlines around them are an editor's. */
static bool secret_of_text(struct secret *out, struct bytes text, struct error *err)
{
    struct error hex_err = {0};

    while (text.size > 0 && isspace(text.at[0]))
        text = bytes_from(text, 1);
    while (text.size > 0 && isspace(text.at[text.size - 1]))
        text.size--;
    if (text.size > 2 && text.at[0] == '0' && (text.at[1] == 'x' || text.at[1] == 'X'))
        text = bytes_from(text, 2);
    /* The parser's own words could show a part of the secret. */
    if (!hex_parse_plain(out->byte, sizeof out->byte, text, &hex_err))
        return error_set(err, ERROR_KEY, "neither a key file's JSON nor a secret of 64 hex digits");
    return secret_check(out) ||
           error_set(err, ERROR_KEY, "the secret is not a number from 1 to n - 1");
}

static bool is_json(struct bytes text)
{
    while (text.size > 0 && isspace(text.at[0]))
        text = bytes_from(text, 1);
    return text.size > 0 && text.at[0] == '{';
}

static bool import_check_new(const struct key_place *place, const struct secret *secret,
                             struct error *err)
{
    struct key_list list = {0};
    struct address address;
    bool ok = true;

    if (place->file)
        return true;
    if (!secret_address(&address, secret) || !keys_list(&list, place->directory, err))
        return false;
    for (size_t i = 0; i < list.count && ok; i++) {
        if (address_equal(&list.entry[i].address, &address))
            ok = error_set(err, ERROR_KEYFILE, "this key is there already: %s", list.entry[i].path);
    }
    keys_list_release(&list);
    return ok;
}

/* A key file keeps its password: what opens it locks the new file. */
static bool import_secret(struct secret *secret, struct password *password, struct bytes content,
                          const char *password_file, struct error *err)
{
    bool json = is_json(content);

    if (!json && !secret_of_text(secret, content, err))
        return false;
    if (!password_get(password, password_file,
                      json ? "Password of the key file: " : "Password for the key: ", !json, err))
        return false;
    return !json || keyfile_decode(secret, content, password_bytes(password), err);
}

bool key_import(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    const char *from = arguments->word_count > 0 ? arguments->word[0] : "-";
    struct buffer directory = {0};
    struct buffer content = {0};
    struct password password = {0};
    struct secret secret = {0};
    struct key_place place;
    bool ok = place_of(&place, &directory, arguments, err) &&
              secret_read_all(&content, from, KEYFILE_SIZE_MAX, err);

    if (ok)
        ok = import_secret(&secret, &password, buffer_bytes(&content),
                           arguments_value(arguments, "--password-file"), err) ||
             error_wrap(err, "%s", strcmp(from, "-") == 0 ? "standard input" : from);
    ok = ok && import_check_new(&place, &secret, err) &&
         write_key(tool, &place, &secret, password_bytes(&password), err);
    mem_wipe(&secret, sizeof secret);
    password_wipe(&password);
    secret_release(&content);
    buffer_release(&directory);
    return ok;
}

/* With the password the address is worked out from the key itself, not read from the file. */
static bool address_of_file(struct address *out, const char *path, const char *password_file,
                            struct error *err)
{
    struct password password = {0};
    struct secret secret = {0};
    bool ok;

    if (!password_file)
        return keys_address(out, path, err);
    ok = password_get(&password, password_file, "", false, err) &&
         keys_open(&secret, path, password_bytes(&password), err) && secret_address(out, &secret);
    mem_wipe(&secret, sizeof secret);
    password_wipe(&password);
    return ok;
}

bool key_address(struct tool *tool, const struct arguments *arguments, struct error *err)
{
    struct buffer directory = {0};
    struct buffer path = {0};
    struct address address;
    char text[ADDRESS_TEXT];
    bool ok = keys_directory(&directory, arguments_value(arguments, "--key-dir"), err) &&
              keys_find(&path, buffer_text(&directory), arguments->word[0], err) &&
              address_of_file(&address, buffer_text(&path),
                              arguments_value(arguments, "--password-file"), err);

    if (ok) {
        address_format(text, &address);
        if (tool->json)
            tool_put_json(tool, json_pack("{ss}", "address", text));
        else
            fprintf(tool->out, "%s\n", text);
    }
    buffer_release(&path);
    buffer_release(&directory);
    return ok;
}
