/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/audible_args.h"

#include "cli/input.h"

#include <math.h>
#include <string.h>

const char *jz_audible_arg, *jz_audible_spoken;

jz_status jz_audible_args_read(jz_audible_opts *out, jz_err *err)
{
    static const char *const names[] = {
        [JZ_MARK_AT_START] = "start", [JZ_MARK_AT_END] = "end", [JZ_MARK_AT_BOTH] = "both"
    };
    *out = (jz_audible_opts){ 0 };
    if (jz_audible_arg == NULL)
        return jz_audible_spoken == NULL ? JZ_OK
                                         : JZ_FAIL(err, JZ_E_INVAL, "--spoken is for --audible");
    size_t i = 0;
    while (i < JZ_ARRAY_LEN(names) && strcmp(jz_audible_arg, names[i]) != 0)
        i++;
    if (i == JZ_ARRAY_LEN(names) && jz_audible_arg[0] != '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "--audible: not start, end or both: '%s'", jz_audible_arg);
    out->where = i < JZ_ARRAY_LEN(names) ? (jz_mark_where)i : JZ_MARK_AT_START;
    return JZ_OK;
}

jz_status jz_audible_open(int *fd, jz_err *err)
{
    JZ_TRY_CTX(jz_input_open(jz_audible_spoken, fd, err), err, "--spoken: %s", jz_audible_spoken);
    return JZ_OK;
}

/* ---- report ---- */

static void put_times(jz_buf *out, const jz_audible_mark *m)
{
    jz_buf_printf(out, ", unit %.0f ms, tones", 1000 * m->unit_s);
    for (size_t i = 0; i < JZ_MARK_TONES; i++)
        jz_buf_printf(out, " %.0f", 1000 * m->tone_s[i]);
    jz_buf_puts(out, " ms");
}

void jz_audible_put_text(jz_buf *out, const jz_audible_result *r)
{
    for (unsigned i = 0; i < r->marks; i++) {
        const jz_audible_mark *m = &r->mark[i];
        jz_buf_printf(out, "\n  %-18s %s, %.2f s at %.2f s, %.1f dB", "audible mark",
                      r->spoken ? "spoken" : "rhythm 短长 短短", m->seconds, m->at_s, m->level_db);
        if (isfinite(r->file_level_db))
            jz_buf_printf(out, ", %+.1f dB to the file", m->level_db - r->file_level_db);
        else
            jz_buf_puts(out, ", in a silent file");
        if (r->spoken)
            jz_buf_printf(out, ", likeness %.2f", m->likeness);
        else
            put_times(out, m);
    }
}

static void put_list(jz_json *j, const char *key, const double *v, size_t n)
{
    jz_json_key(j, key);
    jz_json_begin_array(j);
    for (size_t i = 0; i < n; i++)
        jz_json_f64(j, v[i], 3);
    jz_json_end_array(j);
}

static void put_mark(jz_json *j, const jz_audible_result *r, const jz_audible_mark *m)
{
    jz_json_begin_object(j);
    jz_json_put_f64(j, "at_s", m->at_s, 3);
    jz_json_put_f64(j, "seconds", m->seconds, 3);
    jz_json_put_f64(j, "level_db", m->level_db, 1);
    jz_json_put_f64(j, "level_to_file_db", m->level_db - r->file_level_db, 1);
    if (r->spoken) {
        jz_json_put_f64(j, "likeness", m->likeness, 3);
    } else {
        jz_json_put_f64(j, "unit_s", m->unit_s, 4);
        put_list(j, "tones_s", m->tone_s, JZ_MARK_TONES);
        put_list(j, "pauses_s", m->pause_s, JZ_MARK_TONES - 1);
    }
    jz_json_end_object(j);
}

void jz_audible_put_json(jz_json *j, const jz_audible_result *r)
{
    jz_json_key(j, "audible_mark");
    jz_json_begin_object(j);
    jz_json_put_str(j, "kind", r->spoken ? "spoken" : "rhythm");
    if (!r->spoken)
        jz_json_put_f64(j, "pitch_hz", r->pitch_hz, 0);
    jz_json_put_str(j, "codec", r->codec);
    jz_json_put_bool(j, "lossless", r->lossless);
    jz_json_put_f64(j, "file_level_db", r->file_level_db, 1);
    jz_json_put_f64(j, "seconds", r->seconds, 3);
    jz_json_key(j, "marks");
    jz_json_begin_array(j);
    for (unsigned i = 0; i < r->marks; i++)
        put_mark(j, r, &r->mark[i]);
    jz_json_end_array(j);
    jz_json_end_object(j);
}
