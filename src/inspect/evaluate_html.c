/* SPDX-License-Identifier: Apache-2.0 */
/* The page of `jz evaluate`: numbers, and two plots as SVG in it. No script, nothing from
 * elsewhere.
 */
#include "inspect/evaluate.h"

#include "base/alloc.h"
#include "base/exact_math.h"
#include "base/html.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SIDE 360.0 /* of a plot, in its own units */
#define LN10 2.302585092994046

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<title>评估报告 Evaluation</title>\n<style>\n"
    "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;max-width:62em;margin:2em auto;"
    "padding:0 1em;color:#111;background:#fff}\n"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;break-after:avoid}\n"
    ".en,.note{color:#555}table{border-collapse:collapse;width:100%}\n"
    "td,th{border:1px solid #999;padding:.25em .5em;text-align:left;vertical-align:top}\n"
    ".wide{font-size:.8em}td.n{font-variant-numeric:tabular-nums;text-align:right}tr{break-inside:"
    "avoid}\n"
    "figure{display:inline-block;margin:1em 1em 0 0;width:22em;vertical-align:top}\n"
    "svg{width:100%;height:auto}.axis{stroke:#555;fill:none}.grid{stroke:#ddd;fill:none}\n"
    ".yes{stroke:#a8321f;fill:none;stroke-width:2}.no{stroke:#1f5aa8;fill:none;stroke-width:2;"
    "stroke-dasharray:6 3}text{font-size:13px;fill:#333}\n"
    "@media print{body{margin:0;max-width:none}}\n</style></head><body>\n";

static void number(jz_buf *out, double v)
{
    if (isnan(v))
        jz_buf_puts(out, "<td class=\"n\">&#8211;</td>");
    else
        jz_buf_printf(out, "<td class=\"n\">%.3f</td>", v);
}

static void interval(jz_buf *out, const jz_interval *i)
{
    if (isnan(i->low))
        jz_buf_printf(out, "<td class=\"n\">&#8211; (%u)</td>", i->groups);
    else
        jz_buf_printf(out, "<td class=\"n\">%.3f&#8211;%.3f (%u)</td>", i->low, i->high, i->groups);
}

static void part(jz_buf *out, uint64_t n, uint64_t of)
{
    number(out, of > 0 ? (double)n / (double)of : (double)NAN);
}

static void class_row(jz_buf *out, const char *name, const jz_eval_figures *f)
{
    const uint64_t all = f->unmodified + f->replaced;
    jz_buf_printf(out,
                  "<tr><th>%s</th><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td>",
                  name, f->unmodified, f->replaced);
    part(out, f->unsuitable, all);
    part(out, f->abstained, all);
    number(out, f->auc);
    interval(out, &f->by_source);
    interval(out, &f->by_identity);
    number(out, f->network_auc);
    interval(out, &f->network_by_source);
    number(out, f->eer);
    number(out, f->cllr);
    number(out, f->cllr_min);
    part(out, f->moderate[0], f->scored[0]);
    part(out, f->weak[0], f->scored[0]);
    jz_buf_puts(out, "</tr>\n");
}

static jz_status put_class(jz_buf *out, const jz_evaluation *e, const char *name, jz_err *err)
{
    jz_eval_figures f;
    JZ_TRY(jz_eval_figures_of(e, name, &f, err));
    if (name == NULL || f.unmodified + f.replaced > 0)
        class_row(out, name != NULL ? name : "all", &f);
    return JZ_OK;
}

static jz_status put_classes(jz_buf *out, const jz_evaluation *e, jz_err *err)
{
    jz_buf_puts(out, "<h2>质量等级 <span class=\"en\">Quality classes</span></h2>\n<table "
                     "class=\"wide\"><thead><tr>"
                     "<th>class<th>unmodified<th>replaced<th>unsuitable<th>abstained<th>AUC"
                     "<th>95 % by source (n)<th>95 % by identity (n)"
                     "<th>AUC of the network<th>95 % by source (n)<th>EER<th>Cllr<th>Cllr-min"
                     "<th>false: moderate<th>false: weak</tr></thead>\n");
    for (size_t i = 0; jz_quality_at(i) != NULL; i++)
        JZ_TRY(put_class(out, e, jz_quality_at(i), err));
    JZ_TRY(put_class(out, e, NULL, err));
    for (size_t i = 0; i < JZ_CLIP_CODINGS; i++)
        JZ_TRY(put_class(out, e, jz_clip_coding_at(i)->name, err));
    jz_buf_puts(out, "</table>\n<p class=\"note\">False: part of the unmodified items that were "
                     "scored whose outcome is &#8216;supports replacement&#8217; in that "
                     "band. Clips, by how they were coded, are items of the classes too.</p>\n");
    return JZ_OK;
}

static jz_status put_measures(jz_buf *out, const jz_evaluation *e, jz_err *err)
{
    jz_buf_puts(out, "<h2>各项测量 <span class=\"en\">Measurements, each by itself</span></h2>\n"
                     "<table><thead><tr><th>name<th>measured<th>AUC of the value<th>95 % by source "
                     "(n)</tr></thead>\n");
    for (size_t i = 0; i < JZ_MEASURES; i++) {
        size_t n = 0;
        double auc;
        jz_interval by_source;
        JZ_TRY(jz_eval_measure(e, NULL, i, &n, &auc, &by_source, err));
        jz_buf_printf(out, "<tr><th>%s</th><td class=\"n\">%zu</td>", jz_measure_class_at(i)->name,
                      n);
        number(out, auc);
        interval(out, &by_source);
        jz_buf_puts(out, "</tr>\n");
    }
    jz_buf_puts(out, "</table>\n<p class=\"note\">Below 0.5 the value is smaller in replaced faces."
                     "</p>\n");
    return JZ_OK;
}

/* ---- plots ---- */

static void open_plot(jz_buf *out, const char *title, const char *across, const char *up)
{
    jz_buf_printf(out,
                  "<figure><figcaption>%s</figcaption><svg viewBox=\"-50 -10 %g %g\" role=\"img\" "
                  "aria-label=\"%s\">\n<rect class=\"axis\" width=\"%g\" height=\"%g\"/>\n"
                  "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">%s</text>\n"
                  "<text transform=\"translate(-36 %g) rotate(-90)\" text-anchor=\"middle\">%s"
                  "</text>\n",
                  title, SIDE + 70, SIDE + 60, title, SIDE, SIDE, SIDE / 2, SIDE + 38, across,
                  SIDE / 2, up);
}

static void tick(jz_buf *out, double at, double across, double value)
{
    jz_buf_printf(out,
                  "<path class=\"grid\" d=\"M%.1f 0V%g\"/><text x=\"%.1f\" y=\"%g\" "
                  "text-anchor=\"middle\">%g</text>\n",
                  at, SIDE, at, SIDE + 18, value);
    jz_buf_printf(out,
                  "<path class=\"grid\" d=\"M0 %.1fH%g\"/><text x=\"-6\" y=\"%.1f\" "
                  "text-anchor=\"end\">%g</text>\n",
                  SIDE - across, SIDE, SIDE - across + 4, value);
}

/* Tippett: of each kind, the part whose log10 LR is larger than what stands below. */
static void tippett(jz_buf *out, const jz_scored *s, size_t n)
{
    static const char *const classes[] = { "no", "yes" };
    double kinds[2] = { 0 };
    open_plot(out, "Tippett", "log10 LR larger than", "part of the items");
    for (size_t i = 0; i < n; i++)
        kinds[s[i].replaced]++;
    for (int v = -2; v <= 2; v++)
        jz_buf_printf(out,
                      "<path class=\"grid\" d=\"M%g 0V%g\"/><text x=\"%g\" y=\"%g\" "
                      "text-anchor=\"middle\">%d</text>\n",
                      SIDE / 2 + v * SIDE / 4, SIDE, SIDE / 2 + v * SIDE / 4, SIDE + 18, v);
    for (size_t t = 0; t < 2; t++) {
        double left = kinds[t];
        jz_buf_printf(out, "<path class=\"%s\" d=\"M0 0", classes[t]);
        for (size_t i = 0; i < n; i++) {
            if (s[i].replaced != (t == 1))
                continue;
            jz_buf_printf(out, "H%.1f", SIDE / 2 + s[i].score / LN10 * SIDE / 4);
            jz_buf_printf(out, "V%.1f", SIDE - SIDE * --left / kinds[t]);
        }
        jz_buf_printf(out, "H%g\"/>\n", SIDE);
    }
    jz_buf_puts(out, "</svg>red: replaced; blue, broken: unmodified</figure>\n");
}

/* Where a rate lies on an axis of normal deviates, from 0.5 % to 80 %. The deviate is found by
 * halving, from the normal distribution's series (Abramowitz and Stegun 26.2.10). */
static double normal_part(double z)
{
    double term = z, sum = z;
    for (int k = 1; k < 60; k++) {
        term *= -z * z / (2.0 * k);
        sum += term / (2 * k + 1);
    }
    return 0.5 + sum / 2.5066282746310002;
}

static double deviate(double rate)
{
    double low = -3, high = 3;
    for (int i = 0; i < 40; i++) {
        const double middle = (low + high) / 2;
        *(normal_part(middle) < rate ? &low : &high) = middle;
    }
    return low;
}

static double on_axis(double rate)
{
    const double first = deviate(0.005), last = deviate(0.8);
    const double at = deviate(fmin(fmax(rate, 0.005), 0.8));
    return (at - first) / (last - first) * SIDE;
}

static void det(jz_buf *out, const jz_scored *s, size_t n)
{
    static const double ticks[] = { 1, 5, 10, 20, 40, 60 };
    double kinds[2] = { 0 }, missed = 0, accused;
    open_plot(out, "DET", "unmodified taken for replaced, %", "replaced not seen, %");
    for (size_t i = 0; i < JZ_ARRAY_LEN(ticks); i++)
        tick(out, on_axis(ticks[i] / 100), on_axis(ticks[i] / 100), ticks[i]);
    for (size_t i = 0; i < n; i++)
        kinds[s[i].replaced]++;
    accused = kinds[0];
    jz_buf_puts(out, "<path class=\"yes\" d=\"");
    for (size_t i = 0; i <= n; i++) {
        jz_buf_printf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', on_axis(accused / kinds[0]),
                      SIDE - on_axis(missed / kinds[1]));
        if (i < n)
            *(s[i].replaced ? &missed : &accused) += s[i].replaced ? 1 : -1;
    }
    jz_buf_puts(out, "\"/></svg></figure>\n");
}

static jz_status put_plots(jz_buf *out, const jz_evaluation *e, jz_err *err)
{
    jz_scored *s = NULL;
    size_t n = 0;
    jz_buf_puts(out, "<h2>图 <span class=\"en\">Plots</span></h2>\n");
    JZ_TRY(jz_eval_scores(e, NULL, &s, &n, err));
    if (isnan(jz_auc(s, n))) {
        jz_buf_puts(out,
                    "<p>样本不足，无分数。<span class=\"en\">Nothing was scored: without the "
                    "items of its own source, no class had enough of both kinds.</span></p>\n");
    } else {
        tippett(out, s, n);
        det(out, s, n);
    }
    jz_free(s);
    return JZ_OK;
}

static jz_status put_beauty(jz_buf *out, const jz_evaluation *e, jz_err *err)
{
    static const char *const trained[] = { "训练中无美颜 without such items in training",
                                           "训练中有美颜 with others in training" };
    jz_eval_figures f;
    JZ_TRY(jz_eval_figures_of(e, NULL, &f, err));
    if (f.beauty_scored[0] + f.beauty_scored[1] == 0)
        return JZ_OK;
    jz_buf_puts(out,
                "<h2>美颜 <span class=\"en\">Unmodified faces through a beauty filter</span></h2>\n"
                "<table><tr><th><th>有分数 scored<th>弱支持替换 weak<th>中等 moderate</tr>\n");
    for (size_t k = 0; k < JZ_ARRAY_LEN(trained); k++)
        jz_buf_printf(out,
                      "<tr><th>%s</th><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td>%" PRIu64
                      "</td></tr>\n",
                      trained[k], f.beauty_scored[k], f.beauty_weak[k], f.beauty_moderate[k]);
    jz_buf_puts(out, "</table>\n");
    return JZ_OK;
}

/* The deletion game (deletion.h). */
static void put_falls(jz_buf *out, const jz_eval_figures *f)
{
    static const char *const order[JZ_DELETIONS] = { "热图数值最大处 where the map is largest",
                                                     "脸部正中 the middle of the face",
                                                     "任取一块 a patch anywhere in the face",
                                                     "任取若干格 any cells" };
    jz_buf_printf(out,
                  "<table><tr><th>先遮去的格子 <span class=\"en\">cells taken out first</span>"
                  "<th>分数平均下降 <span class=\"en\">the score falls by, mean of %" PRIu64
                  "</span><th>热图与之相差 <span class=\"en\">the map's less this</span>"
                  "<th>95 %% by source (n)</tr>\n",
                  f->deleted);
    for (size_t i = 0; i < JZ_DELETIONS; i++) {
        jz_buf_printf(out, "<tr><th>%s</th>", order[i]);
        number(out, f->fall[i]);
        if (i == JZ_DELETION_MAP) {
            jz_buf_puts(out, "<td></td><td></td></tr>\n");
            continue;
        }
        number(out, f->fall[JZ_DELETION_MAP] - f->fall[i]);
        interval(out, &f->fall_by_source[i]);
        jz_buf_puts(out, "</tr>\n");
    }
    jz_buf_puts(out, "</table>\n<p class=\"note\">5, 10, 20 and 40 % of the cells of a face are "
                     "blurred; the score has no scale of its own. Above 0 the map's places matter "
                     "more to it.</p>\n");
}

/* The pointing game. */
static jz_status put_maps(jz_buf *out, const jz_evaluation *e, jz_err *err)
{
    jz_eval_figures f;
    JZ_TRY(jz_eval_figures_of(e, NULL, &f, err));
    jz_buf_puts(out, "<h2>热图 <span class=\"en\">Maps</span></h2>\n");
    if (f.pointed == 0) {
        jz_buf_puts(out, "<p>无热图可评。<span class=\"en\">None were evaluated: that takes a "
                         "network and self-blends.</span></p>\n");
        return JZ_OK;
    }
    jz_buf_printf(out,
                  "<p>Of %" PRIu64 " self-blends, the largest number of the map lies on the "
                  "blend in %" PRIu64
                  " (%.3f); one cell between nose and mouth, whatever the map, does in "
                  "%.3f, and a cell by chance in %.3f.</p>\n",
                  f.pointed, f.hits, (double)f.hits / (double)f.pointed,
                  (double)f.fixed_hits / (double)f.pointed, f.by_chance);
    if (f.deleted > 0)
        put_falls(out, &f);
    return JZ_OK;
}

static void put_limits(jz_buf *out)
{
    jz_buf_printf(
        out,
        "<h2>说明 <span class=\"en\">What this says, and what not</span></h2>\n<ul>\n"
        "<li>Each item was scored by a model of the other sources alone; intervals come from "
        "drawing whole sources or identities %d times.</li>\n"
        "<li>The figures hold for material like this, and for no other. Self-blends imitate "
        "traces; "
        "they are not the swaps of any tool.</li>\n"
        "<li>A class with fewer than %d items of each kind, or %d sources, says nothing: its items "
        "count as abstained.</li>\n"
        "<li>Source: likelihood ratios after ENFSI's guideline of 2015; Cllr after Br&#252;mmer "
        "and "
        "du Preez, 2006.</li>\n</ul>\n</body></html>\n",
        JZ_BOOTSTRAP_ROUNDS, JZ_CALIBRATION_LEAST, JZ_CALIBRATION_SOURCES);
}

jz_status jz_evaluate_html(jz_buf *out, const jz_evaluation *e, jz_err *err)
{
    jz_buf_puts(out, head);
    jz_buf_printf(out,
                  "<h1>评估报告 <span class=\"en\">Evaluation</span></h1>\n<p>jz " JZ_VERSION
                  " &#183; %zu files, %" PRIu64 " not read, %zu items with self-blends</p>\n",
                  e->manifest.n, e->failed, e->n);
    JZ_TRY(put_classes(out, e, err));
    JZ_TRY(put_plots(out, e, err));
    JZ_TRY(put_measures(out, e, err));
    JZ_TRY(put_maps(out, e, err));
    JZ_TRY(put_beauty(out, e, err));
    put_limits(out);
    return jz_buf_check(out, err);
}
