/* SPDX-License-Identifier: Apache-2.0 */
/* The invisible mark: kernel against kernel to the bit, transforms against sums, the code against
 * noise, and marks that are read after what happens to pictures. */
#include "media/delta.h"
#include "watermark/mark_file.h"
#include "watermark/reading.h"
#include "watermark/shape.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD 0x0123456789abcdefu
#define WIDTH 800u
#define HEIGHT 600u

static uint32_t random_u32(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 32);
}

static float random_float(uint64_t *seed)
{
    return (float)random_u32(seed) / 4294967296.0F - 0.5F;
}

static jz_watermark_key *key_of(uint8_t byte)
{
    uint8_t secret[JZ_WATERMARK_SECRET_SIZE];
    jz_watermark_key *k = NULL;
    memset(secret, byte, sizeof secret);
    assert_int_equal(jz_watermark_key_make(secret, &k, NULL), JZ_OK);
    return k;
}

/* ---- kernels ---- */

/* Everything that a table makes of the same random numbers. */
static void run_table(const jz_wm_dsp *dsp, float *out)
{
    static float re[JZ_WM_FFT * JZ_WM_BATCH], im[JZ_WM_FFT * JZ_WM_BATCH], twiddle[2 * JZ_WM_FFT];
    static uint8_t px[1000], label[2 * JZ_WM_STATES], took[JZ_WM_STATES];
    float sum[64], basis[64], step[64], gain[16];
    uint64_t seed = 7;
    for (size_t i = 0; i < JZ_ARRAY_LEN(re); i++) {
        re[i] = random_float(&seed);
        im[i] = random_float(&seed);
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(twiddle); i++)
        twiddle[i] = random_float(&seed);
    for (size_t i = 0; i < sizeof px; i++)
        px[i] = (uint8_t)random_u32(&seed);
    for (size_t i = 0; i < sizeof label; i++)
        label[i] = random_u32(&seed) & 15;
    for (size_t i = 0; i < 64; i++) {
        basis[i] = random_float(&seed);
        step[i] = 1 + random_float(&seed);
        sum[i] = random_float(&seed);
        gain[i % 16] = random_float(&seed);
    }
    dsp->fft(re, im, twiddle);
    dsp->add_bytes(px, 0.3F, sizeof px - 3, re);
    dsp->slide(re + 64, re + 128, 0.7F, 64, sum, im);
    dsp->quantise(re + 8, 32, basis, step);
    dsp->step(re + 2048, gain, label, re + 8192, took);
    for (size_t i = 0; i < JZ_WM_STATES; i++)
        im[1024 + i] = took[i];
    memcpy(out, re, sizeof re);
    memcpy(out + JZ_ARRAY_LEN(re), im, sizeof im);
}

static void test_every_table_gives_the_same_bits(void **state)
{
    static float c[2 * JZ_WM_FFT * JZ_WM_BATCH], other[2 * JZ_WM_FFT * JZ_WM_BATCH];
    (void)state;
    run_table(jz_wm_dsp_at(0), c);
    for (size_t t = 1; jz_wm_dsp_at(t) != NULL; t++) {
        run_table(jz_wm_dsp_at(t), other);
        if (memcmp(c, other, sizeof c) != 0)
            fail_msg("table %s gives other bits", jz_wm_dsp_at(t)->name);
    }
}

/* ---- transforms ---- */

static void test_spectrum_is_a_fourier_transform(void **state)
{
    (void)state;
    static const int bins[][2] = {
        { 0, 0 }, { 10, -11 }, { 100, 37 }, { 372, -372 }, { 371, 372 }
    };
    jz_auto(jz_wm_fft) *fft = NULL;
    JZ_WM_FIELD_AUTO z = { 0 };
    JZ_WM_SPECTRUM_AUTO s = { 0 };
    uint64_t seed = 3;
    assert_int_equal(jz_wm_fft_new(jz_wm_dsp_best(), &fft, NULL), JZ_OK);
    assert_int_equal(jz_wm_field_init(1100, 45, &z, NULL), JZ_OK); /* wider than what repeats */
    assert_int_equal(jz_wm_spectrum_init(&s, NULL), JZ_OK);
    for (uint32_t y = 0; y < z.height; y++)
        for (uint32_t x = 0; x < z.width; x++)
            z.v[y * z.stride + x] = random_float(&seed);
    jz_wm_forward(fft, &z, 0, &s.re, &s.im);
    for (size_t i = 0; i < JZ_ARRAY_LEN(bins); i++) {
        double re = 0, im = 0;
        for (uint32_t y = 0; y < z.height; y++)
            for (uint32_t x = 0; x < z.width; x++) {
                const double turns = (bins[i][0] * ((double)x - z.width / 2) +
                                      bins[i][1] * ((double)y - z.height / 2)) /
                                     1024;
                re += (double)z.v[y * z.stride + x] * cos(turns * 6.283185307179586);
                im -= (double)z.v[y * z.stride + x] * sin(turns * 6.283185307179586);
            }
        const size_t at = jz_wm_bin(&s.re, bins[i][0], bins[i][1]);
        assert_true(fabs((double)s.re.v[at] - re) < 1e-3);
        assert_true(fabs((double)s.im.v[at] - im) < 1e-3);
    }
}

static void test_waves_add_up_and_their_peak_is_found(void **state)
{
    (void)state;
    static float sum[JZ_WM_FFT * JZ_WM_FFT];
    static const jz_wm_wave waves[] = { { 13, -200, 0.5F, 0.25F }, { 255, 511, -1, 0.125F } };
    jz_wm_wave peaks[40];
    jz_auto(jz_wm_fft) *fft = NULL;
    uint64_t seed = 5;
    uint32_t x, y;
    assert_int_equal(jz_wm_fft_new(jz_wm_dsp_best(), &fft, NULL), JZ_OK);
    jz_wm_sum_waves(fft, waves, 2, sum);
    for (unsigned i = 0; i < 50; i++) {
        const uint32_t px = random_u32(&seed) % 1024, py = random_u32(&seed) % 1024;
        double want = 0;
        for (size_t w = 0; w < 2; w++) {
            const double turn =
                (waves[w].kx * (double)px + waves[w].ky * (double)py) / 1024 * 6.283185307179586;
            want += (double)waves[w].re * cos(turn) - (double)waves[w].im * sin(turn);
        }
        assert_true(fabs((double)sum[py * 1024 + px] - want) < 1e-4);
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(peaks); i++) { /* all of them largest at (300, 500) */
        peaks[i] = (jz_wm_wave){ .kx = 11 + (int)i, .ky = (int)(random_u32(&seed) % 200) - 100 };
        const double turn = (peaks[i].kx * 300.0 + peaks[i].ky * 500.0) / 1024 * 6.283185307179586;
        peaks[i].re = (float)cos(turn);
        peaks[i].im = (float)-sin(turn);
    }
    jz_wm_find_peak(fft, peaks, JZ_ARRAY_LEN(peaks), 2, &x, &y);
    assert_int_equal(x, 300);
    assert_int_equal(y, 500);
}

/* ---- tones, code, tag ---- */

static void test_tones_keep_their_distance(void **state)
{
    (void)state;
    double power = 0;
    jz_auto(jz_watermark_key) *k = key_of(9);
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        const jz_wm_tone *t = &k->tone[i];
        assert_true(t->kx >= 10 && abs(t->ky) >= 10);
        assert_true(t->radius > (i < JZ_WM_PILOTS ? 46 : 54) && t->radius < 242);
        power += 0.5 * (double)t->amplitude * (double)t->amplitude;
        for (size_t j = 0; j < i; j++)
            assert_true(hypot(t->kx - k->tone[j].kx, t->ky - k->tone[j].ky) > 4.19);
    }
    assert_true(fabs(power - 1) < 1e-5);
}

/* What every later version must make of the same key: marks outlive programs. */
static void test_tones_of_a_key_are_for_ever(void **state)
{
    (void)state;
    jz_auto(jz_watermark_key) *k = key_of(9);
    const jz_wm_tone *first = &k->tone[0], *last = &k->tone[JZ_WM_TONES - 1];
    assert_int_equal(first->kx, 32);
    assert_int_equal(first->ky, 62);
    assert_true(fabs(first->turns - 0.657877462) < 1e-9);
    assert_int_equal(last->kx, 187);
    assert_int_equal(last->ky, 125);
    assert_true(fabs(last->turns - 0.121852744) < 1e-9);
    assert_int_equal(k->bit[0], 291);
    assert_int_equal(k->bit[JZ_WM_DATA - 1], 134);
    assert_false(k->flipped[0]);
}

typedef struct message {
    uint8_t bits[JZ_WM_MESSAGE_BITS];
    unsigned asked;
} message;

static bool is_message(void *user, const uint8_t bits[JZ_WM_MESSAGE_BITS])
{
    message *m = user;
    m->asked++;
    return memcmp(m->bits, bits, sizeof m->bits) == 0;
}

/* Messages that come back when each bit of the code is sent as +-1 with noise of that size. */
static unsigned decoded_of(unsigned n, float noise)
{
    unsigned good = 0;
    uint64_t seed = 11;
    for (unsigned i = 0; i < n; i++) {
        message m = { 0 };
        uint8_t code[JZ_WM_CODE_BITS];
        float llr[JZ_WM_CODE_BITS];
        bool right = false;
        for (size_t b = 0; b < sizeof m.bits; b++)
            m.bits[b] = random_u32(&seed) & 1;
        jz_wm_encode(m.bits, code);
        for (size_t b = 0; b < JZ_WM_CODE_BITS; b++) {
            float gauss = 0;
            for (unsigned j = 0; j < 12; j++)
                gauss += random_float(&seed);
            llr[b] = (code[b] != 0 ? -1.0F : 1.0F) + noise * gauss;
        }
        assert_int_equal(jz_wm_decode(jz_wm_dsp_best(), llr, is_message, &m, &right, NULL), JZ_OK);
        assert_true(m.asked <= JZ_WM_ASKED_MAX);
        good += right;
    }
    return good;
}

static void test_code_corrects_a_fifth_of_wrong_bits(void **state)
{
    (void)state;
    assert_int_equal(decoded_of(20, 0), 20);
    assert_true(decoded_of(40, 1.15F) >= 38); /* 19 % of the bits are wrong */
    assert_int_equal(decoded_of(10, 4), 0);
}

static void test_tag_holds_every_bit_of_the_payload(void **state)
{
    (void)state;
    uint8_t bits[JZ_WM_MESSAGE_BITS];
    uint64_t payload = 0;
    jz_auto(jz_watermark_key) *k = key_of(1);
    jz_auto(jz_watermark_key) *other = key_of(2);
    jz_wm_message(k, PAYLOAD, bits);
    assert_true(jz_wm_message_open(k, bits, &payload));
    assert_true(payload == PAYLOAD);
    assert_false(jz_wm_message_open(other, bits, &payload));
    for (size_t i = 0; i < sizeof bits; i++) {
        bits[i] ^= 1;
        assert_false(jz_wm_message_open(k, bits, &payload));
        bits[i] ^= 1;
    }
}

/* ---- key files ---- */

static jz_status parse(const char *text)
{
    jz_auto(jz_watermark_key) *k = NULL;
    return jz_watermark_key_parse((jz_bytes){ (const uint8_t *)text, strlen(text) }, &k, NULL);
}

#define ZEROS "00000000000000000000000000000000"

static void test_key_file_says_what_is_wrong(void **state)
{
    (void)state;
    JZ_BUF_AUTO text = { 0 };
    const jz_watermark_key *k = key_of(0);
    jz_buf_puts(&text, "jianzhen mark key 1\nid ");
    for (size_t i = 0; i < JZ_WATERMARK_KEY_ID_SIZE; i++)
        jz_buf_printf(&text, "%02x", jz_watermark_key_id(k)[i]);
    jz_buf_puts(&text, "\nsecret " ZEROS ZEROS "\n");
    jz_watermark_key_free((jz_watermark_key *)(uintptr_t)k);
    assert_int_equal(parse(text.ptr), JZ_OK);
    jz_buf_puts(&text, "x");
    assert_int_equal(parse(text.ptr), JZ_E_CORRUPT);
    assert_int_equal(parse(""), JZ_E_CORRUPT);
    assert_int_equal(parse("jianzhen mark key 1\n"), JZ_E_TRUNCATED);
    assert_int_equal(parse("jianzhen mark key 1\nid 0011223344556677\nsecret " ZEROS ZEROS "\n"),
                     JZ_E_MISMATCH);
    assert_int_equal(parse("jianzhen mark key 1\nid 001122334455667g\nsecret " ZEROS ZEROS "\n"),
                     JZ_E_CORRUPT);
}

/* ---- pictures ---- */

typedef struct picture {
    uint8_t *px;
    uint32_t width, height;
} picture;

static picture new_picture(uint32_t width, uint32_t height)
{
    picture p = { calloc((size_t)width * height, 3), width, height };
    assert_non_null(p.px);
    return p;
}

static jz_plane plane_of(const picture *p)
{
    return (jz_plane){ p->px, p->width, p->height, (size_t)p->width * 3, 3 };
}

/* Hills, edges and grain. */
static picture draw(uint64_t seed)
{
    picture p = new_picture(WIDTH, HEIGHT);
    for (uint32_t y = 0; y < HEIGHT; y++)
        for (uint32_t x = 0; x < WIDTH; x++) {
            const double far = hypot((double)x - 500, (double)y - 250);
            const double hill =
                128 + 60 * sin(x / 37.0) * cos(y / 53.0 + x / 200.0) + (far < 120 ? 40 : 0);
            const double grain = 10 * (double)random_float(&seed) * (x > WIDTH / 3 ? 2 : 0.5);
            for (unsigned c = 0; c < 3; c++)
                p.px[3 * (y * WIDTH + x) + c] =
                    (uint8_t)fmin(fmax(hill + grain + 10.0 * c - 10, 0), 255);
        }
    return p;
}

static void mark(picture *p, const jz_watermark_key *k, uint64_t payload)
{
    const jz_wm_dsp *dsp = jz_wm_dsp_best();
    const jz_plane plane = plane_of(p);
    jz_auto(jz_wm_fft) *fft = NULL;
    jz_wm_pattern pattern = { 0 };
    jz_wm_shaped shaped;
    JZ_WM_FIELD_AUTO luma = { 0 };
    JZ_WM_FIELD_AUTO change = { 0 };
    assert_int_equal(jz_wm_fft_new(dsp, &fft, NULL), JZ_OK);
    assert_int_equal(jz_wm_shown(dsp, &plane, 1, &luma, NULL), JZ_OK);
    assert_int_equal(jz_wm_pattern_make(k, payload, "seed", 4, fft, &pattern, NULL), JZ_OK);
    const jz_wm_marker m = { dsp, fft, k, &pattern };
    assert_int_equal(jz_wm_shape(&m, &plane, 1, &luma, &change, &shaped, NULL), JZ_OK);
    const jz_delta d = { change.v, change.width, change.height, change.stride,
                         jz_wm_unit(p->width, p->height) };
    for (uint32_t i = 0; i < p->width * p->height * 3; i++) {
        const float v = (float)p->px[i] +
                        jz_delta_at(&d, p->width, p->height, i / 3 % p->width, i / 3 / p->width);
        p->px[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5F);
    }
    jz_wm_pattern_done(&pattern);
}

static picture marked(const jz_watermark_key *k)
{
    picture p = draw(1);
    mark(&p, k, PAYLOAD);
    return p;
}

static jz_watermark_reading read_as(const picture *p, uint32_t orientation, jz_watermark_key *k)
{
    jz_watermark_reading r;
    const jz_plane plane = plane_of(p);
    assert_int_equal(jz_watermark_read_plane(&plane, orientation, &k, 1, &r, NULL), JZ_OK);
    return r;
}

static jz_watermark_reading expect_found(const picture *p, uint32_t orientation,
                                         jz_watermark_key *k)
{
    const jz_watermark_reading r = read_as(p, orientation, k);
    assert_int_equal(r.state, JZ_WATERMARK_FOUND);
    assert_true(r.payload == PAYLOAD);
    return r;
}

/* Bilinear: pixel (x, y) of the result is at m (x, y) of the source, from both middles. */
static picture warp(const picture *p, uint32_t width, uint32_t height, const double m[4])
{
    picture out = new_picture(width, height);
    for (uint32_t i = 0; i < width * height; i++) {
        const double dx = i % width - (width - 1) / 2.0, dy = i / width - (height - 1) / 2.0;
        const double sx = m[0] * dx + m[1] * dy + (p->width - 1) / 2.0;
        const double sy = m[2] * dx + m[3] * dy + (p->height - 1) / 2.0;
        if (sx < 0 || sy < 0 || sx >= p->width - 1 || sy >= p->height - 1)
            continue;
        const uint32_t x = (uint32_t)sx, y = (uint32_t)sy;
        for (unsigned c = 0; c < 3; c++) {
            const uint8_t *q = p->px + 3 * ((size_t)y * p->width + x) + c;
            const double top = q[0] + (sx - x) * (q[3] - q[0]);
            const uint8_t *b = q + (size_t)3 * p->width;
            const double bottom = b[0] + (sx - x) * (b[3] - b[0]);
            out.px[3 * i + c] = (uint8_t)(top + (sy - y) * (bottom - top) + 0.5);
        }
    }
    return out;
}

static void test_a_mark_is_read_and_hardly_changes_anything(void **state)
{
    (void)state;
    jz_auto(jz_watermark_key) *k = key_of(4);
    picture was = draw(1), is = marked(k);
    double square = 0;
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT * 3; i++)
        square += (was.px[i] - is.px[i]) * (was.px[i] - is.px[i]);
    assert_true(10 * log10(255 * 255 / (square / (WIDTH * HEIGHT * 3.0))) > 40.3);
    const jz_watermark_reading r = expect_found(&is, 1, k);
    assert_true(fabs(r.turn_degrees) < 0.1 && fabs(r.scale - 1) < 0.001 && !r.mirrored);
    free(was.px);
    free(is.px);
}

static void test_a_mark_is_read_as_stored_in_every_orientation(void **state)
{
    (void)state;
    jz_auto(jz_watermark_key) *k = key_of(4);
    picture p = marked(k);
    for (uint32_t o = 1; o <= 8; o++) {
        const jz_watermark_reading r = expect_found(&p, o, k);
        assert_int_equal(r.mirrored, o == 2 || o == 4 || o == 5 || o == 7);
    }
    free(p.px);
}

static void test_a_mark_survives_what_is_done_to_pictures(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t width, height;
        double m[4];
        double turn, scale;
    } ways[] = {
        { "half the size", 400, 300, { 2, 0, 0, 2 }, 0, 1 },
        { "larger", 1100, 825, { 0.7273, 0, 0, 0.7273 }, 0, 1 },
        { "cropped to half", 566, 424, { 1, 0, 0, 1 }, 0, 1.4142 },
        { "turned by 5 degrees", 800, 600, { 0.99619, 0.08716, -0.08716, 0.99619 }, 5, 1 },
        { "turned by 37 degrees", 800, 600, { 0.79864, 0.60182, -0.60182, 0.79864 }, 37, 1 },
        { "upside down", 800, 600, { -1, 0, 0, -1 }, 180, 1 },
        { "narrower", 720, 600, { 1.1111, 0, 0, 1 }, 0, 1 },
    };
    jz_auto(jz_watermark_key) *k = key_of(4);
    picture p = marked(k);
    for (size_t i = 0; i < JZ_ARRAY_LEN(ways); i++) {
        picture q = warp(&p, ways[i].width, ways[i].height, ways[i].m);
        const jz_watermark_reading r = read_as(&q, 1, k);
        if (r.state != JZ_WATERMARK_FOUND || r.payload != PAYLOAD)
            fail_msg("%s: %s, pilots %.1f", ways[i].name, jz_watermark_state_name(r.state),
                     r.pilots);
        if (fabs(fabs(r.turn_degrees) - ways[i].turn) > 0.3 ||
            fabs(r.scale / ways[i].scale - 1) > 0.01)
            fail_msg("%s: by %.2f degrees, scale %.4f", ways[i].name, r.turn_degrees, r.scale);
        free(q.px);
    }
    free(p.px);
}

static void test_a_mark_on_a_page_is_found_with_its_place(void **state)
{
    (void)state;
    static const double wanted[] = { 150, 100, 150 + WIDTH, 100 + HEIGHT };
    jz_auto(jz_watermark_key) *k = key_of(4);
    picture p = marked(k), page = new_picture(1100, 800);
    memset(page.px, 250, (size_t)page.width * page.height * 3);
    for (uint32_t y = 0; y < HEIGHT; y++)
        memcpy(page.px + 3 * ((size_t)(y + 100) * page.width + 150), p.px + (size_t)y * WIDTH * 3,
               (size_t)WIDTH * 3);
    const jz_watermark_reading r = expect_found(&page, 1, k);
    for (unsigned i = 0; i < 4; i++)
        if (fabs(r.region[i] - wanted[i]) > 50)
            fail_msg("edge %u at %.0f, not %.0f", i, r.region[i], wanted[i]);
    free(p.px);
    free(page.px);
}

static void test_another_key_finds_nothing(void **state)
{
    (void)state;
    jz_auto(jz_watermark_key) *k = key_of(4);
    jz_auto(jz_watermark_key) *other = key_of(5);
    picture p = marked(k), plain = draw(2);
    assert_int_not_equal(read_as(&p, 1, other).state, JZ_WATERMARK_FOUND);
    assert_int_equal(read_as(&plain, 1, k).state, JZ_WATERMARK_NOT_FOUND);
    free(p.px);
    free(plain.px);
}

static void test_what_holds_no_mark_cannot_tell(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {
        { 1, 1 }, { 1, 4000 }, { 40, 3000 }, { 90, 90 }, { 3200, 100 }
    };
    jz_auto(jz_watermark_key) *k = key_of(4);
    for (size_t i = 0; i < JZ_ARRAY_LEN(sizes); i++) {
        picture p = new_picture(sizes[i][0], sizes[i][1]);
        assert_int_equal(read_as(&p, 1, k).state, JZ_WATERMARK_CANNOT_TELL);
        free(p.px);
    }
    picture flat = new_picture(640, 480);
    memset(flat.px, 200, (size_t)640 * 480 * 3);
    assert_string_equal(read_as(&flat, 1, k).reason, "the picture is of one colour");
    free(flat.px);
}

static void test_a_failed_allocation_is_an_error(void **state)
{
    (void)state;
    jz_auto(jz_watermark_key) *k = key_of(4);
    picture large = draw(1), p = warp(&large, 200, 150, (double[]){ 4, 0, 0, 4 });
    free(large.px);
    const jz_plane plane = plane_of(&p);
    for (unsigned n = 0;; n++) {
        jz_watermark_reading r;
        jz_watermark_key *keys[] = { k };
        jz_fault_arm(n);
        const jz_status st = jz_watermark_read_plane(&plane, 1, keys, 1, &r, NULL);
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
    }
    free(p.px);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_table_gives_the_same_bits),
        cmocka_unit_test(test_spectrum_is_a_fourier_transform),
        cmocka_unit_test(test_waves_add_up_and_their_peak_is_found),
        cmocka_unit_test(test_tones_keep_their_distance),
        cmocka_unit_test(test_tones_of_a_key_are_for_ever),
        cmocka_unit_test(test_code_corrects_a_fifth_of_wrong_bits),
        cmocka_unit_test(test_tag_holds_every_bit_of_the_payload),
        cmocka_unit_test(test_key_file_says_what_is_wrong),
        cmocka_unit_test(test_a_mark_is_read_and_hardly_changes_anything),
        cmocka_unit_test(test_a_mark_is_read_as_stored_in_every_orientation),
        cmocka_unit_test(test_a_mark_survives_what_is_done_to_pictures),
        cmocka_unit_test(test_a_mark_on_a_page_is_found_with_its_place),
        cmocka_unit_test(test_another_key_finds_nothing),
        cmocka_unit_test(test_what_holds_no_mark_cannot_tell),
        cmocka_unit_test(test_a_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
