/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mark_args.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *jz_mark_arg_visible, *jz_mark_arg_corner, *jz_mark_arg_where;
bool jz_mark_arg_whole, jz_mark_arg_plate, jz_mark_arg_outline;

static jz_status read_corner(jz_mark_corner *out, jz_err *err)
{
    for (jz_mark_corner c = 0; jz_mark_arg_corner != NULL && c <= JZ_MARK_CALMEST; c++) {
        if (strcmp(jz_mark_arg_corner, jz_mark_corner_name(c)) == 0) {
            *out = c;
            return JZ_OK;
        }
    }
    if (jz_mark_arg_corner != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--corner: no corner is called '%s'", jz_mark_arg_corner);
    return JZ_OK;
}

static jz_status read_where(jz_mark_where *out, jz_err *err)
{
    static const char *const names[] = {
        [JZ_MARK_AT_START] = "start", [JZ_MARK_AT_END] = "end", [JZ_MARK_AT_BOTH] = "both"
    };
    for (size_t i = 0; jz_mark_arg_where != NULL && i < JZ_ARRAY_LEN(names); i++) {
        if (strcmp(jz_mark_arg_where, names[i]) == 0) {
            *out = (jz_mark_where)i;
            return JZ_OK;
        }
    }
    if (jz_mark_arg_where != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--where: not start, end or both: '%s'", jz_mark_arg_where);
    return JZ_OK;
}

/* The option of a mark that was given without --visible, or NULL. */
static const char *stray_option(void)
{
    if (jz_mark_arg_visible != NULL)
        return NULL;
    return jz_mark_arg_whole            ? "--whole"
           : jz_mark_arg_corner != NULL ? "--corner"
           : jz_mark_arg_plate          ? "--plate"
           : jz_mark_arg_outline        ? "--outline"
           : jz_mark_arg_where != NULL  ? "--where"
                                        : NULL;
}

jz_status jz_mark_args_read(jz_mark_opts *out, jz_err *err)
{
    const char *text = jz_mark_arg_visible;
    const char *stray = stray_option();
    if (stray != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is for --visible", stray);
    if (jz_mark_arg_plate && jz_mark_arg_outline)
        return JZ_FAIL(err, JZ_E_INVAL, "--plate or --outline, not both");
    *out = (jz_mark_opts){ .text = text != NULL && text[0] != '\0' ? text : NULL,
                           .whole = jz_mark_arg_whole,
                           .style = jz_mark_arg_plate     ? JZ_MARK_PLATE
                                    : jz_mark_arg_outline ? JZ_MARK_OUTLINE
                                                          : JZ_MARK_FITTING };
    JZ_TRY(read_corner(&out->corner, err));
    JZ_TRY(read_where(&out->where, err));
    if (out->text != NULL && !jz_mark_is_complete(out->text))
        (void)fprintf(stderr,
                      "jz: --visible: the text lacks AI or 人工智能, or 生成 or 合成: it is no "
                      "mark by GB 45438\n");
    return JZ_OK;
}

/* ---- report ---- */

void jz_mark_put_text(jz_buf *out, const jz_mark_result *r)
{
    jz_buf_printf(out, "\n  %-18s ", "visible mark");
    if (r->in_text) {
        jz_buf_puts(out, r->placed == 0   ? "the sentence was there already"
                         : r->placed == 1 ? "a sentence of its own"
                                          : "a sentence of its own, at the start and the end");
        return;
    }
    jz_buf_printf(out,
                  "%s, %s, %u x %u pixels at %u, %u; letters of %u pixels, %.1f %% of the shortest "
                  "side; contrast %.1f",
                  jz_mark_style_name(r->style), jz_mark_corner_name(r->corner), r->width, r->height,
                  r->x, r->y, r->ink_height, 100 * r->share, r->contrast);
    if (r->frames > 0)
        jz_buf_printf(out, "; %" PRIu64 " frames, %.2f s", r->frames, r->seconds);
}

void jz_mark_put_json(jz_json *j, const jz_mark_result *r)
{
    jz_json_key(j, "visible_mark");
    jz_json_begin_object(j);
    jz_json_put_str(j, "kind", r->in_text ? "sentence" : "picture");
    if (r->in_text) {
        jz_json_put_u64(j, "placed", r->placed);
        jz_json_end_object(j);
        return;
    }
    jz_json_put_str(j, "style", jz_mark_style_name(r->style));
    jz_json_put_str(j, "corner", jz_mark_corner_name(r->corner));
    jz_json_put_u64(j, "x", r->x);
    jz_json_put_u64(j, "y", r->y);
    jz_json_put_u64(j, "width", r->width);
    jz_json_put_u64(j, "height", r->height);
    jz_json_put_u64(j, "ink_height", r->ink_height);
    jz_json_put_f64(j, "share", r->share, 4);
    jz_json_put_f64(j, "contrast", r->contrast, 2);
    jz_json_put_u64(j, "frames", r->frames);
    jz_json_put_f64(j, "seconds", r->seconds, 3);
    jz_json_end_object(j);
}
