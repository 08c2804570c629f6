/* SPDX-License-Identifier: Apache-2.0 */
/* jz mark: the invisible mark, written and read. There is no command that removes one. */
#include "cli/cmd_mark.h"

#include <jz/hash.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/newfile.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/mark_record.h"
#include "cli/out.h"
#include "cli/target.h"
#include "cli/text.h"
#include "examine/item_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

static const char *arg_key, *arg_keys, *arg_payload, *arg_out;
static bool arg_json, arg_quiet, arg_force;

/* ---- keys and payloads ---- */

jz_status jz_mark_keys_open(const char *home, const char *folder, jz_watermark_keys *out,
                            jz_err *err)
{
    jz_auto(char) *found = NULL, *own = NULL;
    if (folder != NULL)
        return jz_watermark_keys_open(folder, out, err);
    JZ_TRY(jz_home_find(home, &found, err));
    JZ_TRY(jz_path_join(found, JZ_MARK_KEYS_FOLDER, &own, err));
    return jz_watermark_keys_open(own, out, err);
}

jz_status jz_mark_payload_read(const char *text, uint64_t *out, jz_err *err)
{
    uint8_t bytes[8];
    uint64_t v = 0;
    if (text != NULL && !jz_hex_decode(text, strlen(text), bytes, sizeof bytes))
        return JZ_FAIL(err, JZ_E_INVAL, "--payload: '%s' is not 16 hex digits", text);
    if (text == NULL) {
        if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
            return JZ_FAIL(err, JZ_E_IO, "random bytes: %s", strerrordesc_np(errno));
        bytes[0] = JZ_MARK_PAYLOAD_DRAWN; /* which form of payload, and 56 bits of chance */
    }
    for (size_t i = 0; i < sizeof bytes; i++)
        v = v << 8 | bytes[i];
    *out = v;
    return JZ_OK;
}

uint64_t jz_mark_payload_of_id(const char *id)
{
    uint8_t digest[JZ_SHA256_SIZE];
    uint64_t v = JZ_MARK_PAYLOAD_OF_ID;
    jz_sha256(id, strlen(id), digest);
    for (size_t i = 0; i < 7; i++)
        v = v << 8 | digest[i];
    return v;
}

/* ---- answers ---- */

static void put_key(jz_json *j, const jz_watermark_key *k)
{
    jz_json_put_hex(j, "key", jz_watermark_key_id(k), JZ_WATERMARK_KEY_ID_SIZE);
}

static void put_payload(jz_json *j, uint64_t payload)
{
    char text[17];
    (void)snprintf(text, sizeof text, "%016" PRIx64, payload);
    jz_json_put_str(j, "payload", text);
}

void jz_mark_put_written(jz_json *j, const jz_watermark_written *w)
{
    jz_json_key(j, "invisible_mark");
    jz_json_begin_object(j);
    put_payload(j, w->read.payload);
    jz_json_put_f64(j, "psnr_db", w->psnr_db, 2);
    jz_json_put_f64(j, "strength", w->read.strength, 2);
    jz_json_put_u64(j, "frames", w->frames);
    jz_json_end_object(j);
}

void jz_mark_put_reading(jz_json *j, const jz_watermark_reading *r, jz_watermark_key *const *keys)
{
    jz_json_put_str(j, "mark", jz_watermark_state_name(r->state));
    if (r->state == JZ_WATERMARK_CANNOT_TELL)
        jz_json_put_str(j, "reason", r->reason);
    jz_json_put_u64(j, "frames", r->frames);
    jz_json_put_f64(j, "pilots", r->pilots, 2);
    if (r->state != JZ_WATERMARK_FOUND)
        return;
    put_payload(j, r->payload);
    put_key(j, keys[r->key]);
    jz_json_put_f64(j, "strength", r->strength, 2);
    jz_json_key(j, "geometry");
    jz_json_begin_object(j);
    jz_json_put_f64(j, "turn_degrees", r->turn_degrees, 2);
    jz_json_put_f64(j, "scale", r->scale, 4);
    jz_json_put_f64(j, "stretch", r->stretch, 4);
    jz_json_put_bool(j, "mirrored", r->mirrored);
    jz_json_end_object(j);
    jz_json_key(j, "region");
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(r->region); i++)
        jz_json_f64(j, r->region[i], 0);
    jz_json_end_array(j);
}

/* ---- write ---- */

typedef struct marker {
    jz_target target;
    jz_sandbox *sandbox;
    jz_watermark_key *key;
    jz_watermark_keys known;
    jz_govern *g; /* where it is recorded; NULL = nowhere */
} marker;

static jz_status write_file(const marker *m, int fd, uint64_t payload, const char *path,
                            jz_watermark_written *out, jz_err *err)
{
    struct stat sb;
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    const jz_watermark_opts opts = {
        .key = m->key, .payload = payload, .known = m->known.key, .n_known = m->known.n
    };
    if (fstat(fd, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s", strerrordesc_np(errno));
    JZ_TRY(jz_newfile_open(path, sb.st_mode & 0777, &f, err));
    JZ_TRY(jz_watermark_write(m->sandbox, fd, &opts, f.fd, out, err));
    return jz_newfile_commit(&f, arg_force, err);
}

static void answer_written(const marker *m, const jz_batch_file *f, const char *path,
                           uint64_t payload, const jz_watermark_written *w, const jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, f->path, f->len);
    if (err->code == JZ_OK) {
        jz_json_put_str(&j, "output", path);
        put_payload(&j, payload);
        put_key(&j, m->key);
        jz_json_put_u64(&j, "frames", w->frames);
        jz_json_put_f64(&j, "psnr_db", w->psnr_db, 2);
        jz_json_put_f64(&j, "strength", w->read.strength, 2);
    }
    jz_item_json_error(&j, err);
    jz_json_end_object(&j);
    jz_batch_line(&line);
}

static void say_written(const char *path, uint64_t payload, const jz_watermark_written *w)
{
    JZ_BUF_AUTO line = { 0 };
    jz_text_path(&line, path, strlen(path));
    jz_buf_printf(&line, "  %016" PRIx64 "  %.1f dB", payload, w->psnr_db);
    if (w->frames > 1)
        jz_buf_printf(&line, "  %" PRIu64 " frames", w->frames);
    jz_batch_line(&line);
}

static jz_batch_answer mark_one(void *user, const jz_batch_file *f)
{
    const marker *m = user;
    uint64_t payload = 0;
    jz_watermark_written written = { 0 };
    jz_auto(char) *path = NULL;
    jz_err err = *f->err;
    if (f->fd >= 0) {
        err.code = jz_mark_payload_read(arg_payload, &payload, &err);
        if (err.code == JZ_OK)
            err.code = jz_target_of(&m->target, f, &path, &err);
        if (err.code == JZ_OK)
            err.code = write_file(m, f->fd, payload, path, &written, &err);
        if (err.code == JZ_OK && m->g != NULL)
            err.code = jz_mark_record_file(m->g, m->key, payload, "", f->fd, path, &err);
    }
    if (arg_json)
        answer_written(m, f, path, payload, &written, &err);
    else if (err.code == JZ_OK && path != NULL)
        say_written(path, payload, &written);
    if (err.code != JZ_OK)
        jz_batch_failure(f, &err);
    return err.code == JZ_OK ? JZ_ANSWER_YES : JZ_ANSWER_FAILED;
}

static bool is_known(const marker *m)
{
    for (size_t i = 0; i < m->known.n; i++)
        if (memcmp(jz_watermark_key_id(m->known.key[i]), jz_watermark_key_id(m->key),
                   JZ_WATERMARK_KEY_ID_SIZE) == 0)
            return true;
    return false;
}

/* The key that marks is always among those that are looked for. */
static jz_status open_keys(marker *m, jz_err *err)
{
    JZ_TRY(jz_watermark_key_open(arg_key, &m->key, err));
    if (arg_keys != NULL)
        JZ_TRY(jz_watermark_keys_open(arg_keys, &m->known, err));
    return is_known(m) ? JZ_OK : jz_watermark_keys_add(&m->known, arg_key, err);
}

static int mark_all(marker *m, int argc, char **argv)
{
    jz_err err = { 0 };
    jz_alloc_keep();
    if (open_keys(m, &err) != JZ_OK || jz_sandbox_open(NULL, NULL, &m->sandbox, &err) != JZ_OK ||
        (jz_mark_arg_record && jz_govern_reach(true, &m->g, &err) != JZ_OK))
        return jz_out_error(&err);
    const jz_batch_opts opts = { .word = "marked",
                                 .quiet = arg_quiet,
                                 .skip = m->target.below ? arg_out : NULL };
    return jz_mark_record_end(m->g, jz_batch_run(argv, argc, &opts, mark_one, m));
}

static int run_mark(int argc, char **argv)
{
    marker m = { 0 };
    uint64_t payload;
    jz_err err = { 0 };
    if (arg_key == NULL)
        return jz_out_wanted("jz mark", "--key FILE is missing (jz mark key makes one)");
    if (jz_target_choose(argc, argv, arg_out, &m.target, &err) != JZ_OK ||
        jz_mark_payload_read(arg_payload, &payload, &err) != JZ_OK)
        return jz_out_usage("jz mark", &err);
    const int code = mark_all(&m, argc, argv);
    jz_sandbox_close(m.sandbox);
    jz_watermark_key_free(m.key);
    jz_watermark_keys_done(&m.known);
    jz_govern_close(m.g);
    return code;
}

/* ---- read ---- */

typedef struct reader {
    jz_decoder *decoder;
    jz_watermark_keys keys;
} reader;

static void answer_read(const reader *r, const jz_batch_file *f, const jz_watermark_reading *found,
                        const jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, f->path, f->len);
    if (err->code == JZ_OK)
        jz_mark_put_reading(&j, found, r->keys.key);
    jz_item_json_error(&j, err);
    jz_json_end_object(&j);
    jz_batch_line(&line);
}

static void say_read(const reader *r, const jz_batch_file *f, const jz_watermark_reading *found)
{
    JZ_BUF_AUTO line = { 0 };
    jz_text_path(&line, f->path, f->len);
    if (found->state == JZ_WATERMARK_FOUND) {
        jz_buf_printf(&line, "  found  %016" PRIx64 "  key ", found->payload);
        jz_hex_put(&line, jz_watermark_key_id(r->keys.key[found->key]), JZ_WATERMARK_KEY_ID_SIZE);
    } else if (found->state == JZ_WATERMARK_CANNOT_TELL) {
        jz_buf_printf(&line, "  cannot tell: %s", found->reason);
    } else {
        jz_buf_puts(&line, "  not found");
    }
    jz_batch_line(&line);
}

static jz_batch_answer read_one(void *user, const jz_batch_file *f)
{
    const reader *r = user;
    jz_watermark_reading found = { 0 };
    jz_err err = *f->err;
    if (f->fd >= 0)
        err.code = jz_watermark_read(r->decoder, f->fd, r->keys.key, r->keys.n, &found, &err);
    if (arg_json)
        answer_read(r, f, &found, &err);
    else if (err.code == JZ_OK)
        say_read(r, f, &found);
    if (err.code != JZ_OK) {
        jz_batch_failure(f, &err);
        return JZ_ANSWER_FAILED;
    }
    return found.state == JZ_WATERMARK_FOUND ? JZ_ANSWER_YES : JZ_ANSWER_NO;
}

static int run_read(int argc, char **argv)
{
    reader r = { 0 };
    jz_err err = { 0 };
    jz_auto(jz_sandbox) *sandbox = NULL;
    jz_auto(jz_decoder) *d = NULL;
    jz_alloc_keep();
    if (argc == 0)
        return jz_out_wanted("jz mark read", "a path is missing");
    if (jz_mark_keys_open(jz_case_home, arg_keys, &r.keys, &err) != JZ_OK)
        return jz_out_error(&err);
    int code = JZ_EXIT_ENV;
    if (jz_sandbox_open(NULL, NULL, &sandbox, &err) != JZ_OK ||
        jz_decoder_new(sandbox, &d, &err) != JZ_OK) {
        code = jz_out_error(&err);
    } else {
        const jz_batch_opts opts = { .word = "marked", .quiet = arg_quiet };
        r.decoder = d;
        code = jz_batch_run(argv, argc, &opts, read_one, &r);
    }
    jz_watermark_keys_done(&r.keys);
    return code;
}

/* ---- key ---- */

static int run_key(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[2 * JZ_WATERMARK_KEY_ID_SIZE + 1];
    jz_auto(jz_watermark_key) *k = NULL;
    if (argc != 1)
        return jz_out_wanted("jz mark key", "the name of one new file is wanted");
    if (jz_watermark_key_new(argv[0], &k, &err) != JZ_OK)
        return jz_out_error(&err);
    jz_hex_encode(jz_watermark_key_id(k), JZ_WATERMARK_KEY_ID_SIZE, id);
    printf("%s  key %s\n", argv[0], id);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- rows ---- */

static const jz_opt mark_options[] = {
    { 'o', "output", JZ_OPT_STR, &arg_out, "OUT",
      "where to write: a file, or a folder for several" },
    { 0, "key", JZ_OPT_STR, &arg_key, "FILE", "the key to mark with" },
    { 0, "payload", JZ_OPT_STR, &arg_payload, "HEX16", "64 bits [drawn by lot for each file]" },
    { 0, "keys", JZ_OPT_STR, &arg_keys, "DIR",
      "marks of these keys, too, are not put under another one" },
    JZ_MARK_RECORD_OPT,
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0, "force", JZ_OPT_FLAG, &arg_force, NULL, "replace OUT if it is there" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object a file on stdout" },
    { 'q', "quiet", JZ_OPT_FLAG, &arg_quiet, NULL, "no progress" },
    { 0 },
};
static const jz_opt read_options[] = {
    { 0, "keys", JZ_OPT_STR, &arg_keys, "DIR",
      "the folder of the keys, *.key [$JZ_HOME/" JZ_MARK_KEYS_FOLDER "]" },
    JZ_CASE_HOME_OPT,
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object a file on stdout" },
    { 'q', "quiet", JZ_OPT_FLAG, &arg_quiet, NULL, "no progress" },
    { 0 },
};
static const jz_opt key_options[] = { { 0 } };

static const jz_cmd read_cmd = {
    .name = "read",
    .usage = "[options] PATH...",
    .summary = "look for marks, whatever was done to the picture",
    .details =
        "A mark that is found says that a holder of its key put these 64 bits there. One that\n"
        "is not found says nothing.\n"
        "Exit status: 0 every file has a mark, 1 some file has none that can be read, 3 some\n"
        "file cannot be read.\n",
    .opts = read_options,
    .run = run_read,
};
static const jz_cmd key_cmd = {
    .name = "key",
    .usage = "FILE",
    .summary = "make a new key",
    .details = "Who has it can read marks, forge them and find where they are: keep it like a\n"
               "password.\n",
    .opts = key_options,
    .run = run_key,
};
static const jz_cmd *const subcommands[] = { &read_cmd, &jz_cmd_mark_resolve, &key_cmd, NULL };

const jz_cmd jz_cmd_mark = {
    .name = "mark",
    .usage = "[options] PATH... -o OUT --key FILE",
    .summary = "put an invisible mark into pictures and videos, and read it",
    .details =
        "The mark lies in the brightness of the whole picture and survives recoding, scaling,\n"
        "cropping, turning and screenshots. All else in the file stays. It is read back before\n"
        "OUT appears. A file that is marked already is refused.\n",
    .opts = mark_options,
    .run = run_mark,
    .sub = subcommands,
};
