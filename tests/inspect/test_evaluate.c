/* SPDX-License-Identifier: Apache-2.0 */
/* Figures against values worked out by hand, calibration on numbers that are made up, and the files
 * that go in and come out. No face is needed. */
#include "inspect/evaluate.h"

#include "base/alloc.h"
#include "inspect/measure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void test_auc_counts_pairs_and_halves_ties(void **state)
{
    (void)state;
    jz_scored s[] = {
        { 3, true, 0, 0, 0 }, { 1, false, 0, 0, 1 }, { 2, false, 0, 0, 2 }, { 2, true, 0, 0, 3 }
    };
    jz_scored_sort(s, 4);
    assert_true(near(jz_auc(s, 4), 3.5 / 4));
    assert_true(isnan(jz_auc(s, 1)) && isnan(jz_auc(s, 0)) && isnan(jz_eer(s, 1)));
}

static void test_eer_is_where_both_errors_meet(void **state)
{
    (void)state;
    jz_scored s[20], apart[4];
    for (size_t i = 0; i < 20; i++) /* 2 of 10 on the wrong side, either way */
        s[i] = (jz_scored){ (double)i, (i >= 10) != (i == 8 || i == 9 || i == 10 || i == 11), 0, 0,
                            i };
    assert_true(fabs(jz_eer(s, 20) - 0.2) < 0.01);
    for (size_t i = 0; i < 4; i++)
        apart[i] = (jz_scored){ (double)i, i >= 2, 0, 0, i };
    assert_true(near(jz_eer(apart, 4), 0));
}

static void test_cllr_is_1_without_information(void **state)
{
    (void)state;
    jz_scored s[] = { { 0, true, 0, 0, 0 }, { 0, false, 0, 0, 1 } };
    assert_true(near(jz_cllr(s, 2), 1) && near(jz_cllr_min(s, 2), 1));
    s[0].score = log(9); /* log2(1 + 1/9) each */
    s[1].score = -log(9);
    jz_scored_sort(s, 2);
    assert_true(near(jz_cllr(s, 2), log2(1 + 1.0 / 9)));
    assert_true(near(jz_cllr_min(s, 2), 0)); /* no overlap: the best mapping is certain */
    s[1].score = -1e6;                       /* the replaced one */
    assert_true(jz_cllr(s, 2) > 1e5);
}

static void test_best_mapping_pools_what_goes_the_wrong_way(void **state)
{
    (void)state;
    /* Scores 1..4: no, yes, no, yes; the middle two become one pool of a half. */
    jz_scored s[] = {
        { 1, false, 0, 0, 0 }, { 2, true, 0, 0, 1 }, { 3, false, 0, 0, 2 }, { 4, true, 0, 0, 3 }
    };
    assert_true(near(jz_cllr_min(s, 4), 0.5)); /* one of two of each kind costs 1 */
}

static void test_bootstrap_takes_whole_groups(void **state)
{
    (void)state;
    jz_scored s[40];
    jz_interval a, b;
    for (size_t i = 0; i < 40; i++)
        s[i] = (jz_scored){ (double)(i * 7 % 40), i % 2 == 0, (uint32_t)(i / 2), 7, i };
    jz_scored_sort(s, 40);
    const double auc = jz_auc(s, 40);
    assert_int_equal(jz_bootstrap(jz_auc, s, 40, false, 500, &a, NULL), JZ_OK);
    assert_true(a.groups == 20 && a.low < auc && auc < a.high && a.high - a.low < 0.6);
    assert_int_equal(jz_bootstrap(jz_auc, s, 40, false, 500, &b, NULL), JZ_OK);
    assert_true(a.low == b.low && a.high == b.high);
    assert_int_equal(jz_bootstrap(jz_auc, s, 40, true, 500, &b, NULL), JZ_OK);
    assert_true(b.groups == 1 && isnan(b.low)); /* one person says nothing of others */
}

/* ---- made-up items: replaced ones lie 2 spreads off, half of them to either side ---- */

static double noise(uint64_t i) /* about normal, of spread 1 */
{
    double sum = 0;
    for (uint64_t k = 0; k < 12; k++) {
        uint64_t z = (i * 12 + k + 1) * UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        sum += (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
    }
    return sum - 6;
}

static void make_items(jz_evaluation *e, size_t n, uint32_t sources, double off)
{
    *e = (jz_evaluation){ 0 };
    e->item = jz_alloc_zero(n, sizeof *e->item);
    assert_non_null(e->item);
    e->n = n;
    for (size_t i = 0; i < n; i++) {
        jz_eval_item *t = &e->item[i];
        *t = (jz_eval_item){ .row = i,
                             .replaced = i % 2 == 1,
                             .source = (uint32_t)(i / 2) % sources,
                             .identity = (uint32_t)(1000 + i / 4),
                             .quality = "still-lossy",
                             .suitable = true };
        for (size_t k = 0; k < JZ_MEASURES; k++)
            t->m[k] = (jz_measured){ .valid = true, .value = noise(i * JZ_MEASURES + k) };
        if (t->replaced)
            t->m[0].value += i % 4 == 1 ? off : -off;
    }
}

static void test_deviation_to_either_side_is_learnt(void **state)
{
    (void)state;
    jz_evaluation e;
    jz_eval_figures f;
    make_items(&e, 400, 5, 3);
    assert_int_equal(jz_evaluate_score(&e, NULL), JZ_OK);
    assert_int_equal(jz_eval_figures_of(&e, NULL, &f, NULL), JZ_OK);
    assert_true(f.auc > 0.9 && f.by_source.low > 0.8 && f.by_source.groups == 5);
    assert_true(f.cllr < 0.7 && f.cllr_min <= f.cllr && f.eer < 0.2);
    assert_true(f.scored[0] == 200 && f.scored[1] == 200 && f.abstained == 0);
    assert_true(f.weak[1] > 100 && f.weak[0] < 40 && f.against[0] > 100);
    /* Fewer than 200 of each without its own source: never beyond a factor of 10. */
    for (size_t i = 0; i < e.n; i++)
        assert_true(fabs(e.item[i].log10_lr) <= JZ_LLR_NARROW);
    assert_int_equal(f.moderate[1], 0);
    jz_evaluation_done(&e);
}

static void test_numbers_that_say_nothing_support_nothing(void **state)
{
    (void)state;
    jz_evaluation e;
    jz_eval_figures f;
    make_items(&e, 400, 5, 0);
    assert_int_equal(jz_evaluate_score(&e, NULL), JZ_OK);
    assert_int_equal(jz_eval_figures_of(&e, "still-lossy", &f, NULL), JZ_OK);
    assert_true(f.auc > 0.35 && f.auc < 0.65 && f.cllr > 0.9 && f.cllr < 1.15);
    assert_true(f.moderate[0] == 0 && f.weak[0] < 30);
    jz_evaluation_done(&e);
}

static void test_too_few_abstain(void **state)
{
    (void)state;
    jz_evaluation e;
    jz_eval_figures f;
    make_items(&e, 60, 5, 3);
    assert_int_equal(jz_evaluate_score(&e, NULL), JZ_OK);
    assert_int_equal(jz_eval_figures_of(&e, NULL, &f, NULL), JZ_OK);
    assert_true(f.abstained == 60 && isnan(f.auc));
    jz_evaluation_done(&e);
    make_items(&e, 400, 1, 3); /* one source: nothing is left without it */
    assert_int_equal(jz_evaluate_score(&e, NULL), JZ_OK);
    assert_int_equal(jz_eval_figures_of(&e, NULL, &f, NULL), JZ_OK);
    assert_true(f.abstained == 400);
    jz_evaluation_done(&e);
}

static void test_likelihood_ratios_have_words(void **state)
{
    (void)state;
    assert_int_equal(jz_outcome_of(0), JZ_OUTCOME_NO_SUPPORT);
    assert_int_equal(jz_outcome_of(0.29), JZ_OUTCOME_NO_SUPPORT);
    assert_int_equal(jz_outcome_of(0.3), JZ_OUTCOME_REPLACED_WEAK);
    assert_int_equal(jz_outcome_of(1), JZ_OUTCOME_REPLACED_WEAK);
    assert_int_equal(jz_outcome_of(1.5), JZ_OUTCOME_REPLACED_MODERATE);
    assert_int_equal(jz_outcome_of(-2), JZ_OUTCOME_UNMODIFIED_WEAK);
}

static void test_calibration_is_read_as_it_was_written(void **state)
{
    (void)state;
    jz_evaluation e;
    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO second = { 0 };
    static jz_calibration back;
    make_items(&e, 400, 5, 3);
    assert_int_equal(jz_evaluate_score(&e, NULL), JZ_OK);
    jz_calibration_write(&e.all, &first);
    assert_int_equal(jz_calibration_parse(first.ptr, first.len, &back, NULL), JZ_OK);
    jz_calibration_write(&back, &second);
    assert_string_equal(first.ptr, second.ptr);
    const jz_calibrated_class *c = jz_calibration_find(&back, "still-lossy");
    assert_true(c != NULL && jz_calibrated_enough(c) && c->sources == 5);
    assert_null(jz_calibration_find(&back, "video-low"));
    assert_true(fabs(jz_percentile_of(&c->measure[3], c->measure[3].mean) - 50) < 8);
    assert_true(jz_percentile_of(&c->measure[3], -100) == 0);
    assert_true(jz_percentile_of(&c->measure[3], 100) == 100);
    jz_evaluation_done(&e);
}

static void test_network_counts_one_way_and_is_named(void **state)
{
    (void)state;
    jz_evaluation e;
    JZ_BUF_AUTO text = { 0 };
    static jz_calibration back;
    jz_measured low[JZ_MEASURES] = { 0 }, high[JZ_MEASURES] = { 0 };
    make_items(&e, 400, 5, 0);
    for (size_t i = 0; i < e.n; i++)
        e.item[i].m[JZ_MEASURE_NETWORK].value += e.item[i].replaced ? 2 : 0;
    assert_int_equal(jz_evaluate_score(&e, NULL), JZ_OK);
    low[JZ_MEASURE_NETWORK] = (jz_measured){ .valid = true, .value = -6 };
    high[JZ_MEASURE_NETWORK] = (jz_measured){ .valid = true, .value = 6 };
    assert_true(jz_calibrated_llr(&e.all.cls[0], low) < -0.3);
    assert_true(jz_calibrated_llr(&e.all.cls[0], high) > 0.3);
    assert_int_equal(jz_calibration_fits(&e.all, NULL, NULL), JZ_OK);
    e.all.has_network = true;
    memset(e.all.network, 0xab, sizeof e.all.network);
    assert_int_equal(jz_calibration_fits(&e.all, NULL, NULL), JZ_E_MISMATCH);
    jz_calibration_write(&e.all, &text);
    assert_int_equal(jz_calibration_parse(text.ptr, text.len, &back, NULL), JZ_OK);
    assert_true(back.has_network);
    assert_memory_equal(back.network, e.all.network, sizeof back.network);
    jz_evaluation_done(&e);
}

static void test_bad_calibration_is_refused_by_its_line(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "jz-calibration 2\n",
        "jz-calibration 1\nnetwork 12\n",
        "jz-calibration 1\n",
        "jz-calibration 1\nbias 0\n",
        "jz-calibration 1\nclass still-lossy 1 1\n",
        "jz-calibration 1\nclass still-lossy 1 -1 1\n",
        "jz-calibration 1\nclass still-lossy 1 1 1\nbias nan\n",
        "jz-calibration 1\nclass still-lossy 1 1 1\nbias 1e99\n",
        "jz-calibration 1\nclass still-lossy 1 1 1\nmeasure blink 0 1 0 21\n",
        "jz-calibration 1\nclass still-lossy 1 1 1\nmeasure inner_sharpness 0 1 0 2 0 1\n",
        "jz-calibration 1\nclass still-lossy 1 1 1 1\n",
    };
    static jz_calibration c;
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(jz_calibration_parse(bad[i], strlen(bad[i]), &c, NULL), JZ_E_CORRUPT);
}

static void test_manifest_gives_its_rows(void **state)
{
    (void)state;
    static const char text[] = "# a note\n\na.jpg\tunmodified\tphone\tp1\r\n"
                               "b c.png\treplaced\tphone\tp2\nd.mp4\treplaced\tdesk\tp1";
    jz_eval_manifest m = { 0 };
    assert_int_equal(jz_eval_manifest_parse(text, sizeof text - 1, &m, NULL), JZ_OK);
    assert_int_equal(m.n, 3);
    assert_string_equal(m.row[1].path, "b c.png");
    assert_true(!m.row[0].replaced && m.row[1].replaced);
    assert_true(m.row[0].source == m.row[1].source && m.row[0].source != m.row[2].source);
    assert_true(m.row[0].identity == m.row[2].identity && m.row[0].identity != m.row[1].identity);
    jz_eval_manifest_done(&m);
}

static void test_bad_manifest_is_refused_by_its_line(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "# nothing\n",
                                       "a.jpg\n",
                                       "a.jpg\tfake\ts\tp\n",
                                       "a.jpg\tunmodified\ts\t\n",
                                       "a.jpg\tunmodified\ts\tp\tq\n",
                                       "\tunmodified\ts\tp\n" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        jz_eval_manifest m = { 0 };
        assert_int_equal(jz_eval_manifest_parse(bad[i], strlen(bad[i]), &m, NULL), JZ_E_CORRUPT);
        assert_int_equal(m.n, 0);
    }
}

static size_t times(const char *from, const char *end, const char *what)
{
    size_t n = 0;
    for (const char *p = strstr(from, what); p != NULL && p < end; p = strstr(p + 1, what))
        n++;
    return n;
}

static void test_reports_hold_the_figures_and_no_script(void **state)
{
    (void)state;
    jz_evaluation e;
    JZ_BUF_AUTO html = { 0 };
    JZ_BUF_AUTO json = { 0 };
    jz_json j = { .out = &json };
    make_items(&e, 200, 4, 3);
    assert_int_equal(jz_evaluate_score(&e, NULL), JZ_OK);
    assert_int_equal(jz_evaluate_html(&html, &e, NULL), JZ_OK);
    assert_non_null(strstr(html.ptr, "Tippett"));
    assert_non_null(strstr(html.ptr, "aria-label=\"DET\""));
    assert_null(strstr(html.ptr, "<script"));
    assert_null(strstr(html.ptr, "nan"));
    const char *head = strstr(html.ptr, "<th>class"),
               *row = strstr(html.ptr, "<tr><th>still-lossy");
    const char *end = row != NULL ? strstr(row, "</tr>") : NULL;
    if (head == NULL || end == NULL)
        fail_msg("no row of a class");
    else /* as many cells as there are headings */
        assert_int_equal(times(head, strstr(head, "</tr>"), "<th>"), 1 + times(row, end, "<td"));
    jz_json_begin_object(&j);
    assert_int_equal(jz_evaluate_json(&j, &e, NULL), JZ_OK);
    jz_json_end_object(&j);
    assert_non_null(strstr(json.ptr, "\"auc_by_source\":{\"groups\":4"));
    assert_non_null(strstr(json.ptr, "\"maps\":null"));
    jz_evaluation_done(&e);
}

/* They count as unmodified, and are scored twice: by models that know their kind and that do not.
 */
static void test_beautified_items_are_scored_by_both_kinds_of_model(void **state)
{
    (void)state;
    jz_evaluation e;
    JZ_BUF_AUTO html = { 0 };
    JZ_BUF_AUTO json = { 0 };
    jz_json j = { .out = &json };
    jz_eval_figures f;
    make_items(&e, 400, 4, 3);
    for (size_t i = 0; i < e.n; i += 4) {
        e.item[i].beautified = true;
        e.item[i].m[0].value += i % 8 == 0 ? 3 : -3; /* like replaced ones */
    }
    assert_int_equal(jz_evaluate_score(&e, NULL), JZ_OK);
    assert_int_equal(jz_eval_figures_of(&e, NULL, &f, NULL), JZ_OK);
    assert_int_equal(f.unmodified, 200);
    for (size_t k = 0; k < 2; k++)
        assert_int_equal(f.beauty_scored[k], 100);
    assert_true(f.beauty_weak[0] + f.beauty_moderate[0] > 50); /* taken for replaced */
    double naive = 0, taught = 0;
    for (size_t i = 0; i < e.n; i += 4) {
        naive += e.item[i].naive_log10_lr;
        taught += e.item[i].log10_lr;
    }
    assert_true(taught < naive - 5); /* less so where that is learnt */
    assert_int_equal(jz_evaluate_html(&html, &e, NULL), JZ_OK);
    assert_non_null(strstr(html.ptr, "beauty filter"));
    jz_json_begin_object(&j);
    assert_int_equal(jz_evaluate_json(&j, &e, NULL), JZ_OK);
    jz_json_end_object(&j);
    assert_non_null(strstr(json.ptr, "\"beautified\":{\"trained_without\":{\"scored\":100"));
    jz_evaluation_done(&e);
}

static void test_maps_have_deletion_scores(void **state)
{
    (void)state;
    jz_evaluation e;
    JZ_BUF_AUTO html = { 0 };
    JZ_BUF_AUTO json = { 0 };
    jz_json j = { .out = &json };
    make_items(&e, 40, 4, 3);
    for (size_t i = 0; i < e.n; i++) {
        e.item[i].pointed = e.item[i].deleted = e.item[i].replaced;
        e.item[i].fixed_hit = i % 4 == 1;
        e.item[i].coding = i < 20 ? "clip-crf23" : NULL;
        e.item[i].fall[JZ_DELETION_MAP] = i % 4 < 2 ? 1 : 2;
        e.item[i].fall[JZ_DELETION_CHANCE] = 0.5;
    }
    assert_int_equal(jz_evaluate_html(&html, &e, NULL), JZ_OK);
    assert_non_null(strstr(html.ptr, "taken out first"));
    assert_null(strstr(html.ptr, "nan"));
    jz_json_begin_object(&j);
    assert_int_equal(jz_evaluate_json(&j, &e, NULL), JZ_OK);
    jz_json_end_object(&j);
    assert_non_null(strstr(json.ptr, "\"by_fixed_cell\":0.5000"));
    assert_non_null(strstr(json.ptr, "\"clips\":[{\"name\":\"clip-crf23\",\"unmodified\":10,"));
    assert_non_null(strstr(html.ptr, "<tr><th>clip-crf23"));
    assert_non_null(strstr(json.ptr, "\"deletion\":{\"n\":20,\"map_fall\":1.5000"));
    assert_non_null(strstr(json.ptr, "{\"name\":\"chance\",\"fall\":0.5000,\"map_more\":1.0000,"
                                     "\"map_more_by_source\":{\"groups\":"));
    jz_evaluation_done(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auc_counts_pairs_and_halves_ties),
        cmocka_unit_test(test_eer_is_where_both_errors_meet),
        cmocka_unit_test(test_cllr_is_1_without_information),
        cmocka_unit_test(test_best_mapping_pools_what_goes_the_wrong_way),
        cmocka_unit_test(test_bootstrap_takes_whole_groups),
        cmocka_unit_test(test_deviation_to_either_side_is_learnt),
        cmocka_unit_test(test_numbers_that_say_nothing_support_nothing),
        cmocka_unit_test(test_too_few_abstain),
        cmocka_unit_test(test_likelihood_ratios_have_words),
        cmocka_unit_test(test_calibration_is_read_as_it_was_written),
        cmocka_unit_test(test_network_counts_one_way_and_is_named),
        cmocka_unit_test(test_bad_calibration_is_refused_by_its_line),
        cmocka_unit_test(test_manifest_gives_its_rows),
        cmocka_unit_test(test_bad_manifest_is_refused_by_its_line),
        cmocka_unit_test(test_beautified_items_are_scored_by_both_kinds_of_model),
        cmocka_unit_test(test_reports_hold_the_figures_and_no_script),
        cmocka_unit_test(test_maps_have_deletion_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
