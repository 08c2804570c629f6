/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to its outcome, in the sandbox. With the models (JZ_TEST_MODELS); faces need the
 * photographs (JZ_TEST_DATA) besides. */
#include "inspect/inspect_json.h"

#include "inspect/evaluate.h"
#include "inspect/face_net.h"
#include "inspect/gates.h"
#include "inspect/inspect_html.h"
#include "inspect/map_contour.h"
#include "inspect/tracks.h"

#include "face_fixture.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static face_fixture fixture;

typedef struct bed { /* what files are inspected with */
    jz_sandbox *sandbox;
    jz_decoder *decoder;
    jz_face_finder *finder;
} bed;

/* False where the models are not there. */
static bool ready(bed *b)
{
    const char *models = getenv("JZ_TEST_MODELS");
    *b = (bed){ 0 };
    if (models == NULL)
        return false;
    assert_int_equal(jz_sandbox_open(NULL, NULL, &b->sandbox, NULL), JZ_OK);
    assert_int_equal(jz_decoder_new(b->sandbox, &b->decoder, NULL), JZ_OK);
    assert_int_equal(jz_face_finder_open(models, &b->finder, NULL), JZ_OK);
    return true;
}

static void bed_done(bed *b)
{
    jz_face_finder_close(b->finder);
    jz_decoder_free(b->decoder);
    jz_sandbox_close(b->sandbox);
}

static jz_status inspect(bed *b, const char *folder, const char *file, const jz_inspect_opts *opts,
                         jz_inspection *in)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    *in = (jz_inspection){ 0 };
    const jz_status st = jz_inspect(b->decoder, b->finder, fd, opts, in, NULL);
    (void)close(fd);
    return st;
}

static const char *source_folder(void)
{
    static char path[4096];
    const char *root = getenv("JZ_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/data/media", root != NULL ? root : ".");
    return path;
}

static void test_outcomes_have_their_words(void **state)
{
    (void)state;
    assert_string_equal(jz_outcome_name(JZ_OUTCOME_UNSUITABLE), "unsuitable");
    assert_string_equal(jz_outcome_name(JZ_OUTCOME_NO_SUPPORT), "no support either way");
    assert_string_equal(jz_outcome_name(JZ_OUTCOME_UNMODIFIED_WEAK), "supports unmodified (weak)");
    assert_string_equal(jz_outcome_name(JZ_OUTCOME_REPLACED_WEAK), "supports replacement (weak)");
    assert_string_equal(jz_outcome_name(JZ_OUTCOME_REPLACED_MODERATE),
                        "supports replacement (moderate)");
    assert_string_equal(jz_outcome_name((jz_outcome)77), "unsuitable");
}

/* Two faces in one frame, one of them measured, without any model. */
static void made_up(jz_inspection *in, jz_face_exam faces[2])
{
    *in = (jz_inspection){ .hashed = true,
                           .quality = "still-lossy",
                           .frames = 1,
                           .face = faces,
                           .n = 2,
                           .outcome = JZ_OUTCOME_REPLACED_WEAK,
                           .reason = "log10 LR 0.50" };
    in->info = (jz_media_info){ .format = jz_format_by_name("jpeg"), .width = 640, .height = 480 };
    for (size_t i = 0; i < 2; i++) {
        faces[i] = (jz_face_exam){ .face = { .x = 10, .y = 20, .width = 100, .height = 100 } };
        for (size_t k = 0; k < JZ_MEASURES; k++)
            faces[i].measured[k] = (jz_measured){ .why = "too few pixels" };
    }
    faces[0].measured[0] =
        (jz_measured){ .valid = true, .value = -1.25, .referenced = true, .percentile = 3 };
    faces[0].outcome = JZ_OUTCOME_REPLACED_WEAK;
    faces[1].gate_failed[JZ_GATE_SIZE] = true;
}

static void test_report_says_what_it_is_and_what_it_is_not(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "not a forensic opinion",
        "supports replacement (weak)",
        "弱支持人脸被替换",
        "1 固定保全",
        "2 样本提取",
        "3 元数据检验",
        "特征检测",
        "综合分析",
        "9 鉴定意见",
        "an &lt;odd&gt; name",
        "data:image/bmp;base64,AAAA",
        "-1.250",
        "3 %",
        "too few pixels",
        "too small",
        "889a224560ef6028",
        "min-face 64",
    };
    jz_inspection in;
    jz_face_exam faces[2];
    JZ_BUF_AUTO out = { 0 };
    const jz_err none = { 0 };
    const jz_inspect_opts opts = { 0 };
    const jz_inspect_shot shot = { 0, 640, 480, "data:image/bmp;base64,AAAA" };
    made_up(&in, faces);
    jz_inspect_html(
        &out, &in,
        &(jz_inspect_page){
            .path = "an <odd> name", .opts = &opts, .shot = &shot, .n_shots = 1, .error = &none });
    assert_int_equal(out.fail, JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(wanted); i++)
        if (strstr(out.ptr, wanted[i]) == NULL)
            fail_msg("no '%s' in the report", wanted[i]);
    assert_null(strstr(out.ptr, "<script"));
    assert_null(strstr(out.ptr, "://"));
    assert_null(strstr(out.ptr, "fake"));
}

static jz_face_exam seen(uint64_t frame, uint32_t shot, float x, double value)
{
    jz_face_exam f = { .face = { .x = x, .width = 100, .height = 100 },
                       .frame = frame,
                       .shot = shot,
                       .outcome = JZ_OUTCOME_NO_SUPPORT };
    f.measured[0] = (jz_measured){ .valid = true, .value = value };
    return f;
}

static void test_map_is_drawn_as_closed_lines(void **state)
{
    (void)state;
    jz_face_exam x = { .map_corner = { { 100, 200 }, { 260, 200 }, { 100, 360 } } };
    JZ_BUF_AUTO none = { 0 };
    JZ_BUF_AUTO one = { 0 };
    jz_map_contour(&none, &x, 0.5f);
    assert_int_equal(none.len, 0);
    x.map[3 * JZ_MAP_SIDE + 5] = 1; /* its middle: 155, 235; half way to its neighbours: 5 pixels */
    jz_map_contour(&one, &x, 0.5f);
    assert_string_equal(one.ptr, "M155.0 230.0L150.0 235.0M160.0 235.0L155.0 230.0"
                                 "M150.0 235.0L155.0 240.0M160.0 235.0L155.0 240.0");
}

/* The one in models/: what its card says of it, and its bits, the same on every processor. */
static void test_network_of_the_tree_gives_the_same_bits(void **state)
{
    (void)state;
    static const char hash[] = "0348e6ed2b455e2b174226e34ecace8f401f6ab5cbd05aaace81a13e38d60122";
    static const char result[] = "cc4059fc37b3127fa1eed1c6cf924d52085c69b1ab4db35d07546550fddabb39";
    char path[4096], hex[2 * JZ_SHA256_SIZE + 1];
    const char *root = getenv("JZ_SOURCE");
    jz_auto(jz_face_net) *net = NULL;
    jz_pyramid p = { 0 };
    struct {
        float map[JZ_MAP_SIDE * JZ_MAP_SIDE];
        double score;
    } out = { 0 };
    (void)snprintf(path, sizeof path, "%s/models/face-blend.jznn", root != NULL ? root : ".");
    assert_int_equal(jz_face_net_open(path, &net, NULL), JZ_OK);
    jz_hex_encode(jz_face_net_sha256(net), JZ_SHA256_SIZE, hex);
    assert_string_equal(hex, hash);
    assert_true(jz_nn_macs(net->nn) <= 150000000);
    face_fixture_init(&fixture, 3);
    assert_int_equal(jz_pyramid_init(&fixture.plane, &p, NULL), JZ_OK);
    const jz_square s = jz_face_net_square(&fixture.mesh);
    assert_true(fabs(s.x - 240) < 1 && fabs(s.y - 240) < 1 && fabs(s.side - 1.3 * 312) < 3);
    assert_int_equal(jz_face_net_look(net, &p, &s, &out.score, out.map, NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(out.map); i++)
        assert_true(out.map[i] >= 0 && out.map[i] <= 1);
    uint8_t digest[JZ_SHA256_SIZE];
    jz_sha256(&out, sizeof out, digest);
    jz_hex_encode(digest, sizeof digest, hex);
    assert_string_equal(hex, result);
    jz_pyramid_done(&p);
}

/* Neither a damaged file, nor another version, nor another network is taken for one. */
static void test_wrong_networks_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* of the byte that is changed */
        jz_status st;
    } wrong[] = { { 0, JZ_E_CORRUPT }, { 4, JZ_E_UNSUPPORTED }, { 5000, JZ_E_MISMATCH } };
    char from[4096], path[] = "/tmp/jz-network-XXXXXX";
    const char *root = getenv("JZ_SOURCE");
    JZ_BUF_AUTO file = { 0 };
    jz_face_net *net = NULL;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    (void)snprintf(from, sizeof from, "%s/models/face-blend.jznn", root != NULL ? root : ".");
    assert_int_equal(jz_file_read(from, JZ_NN_FILE_MAX, &file, NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(wrong); i++) {
        file.ptr[wrong[i].at] ^= 8;
        assert_int_equal(jz_file_write(path, file.ptr, file.len, NULL), JZ_OK);
        assert_int_equal(jz_face_net_open(path, &net, NULL), wrong[i].st);
        file.ptr[wrong[i].at] ^= 8;
    }
    assert_int_equal(jz_file_write(path, file.ptr, file.len / 2, NULL), JZ_OK);
    assert_int_equal(jz_face_net_open(path, &net, NULL), JZ_E_MISMATCH);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(jz_face_net_open(path, &net, NULL), JZ_E_NOTFOUND);
}

static void test_faces_are_followed_within_a_shot(void **state)
{
    (void)state;
    jz_face_exam faces[] = {
        seen(0, 0, 0, 1),    seen(0, 0, 300, 5),  /* two people */
        seen(24, 0, 310, 7), seen(24, 0, 20, 3),  /* the same, the better one first */
        seen(48, 0, 30, 8),                       /* one has left */
        seen(72, 1, 30, 9),                       /* another shot */
        seen(96, 1, 600, 0), seen(96, 1, 610, 2), /* none goes on; never two in one track */
    };
    static const uint32_t tracks[] = { 0, 1, 1, 0, 0, 2, 3, 4 };
    jz_inspection in = { .face = faces, .n = JZ_ARRAY_LEN(faces) };
    jz_measured mean[JZ_MEASURES];
    faces[4].outcome = JZ_OUTCOME_UNSUITABLE; /* its value does not count */
    jz_tracks_link(&in);
    assert_int_equal(in.tracks, 5);
    for (size_t i = 0; i < in.n; i++)
        assert_int_equal(faces[i].track, tracks[i]);
    assert_int_equal(jz_track_mean(&in, 0, mean), 2);
    assert_true(mean[0].valid && mean[0].value == 2 && !mean[1].valid);
    assert_int_equal(jz_track_mean(&in, 7, mean), 0);
}

static void test_shots_change_where_the_picture_does(void **state)
{
    (void)state;
    jz_shots s = { 0 };
    face_fixture_init(&fixture, 1);
    assert_int_equal(jz_shots_next(&s, &fixture.plane), 0);
    assert_int_equal(jz_shots_next(&s, &fixture.plane), 0);
    for (size_t i = 0; i < sizeof fixture.px; i++)
        fixture.px[i] = (uint8_t)(fixture.px[i] / 4);
    assert_int_equal(jz_shots_next(&s, &fixture.plane), 1);
    assert_int_equal(jz_shots_next(&s, &fixture.plane), 1);
}

/* The gates of the fixture as changed by the caller. */
static bool gates_of(face_fixture *f, float presence, jz_face_exam *x)
{
    jz_pyramid p = { 0 };
    jz_face_view v = { 0 }, small = { 0 };
    jz_face face = { .x = 120, .y = 120, .width = 240, .height = 240, .score = 1 };
    static const uint16_t points[][2] = { { 33, 133 }, { 263, 362 }, { 1, 1 }, { 13, 14 } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(points); i++)
        for (size_t k = 0; k < 2; k++)
            face.point[i][k] = (f->mesh.at[points[i][0]][k] + f->mesh.at[points[i][1]][k]) / 2;
    assert_int_equal(jz_pyramid_init(&f->plane, &p, NULL), JZ_OK);
    assert_int_equal(jz_face_view_init(&p, &f->mesh, 0, &v, NULL), JZ_OK);
    assert_int_equal(jz_face_view_init(&p, &f->mesh, JZ_GATE_VIEW, &small, NULL), JZ_OK);
    *x = (jz_face_exam){ .outcome = JZ_OUTCOME_NO_SUPPORT };
    jz_mesh_outline(&f->mesh, x->outline);
    const jz_face_views views = { &v, &v, true, NULL };
    const bool passed =
        jz_gates_check(&(jz_gate_input){ &views, &small, &face, &f->mesh, presence }, x);
    jz_face_view_done(&v);
    jz_face_view_done(&small);
    jz_pyramid_done(&p);
    assert_true(passed == (x->outcome != JZ_OUTCOME_UNSUITABLE));
    return passed;
}

static void test_whole_sharp_face_passes_the_gates(void **state)
{
    (void)state;
    jz_face_exam x;
    face_fixture_init(&fixture, 1);
    if (!gates_of(&fixture, 0.99f, &x))
        fail_msg("%s", x.reason);
    assert_string_equal(x.reason, "");
}

static void test_each_gate_stops_what_it_names(void **state)
{
    (void)state;
    jz_face_exam x;
    face_fixture_init(&fixture, 2);
    assert_false(gates_of(&fixture, 0.5f, &x));
    assert_true(x.gate_failed[JZ_GATE_OCCLUSION] && strstr(x.reason, "covered") != NULL);
    memset(fixture.px, 128, sizeof fixture.px);
    assert_false(gates_of(&fixture, 1, &x));
    assert_true(x.gate_failed[JZ_GATE_BLUR] && strstr(x.reason, "blurred") != NULL);
    memset(fixture.px, 0, sizeof fixture.px);
    assert_false(gates_of(&fixture, 1, &x));
    assert_true(x.gate_failed[JZ_GATE_EXPOSURE]);

    face_fixture_init(&fixture, 2); /* the same in three colours, as a drawing has */
    for (size_t i = 0; i < sizeof fixture.px; i++)
        fixture.px[i] = fixture.px[i] < 100 ? 60 : fixture.px[i] < 150 ? 120 : 200;
    assert_false(gates_of(&fixture, 1, &x));
    assert_true(x.gate_failed[JZ_GATE_SHADES] && strstr(x.reason, "drawn") != NULL);

    face_fixture_init(&fixture, 3);
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        fixture.mesh.at[i][0] -= 150;
    assert_false(gates_of(&fixture, 1, &x));
    assert_true(x.gate_failed[JZ_GATE_BORDER] && !x.gate_failed[JZ_GATE_SIZE]);

    face_fixture_init(&fixture, 4);
    fixture.mesh.at[454][2] = 400; /* one side of the head far behind the other */
    assert_false(gates_of(&fixture, 1, &x));
    assert_true(x.gate_failed[JZ_GATE_POSE]);

    face_fixture_init(&fixture, 5);
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        for (size_t k = 0; k < 2; k++)
            fixture.mesh.at[i][k] = 240 + (fixture.mesh.at[i][k] - 240) / 5;
    assert_false(gates_of(&fixture, 1, &x));
    assert_true(x.gate_failed[JZ_GATE_SIZE] && strstr(x.reason, "too small") != NULL);
}

static void test_picture_without_a_face_is_unsuitable(void **state)
{
    (void)state;
    static const char *const files[] = { "rgb.png",  "grey.png",    "cmyk.jpg",
                                         "grey.jpg", "orient6.png", "anim.gif" };
    bed b;
    if (!ready(&b))
        skip();
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        jz_inspection in;
        assert_int_equal(inspect(&b, source_folder(), files[i], NULL, &in), JZ_OK);
        assert_int_equal(in.outcome, JZ_OUTCOME_UNSUITABLE);
        assert_non_null(strstr(in.reason, "no face"));
        assert_true(in.hashed && in.n == 0 && in.frames >= 1);
        jz_inspection_done(&in);
    }
    bed_done(&b);
}

static void test_video_is_looked_at_all_over_its_length(void **state)
{
    (void)state;
    bed b;
    if (!ready(&b))
        skip();
    jz_inspection in;
    const jz_inspect_opts opts = { .max_frames = 4 };
    assert_int_equal(inspect(&b, source_folder(), "h264.mp4", &opts, &in), JZ_OK);
    assert_true(in.frames > 1 && in.frames <= 4);
    assert_true(strncmp(in.quality, "video-", 6) == 0);
    assert_int_equal(in.outcome, JZ_OUTCOME_UNSUITABLE);
    jz_inspection_done(&in);
    bed_done(&b);
}

static void test_what_is_no_picture_is_an_error_and_unsuitable(void **state)
{
    (void)state;
    bed b;
    if (!ready(&b))
        skip();
    jz_inspection in = { 0 };
    jz_err err = { 0 };
    const int fd = memfd_create("text", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, "no picture", 10) == 10);
    assert_int_equal(jz_inspect(b.decoder, b.finder, fd, NULL, &in, &err), JZ_E_NOT_MEDIA);
    assert_int_equal(in.outcome, JZ_OUTCOME_UNSUITABLE);
    assert_string_equal(in.reason, "no picture could be read");
    jz_inspection_done(&in);
    (void)close(fd);
    bed_done(&b);
}

static void test_photograph_abstains_and_says_why(void **state)
{
    (void)state;
    bed b;
    const char *data = getenv("JZ_TEST_DATA");
    char folder[4096];
    if (data == NULL || !ready(&b))
        skip();
    (void)snprintf(folder, sizeof folder, "%s/faces", data);
    jz_inspection in, again;
    assert_int_equal(inspect(&b, folder, "df-img10.jpg", NULL, &in), JZ_OK);
    assert_int_equal(in.n, 1);
    assert_int_equal(in.outcome, JZ_OUTCOME_NO_SUPPORT);
    assert_non_null(strstr(in.reason, "no calibration data"));
    assert_string_equal(in.quality, "still-lossy");
    for (size_t i = 0; i < JZ_MEASURES; i++)
        assert_true(in.face[0].measured[i].valid || in.face[0].measured[i].why != NULL);

    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO second = { 0 };
    jz_json j = { .out = &first }, k = { .out = &second };
    jz_json_begin_object(&j);
    jz_inspect_json(&j, &in, &(jz_inspect_opts){ 0 });
    jz_json_end_object(&j);
    assert_int_equal(inspect(&b, folder, "df-img10.jpg", NULL, &again), JZ_OK);
    jz_json_begin_object(&k);
    jz_inspect_json(&k, &again, &(jz_inspect_opts){ 0 });
    jz_json_end_object(&k);
    assert_string_equal(first.ptr, second.ptr);
    assert_null(strstr(first.ptr, "fake"));
    jz_inspection_done(&in);
    jz_inspection_done(&again);
    bed_done(&b);
}

/* A calibration of made-up numbers, in which this photograph is nothing special or very much so. */
static jz_calibration *made_calibration(double mean)
{
    jz_calibration *c = jz_alloc_zero(1, sizeof *c);
    assert_non_null(c);
    c->n = 1;
    jz_calibrated_class *cls = &c->cls[0];
    (void)snprintf(cls->name, sizeof cls->name, "still-lossy");
    cls->unmodified = cls->replaced = 300;
    cls->sources = 3;
    jz_calibrated_measure *m = &cls->measure[0]; /* inner_sharpness */
    *m = (jz_calibrated_measure){ .there = true, .mean = mean, .spread = 0.5, .weight = 2 };
    for (size_t q = 0; q < JZ_QUANTILES; q++)
        m->quantile[q] = mean + ((double)q - 10) / 10;
    return c;
}

static void test_calibration_gives_words_and_percentiles(void **state)
{
    (void)state;
    bed b;
    const char *data = getenv("JZ_TEST_DATA");
    char folder[4096];
    if (data == NULL || !ready(&b))
        skip();
    (void)snprintf(folder, sizeof folder, "%s/faces", data);
    static const struct {
        double mean;
        jz_outcome outcome;
    } cases[] = { { 0, JZ_OUTCOME_UNMODIFIED_WEAK }, { 9, JZ_OUTCOME_REPLACED_MODERATE } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        jz_auto(jz_calibration) *c = made_calibration(cases[i].mean);
        const jz_inspect_opts opts = { .calibration = c };
        jz_inspection in;
        assert_int_equal(inspect(&b, folder, "df-img10.jpg", &opts, &in), JZ_OK);
        assert_int_equal(in.outcome, cases[i].outcome);
        assert_true(in.face[0].calibrated && in.face[0].measured[0].referenced);
        assert_false(in.face[0].measured[1].referenced);
        assert_true((in.face[0].measured[0].percentile == 0) == (cases[i].mean > 5));
        assert_true(in.face[0].log10_lr >= -2 && in.face[0].log10_lr <= 2);
        jz_inspection_done(&in);
        c->cls[0].sources = 1; /* now it has too little */
        assert_int_equal(inspect(&b, folder, "df-img10.jpg", &opts, &in), JZ_OK);
        assert_int_equal(in.outcome, JZ_OUTCOME_NO_SUPPORT);
        assert_non_null(strstr(in.reason, "too little"));
        jz_inspection_done(&in);
    }
    bed_done(&b);
}

static void test_manifest_becomes_items_and_pairs_of_blends(void **state)
{
    (void)state;
    bed b;
    const char *data = getenv("JZ_TEST_DATA");
    char path[] = "/tmp/jz-manifest-XXXXXX", text[4096];
    if (data == NULL || !ready(&b))
        skip();
    const int fd = mkstemp(path);
    const int n =
        snprintf(text, sizeof text,
                 "%s/faces/df-img10.jpg\tunmodified\ta\tp\nnothing.jpg\treplaced\tb\tq\n", data);
    assert_true(fd >= 0 && n > 0 && write(fd, text, (size_t)n) == n);
    (void)close(fd);
    jz_evaluation e = { 0 };
    const jz_evaluate_opts opts = { .self_blends = 1, .clips = 1, .inspect.faces.quick = true };
    assert_int_equal(jz_evaluate(b.decoder, b.finder, path, &opts, &e, NULL), JZ_OK);
    assert_true(e.failed == 1 && e.n == 5); /* the file; without and with a blend; both as clips */
    for (size_t i = 0; i < e.n; i++) {
        assert_true(e.item[i].suitable && !e.item[i].scored);
        assert_true(e.item[i].replaced == (i == 2 || i == 4));
        assert_true((e.item[i].coding != NULL) == (i >= 3));
    }
    assert_string_equal(e.item[4].coding, "clip-lossless");
    assert_string_equal(e.item[4].quality, "video-high");
    for (size_t i = 1; i < e.n; i += 2)
        assert_true(e.item[i].m[0].value != e.item[i + 1].m[0].value);
    jz_evaluation_done(&e);
    (void)unlink(path);
    bed_done(&b);
}

static void test_crowd_is_cut_off_and_counted(void **state)
{
    (void)state;
    bed b;
    const char *data = getenv("JZ_TEST_DATA");
    char folder[4096];
    if (data == NULL || !ready(&b))
        skip();
    (void)snprintf(folder, sizeof folder, "%s/faces", data);
    jz_inspection in;
    const jz_inspect_opts opts = { .max_faces = 3 };
    assert_int_equal(inspect(&b, folder, "solvay1927.jpg", &opts, &in), JZ_OK);
    assert_true(in.n == 3 && in.faces_left_out >= 20);
    jz_inspection_done(&in);
    bed_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes_have_their_words),
        cmocka_unit_test(test_report_says_what_it_is_and_what_it_is_not),
        cmocka_unit_test(test_map_is_drawn_as_closed_lines),
        cmocka_unit_test(test_network_of_the_tree_gives_the_same_bits),
        cmocka_unit_test(test_wrong_networks_are_told_apart),
        cmocka_unit_test(test_faces_are_followed_within_a_shot),
        cmocka_unit_test(test_shots_change_where_the_picture_does),
        cmocka_unit_test(test_whole_sharp_face_passes_the_gates),
        cmocka_unit_test(test_each_gate_stops_what_it_names),
        cmocka_unit_test(test_picture_without_a_face_is_unsuitable),
        cmocka_unit_test(test_video_is_looked_at_all_over_its_length),
        cmocka_unit_test(test_what_is_no_picture_is_an_error_and_unsuitable),
        cmocka_unit_test(test_photograph_abstains_and_says_why),
        cmocka_unit_test(test_calibration_gives_words_and_percentiles),
        cmocka_unit_test(test_manifest_becomes_items_and_pairs_of_blends),
        cmocka_unit_test(test_crowd_is_cut_off_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
