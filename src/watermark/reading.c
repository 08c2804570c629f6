/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/reading.h"

#include "base/alloc.h"

static void fade_edges(jz_wm_field *z)
{
    float across[JZ_WM_SIDE_MAX];
    for (uint32_t x = 0; x < z->width; x++)
        across[x] = jz_wm_fade(x, z->width, JZ_WM_TAPER);
    for (uint32_t y = 0; y < z->height; y++) {
        const float down = jz_wm_fade(y, z->height, JZ_WM_TAPER);
        float *row = z->v + y * z->stride;
        for (uint32_t x = 0; x < z->width; x++)
            row[x] *= across[x] < down ? across[x] : down;
    }
}

static jz_status prepare(jz_wm_reader *r, jz_err *err)
{
    JZ_TRY(jz_wm_fft_new(r->dsp, &r->fft, err));
    JZ_TRY(jz_wm_spectrum_init(&r->picture, err));
    JZ_TRY(jz_wm_spectrum_fill(r->dsp, r->fft, &r->z, JZ_WM_TAPER, &r->picture, err));
    jz_wm_spectrum_excess(&r->picture);
    fade_edges(&r->z);
    return JZ_OK;
}

jz_status jz_wm_reader_new(const jz_wm_dsp *dsp, jz_wm_field *z, jz_wm_reader **out, jz_err *err)
{
    jz_auto(jz_wm_reader) *r = jz_alloc_zero(1, sizeof *r);
    if (r == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for reading a mark");
    r->dsp = dsp;
    r->z = *z;
    *z = (jz_wm_field){ 0 };
    JZ_TRY(prepare(r, err));
    *out = JZ_TAKE(r);
    return JZ_OK;
}

void jz_wm_reader_free(jz_wm_reader *r)
{
    if (r == NULL)
        return;
    jz_wm_fft_free(r->fft);
    jz_wm_field_done(&r->z);
    jz_wm_spectrum_done(&r->picture);
    jz_wm_spectrum_done(&r->attempt);
    jz_free(r);
}

jz_status jz_wm_read_unmoved(jz_wm_reader *r, const struct jz_watermark_key *k, jz_wm_result *out,
                             jz_err *err)
{
    jz_wm_result result = { 0 };
    JZ_TRY(jz_wm_try(r, k, NULL, false, &result, err));
    *out = result;
    return JZ_OK;
}

typedef struct guesses {
    jz_wm_guess at[JZ_WM_STAGES * JZ_WM_GUESSES];
    size_t n;
} guesses;

static bool is_tried(const guesses *tried, const jz_wm_guess *g)
{
    for (size_t i = 0; i < tried->n; i++)
        if (jz_wm_guess_same(&tried->at[i], g))
            return true;
    return false;
}

/* What one stage guesses and no other did. */
static jz_status read_stage(jz_wm_reader *r, const struct jz_watermark_key *k, jz_wm_stage stage,
                            guesses *tried, jz_wm_result *result, jz_err *err)
{
    jz_wm_guess guess[JZ_WM_GUESSES];
    const size_t n = jz_wm_guess_geometry(&r->picture, k, stage, guess);
    for (size_t i = 0; i < n && !result->found; i++) {
        if (is_tried(tried, &guess[i]))
            continue;
        tried->at[tried->n++] = guess[i];
        JZ_TRY(jz_wm_try(r, k, &guess[i].at, i == 0, result, err));
    }
    return JZ_OK;
}

jz_status jz_wm_read(jz_wm_reader *r, const struct jz_watermark_key *k, jz_wm_result *out,
                     jz_err *err)
{
    jz_wm_result result;
    guesses tried = { .n = 0 };
    JZ_TRY(jz_wm_read_unmoved(r, k, &result, err));
    for (jz_wm_stage stage = 0; stage < JZ_WM_STAGES && !result.found; stage++)
        JZ_TRY(read_stage(r, k, stage, &tried, &result, err));
    *out = result;
    return JZ_OK;
}
