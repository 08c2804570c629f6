/* SPDX-License-Identifier: Apache-2.0 */
/* The change of luma that marks a picture: its tones, stronger where there is texture, as strong as
 * reading after a coarse JPEG wants and the eye allows. */
#ifndef JZ_SHAPE_H
#define JZ_SHAPE_H

#include "watermark/fft2.h"
#include "watermark/tones.h"

/* The sum of all tones for a payload, of power 1: JZ_WM_FFT rows of as many floats. */
typedef struct jz_wm_pattern {
    float *v;    /* owned */
    double x, y; /* where its origin lies, in units: another place for each picture */
    float sign[JZ_WM_DATA];
} jz_wm_pattern;

/* seed: what the origin is drawn from, besides the key. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_pattern_make(const struct jz_watermark_key *k, uint64_t payload,
                                        const void *seed, size_t seed_size, jz_wm_fft *fft,
                                        jz_wm_pattern *out, jz_err *err);
/* The same with its origin where out->x and out->y say. */
JZ_CHECKED jz_status jz_wm_pattern_at(const struct jz_watermark_key *k, uint64_t payload,
                                      jz_wm_fft *fft, jz_wm_pattern *out, jz_err *err);
void jz_wm_pattern_done(jz_wm_pattern *p);

/* The pattern masked by what luma has of texture, so strong that the mean square of the change is
 * that of psnr_db, but not more than most where there is no texture. *out is made here. JZ_E_NOMEM.
 */
JZ_CHECKED jz_status jz_wm_mask(const jz_wm_dsp *dsp, const jz_wm_field *luma, const float *pattern,
                                double psnr_db, double most, jz_wm_field *out, jz_err *err);

/* The change for one frame of a video: a pattern as above, masked, as strong as 42 dB. JZ_E_NOMEM.
 */
JZ_CHECKED jz_status jz_wm_frame_change(const jz_plane *frame, const float *pattern,
                                        jz_wm_field *out, jz_err *err);

typedef struct jz_wm_shaped {
    double psnr_db;
    double strength; /* that is left after the simulated JPEG */
} jz_wm_shaped;

/* What marks. */
typedef struct jz_wm_marker {
    const jz_wm_dsp *dsp;
    jz_wm_fft *fft;
    const struct jz_watermark_key *key;
    const jz_wm_pattern *pattern;
} jz_wm_marker;

/* The change for a still, as strong as needed. picture: as it is stored, of Exif orientation 1 to
 * 8; luma: its raster as it is shown. */
JZ_CHECKED jz_status jz_wm_shape(const jz_wm_marker *m, const jz_plane *picture,
                                 uint32_t orientation, const jz_wm_field *luma, jz_wm_field *out,
                                 jz_wm_shaped *shaped, jz_err *err);
/* Makes a change as strong as the eye allows; false where it is that already. */
bool jz_wm_strengthen(jz_wm_field *change, jz_wm_shaped *shaped);

#define JZ_WM_FRAME_DB 40.5 /* the PSNR of a frame of a video */

#endif
