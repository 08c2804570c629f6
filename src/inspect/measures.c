/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/measure.h"

#include <assert.h>
#include <math.h>

static const struct {
    jz_measure_class cls;
    jz_measure_fn measure;
} measures[] = {
    { { "inner_sharpness", "eyes, nose, mouth against ring", "octaves",
        "fineness of edges in the inner face against that around the face", false },
      jz_measure_inner_sharpness },
    { { "mouth_sharpness", "mouth against ring", "octaves",
        "fineness of edges at the mouth against that around the face", false },
      jz_measure_mouth_sharpness },
    { { "eye_sharpness", "eyes against ring", "octaves",
        "fineness of edges at the eyes against that around the face", false },
      jz_measure_eye_sharpness },
    { { "high_frequency_tail", "eyes, nose, mouth", "octaves",
        "amplitude of the finest octave against the one below it", false },
      jz_measure_tail },
    { { "noise_ratio", "eyes, nose, mouth against ring", "octaves",
        "noise in the flat parts of the inner face against those around the face", false },
      jz_measure_noise },
    { { "colour_step", "across the jaw", "levels",
        "distance in colour (Cb, Cr) between the skin inside of the jaw and what lies outside",
        false },
      jz_measure_colour_step },
    { { "jpeg_ghost", "face against the rest", "octaves",
        "largest difference of the errors of coding anew (JPEG, 13 qualities)", false },
      jz_measure_ghost },
    { { "double_quantisation", "face against the rest", "part of 1",
        "difference of the periods in the histograms of coefficients (blocks of 8)", false },
      jz_measure_double },
    { { "grid_mismatch", "eyes, nose, mouth against ring", "grey levels",
        "steps at the edges of the surrounding's blocks of 8 that the inner face lacks", false },
      jz_measure_grid },
    { { "origin_peaks", "eyes, nose, mouth", "octaves",
        "strongest period that scaling up leaves, above the usual", false },
      jz_measure_origin },
    { { "pose_difference", "inner points against outline", "sine",
        "angle between the directions of the inner and the outer points of the mesh", false },
      jz_measure_pose },
    { { "network_score", "face and what is around it", "logit",
        "how much the face is like the blends that the network was trained with", true },
      jz_measure_network },
};
_Static_assert(JZ_ARRAY_LEN(measures) == JZ_MEASURES, "one row for each measurement");

const jz_measure_class *jz_measure_class_at(size_t i)
{
    return i < JZ_MEASURES ? &measures[i].cls : NULL;
}

void jz_measure_network(const jz_face_views *v, jz_measured *out)
{
    if (v->network != NULL)
        jz_measured_set(out, *v->network);
    else
        jz_measured_not(out, "there is no network");
}

void jz_measure_face(const jz_face_views *v, jz_measured out[JZ_MEASURES])
{
    for (size_t i = 0; i < JZ_MEASURES; i++) {
        out[i] = (jz_measured){ 0 };
        measures[i].measure(v, &out[i]);
        if (out[i].valid && !isfinite(out[i].value)) /* points of a mesh may be anywhere */
            jz_measured_not(&out[i], "the points make no face");
        assert(out[i].valid || out[i].why != NULL);
    }
}
