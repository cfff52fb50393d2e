#include "place.h"

#include <cairn/file.h>

#include <errno.h>
#include <ftw.h>
#include <inttypes.h>

static bool place_directory(struct place *place, const struct config *config, struct error *err)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    struct buffer path = {0};

    if (config->temporary) {
        const char *parent = getenv("TMPDIR");

        buffer_printf(&path, "%s/cairn-dev-XXXXXX", parent && *parent ? parent : "/tmp");
        (void)buffer_text(&path);
        if (!mkdtemp((char *)path.at)) {
            error_system(err, errno, "--temporary: making %s", (char *)path.at);
            buffer_release(&path);
            return false;
        }
        place->temporary = true;
    } else if (config->data_dir) {
        buffer_put_text(&path, config->data_dir);
    } else if (data && *data) {
        buffer_printf(&path, "%s/cairn/%" PRIu64, data, place->genesis.chain_id);
    } else if (home && *home) {
        buffer_printf(&path, "%s/.local/share/cairn/%" PRIu64, home, place->genesis.chain_id);
    } else {
        return error_set(err, ERROR_USAGE,
                         "neither XDG_DATA_HOME nor HOME is set: say where by --data-dir DIR");
    }
    place->directory = mem_text(buffer_text(&path));
    buffer_clear(&path);
    buffer_printf(&path, "%s/chain", place->directory);
    place->chain_is_new = !file_exists(buffer_text(&path));
    buffer_release(&path);
    return true;
}

bool place_open(struct place *place, const struct config *config, struct error *err)
{
    *place = (struct place){0};
    place->genesis_is_good =
        config->dev ? genesis_parse(&place->genesis, genesis_dev_text(), "genesis/dev.json", err)
                    : genesis_load(&place->genesis, config->genesis, err);
    if (!place->genesis_is_good && err->code == ERROR_IO) {
        error_wrap(err, "--genesis");
        err->code = ERROR_USAGE; /* what was named, not the disk, is wrong */
    }
    return place->genesis_is_good && place_directory(place, config, err);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    (void)at;
    return remove(path);
}

void place_close(struct place *place)
{
    if (place->temporary && place->directory)
        nftw(place->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    mem_free(place->directory);
    if (place->genesis_is_good)
        genesis_release(&place->genesis);
    *place = (struct place){0};
}

int place_exit_code(enum error_code code)
{
    switch ((int)code) {
    case ERROR_USAGE:
    case ERROR_GENESIS:
        return 2;
    case ERROR_STORE_BUSY:
    case ERROR_STORE_FOREIGN:
    case ERROR_STORE_GENESIS:
    case ERROR_STORE_SCHEMA:
        return 3;
    case ERROR_KEY:
    case ERROR_KEYFILE:
    case ERROR_PASSWORD:
    case ERROR_RECORD:
        return 4;
    default:
        return 1;
    }
}
