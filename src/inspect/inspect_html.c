/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/inspect_html.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/html.h"
#include "inspect/map_contour.h"

#include <inttypes.h>
#include <string.h>

static const char head[] =
    "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'; img-src data:\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<title>人脸筛查报告 Face screening report</title>\n<style>\n"
    "@page{size:A4;margin:18mm 14mm}\n"
    "body{font:15px/1.5 'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif;"
    "color:#111;background:#fff;max-width:60em;margin:2em auto;padding:0 1em}\n"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;break-after:avoid}"
    "h3{font-size:1em;break-after:avoid}\n"
    ".en,small{color:#555}th small,td small{display:block;font-weight:normal}\n"
    ".banner,.outcome{border:2px solid #111;padding:.5em .8em}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "td,th{border:1px solid #999;padding:.25em .5em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}\n"
    "td.n{font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap}\n"
    "tr.failed td,tr.failed th{background:#f3e3df}thead{display:table-header-group}"
    "tr{break-inside:avoid}tr>th:first-child{min-width:11em}th+td:last-child{width:72%}\n"
    "code{font-family:'DejaVu Sans Mono',Consolas,monospace;font-size:.85em}\n"
    "figure{display:inline-block;margin:0 1em 1em 0;width:17em;vertical-align:top}"
    "svg{width:100%;height:auto;background:#eee}\n"
    "svg path{fill:none;stroke:#c33;vector-effect:non-scaling-stroke;stroke-width:2}"
    "svg text{fill:#c33}svg .map path{stroke:#06c}svg .l1 path{stroke-dasharray:2 3}"
    "svg .l2 path{stroke-dasharray:7 3}\n"
    "@media print{body{margin:0;padding:0;max-width:none;font-size:10.5pt}}\n"
    "</style></head><body>\n";

/* In the order of jz_outcome. */
static const char *const outcomes_zh[] = { "不适合检验", "两方面均不支持", "弱支持未经修改",
                                           "弱支持人脸被替换", "中等支持人脸被替换" };
/* In the order of jz_gate_at() and jz_measure_class_at(). */
static const char *const gates_zh[] = { "尺寸",     "画面边界", "清晰度", "姿态",    "遮挡",
                                        "定位一致", "压缩",     "曝光",   "明暗层次" };
static const char *const measures_zh[] = {
    "面部内外清晰度之比", "口部清晰度之比", "眼部清晰度之比", "高频尾部",
    "噪声残差之比",       "下颌色差",       "JPEG 重影",      "双重量化",
    "块网格不一致",       "上采样峰",       "内外姿态之差",   "网络评分",
};
_Static_assert(JZ_ARRAY_LEN(gates_zh) == JZ_GATES, "one name for each gate");
_Static_assert(JZ_ARRAY_LEN(measures_zh) == JZ_MEASURES, "one name for each measurement");

static void text(jz_buf *out, const char *s)
{
    jz_html_text(out, s, strlen(s));
}

static void heading(jz_buf *out, const char *zh, const char *en)
{
    jz_buf_printf(out, "<h2>%s <span class=\"en\">%s</span></h2>\n", zh, en);
}

/* Both languages, one below the other. */
static void say(jz_buf *out, const char *zh, const char *en)
{
    jz_buf_printf(out, "<p>%s<br><span class=\"en\" lang=\"en\">%s</span></p>\n", zh, en);
}

static void row_begin(jz_buf *out, const char *zh, const char *en)
{
    jz_buf_printf(out, "<tr><th>%s<small>%s</small></th><td>", zh, en);
}

static void row(jz_buf *out, const char *zh, const char *en, const char *value)
{
    row_begin(out, zh, en);
    text(out, value);
    jz_buf_puts(out, "</td></tr>\n");
}

static void row_count(jz_buf *out, const char *zh, const char *en, uint64_t v)
{
    row_begin(out, zh, en);
    jz_buf_printf(out, "%" PRIu64 "</td></tr>\n", v);
}

static void row_hex(jz_buf *out, const char *name, const uint8_t *digest, size_t size)
{
    jz_buf_printf(out, "<tr><th>%s</th><td><code>", name);
    jz_hex_put(out, digest, size);
    jz_buf_puts(out, "</code></td></tr>\n");
}

static void outcome(jz_buf *out, jz_outcome o, const char *reason)
{
    jz_buf_printf(out,
                  "<p class=\"outcome\"><b>%s</b> <b lang=\"en\">%s</b><br><span class=\"en\" "
                  "lang=\"en\">",
                  outcomes_zh[o], jz_outcome_name(o));
    text(out, reason);
    jz_buf_puts(out, "</span></p>\n");
}

/* ---- 1 to 3: the file ---- */

static void put_models(jz_buf *out, const jz_inspect_page *page)
{
    for (size_t i = 0; jz_model_at(i) != NULL; i++) {
        row_begin(out, "模型", "model");
        jz_buf_printf(out, "%s<br><code>%s</code></td></tr>\n", jz_model_at(i)->name,
                      jz_model_at(i)->sha256);
    }
    if (page->opts->network != NULL) {
        row_begin(out, "网络", "network");
        jz_buf_printf(out, "%s<br><code>", jz_face_net_name(page->opts->network));
        jz_hex_put(out, jz_face_net_sha256(page->opts->network), JZ_SHA256_SIZE);
        jz_buf_puts(out, "</code></td></tr>\n");
    } else {
        row(out, "网络", "network", "无 none");
    }
    if (page->opts->calibration != NULL)
        row_hex(out, "校准数据<small>calibration, SHA-256</small>",
                jz_calibration_sha256(page->opts->calibration), JZ_SHA256_SIZE);
    else
        row(out, "校准数据", "calibration", "无 none");
}

static void put_settings(jz_buf *out, const jz_inspect_opts *o)
{
    row_begin(out, "设置", "settings");
    jz_buf_printf(out, "min-face %u, max-faces %u, max-frames %u%s%s</td></tr>\n",
                  o->faces.min_face > 0 ? o->faces.min_face : 64,
                  o->max_faces > 0 ? o->max_faces : 64, o->max_frames > 0 ? o->max_frames : 24,
                  o->faces.quick ? ", fast" : "", o->faces.any_rotation ? ", any-rotation" : "");
}

static void put_preservation(jz_buf *out, const jz_inspection *in, const jz_inspect_page *page)
{
    char when[32];
    heading(out, "1 固定保全", "Preservation");
    jz_buf_puts(out, "<table>\n");
    row(out, "文件", "file", page->path);
    row(out, "检验时间", "examined at", jz_time_text(page->at_us, when, sizeof when));
    if (in->hashed) {
        row_count(out, "字节", "bytes", in->exact.bytes);
        row_hex(out, "SHA-256", in->exact.sha256, JZ_SHA256_SIZE);
        row_hex(out, "SM3", in->exact.sm3, JZ_SM3_SIZE);
        row_hex(out, "MD5", in->exact.md5, JZ_MD5_SIZE);
    }
    row(out, "程序", "program", "jz " JZ_VERSION);
    put_models(out, page);
    put_settings(out, page->opts);
    jz_buf_puts(out, "</table>\n");
}

static const float map_level[] = { 0.25f, 0.5f, 0.75f };

/* Contours of the network's map, over the face. */
static void put_map(jz_buf *out, const jz_face_exam *x)
{
    if (!x->mapped)
        return;
    jz_buf_puts(out, "<g class=\"map\">");
    for (size_t i = 0; i < JZ_ARRAY_LEN(map_level); i++) {
        jz_buf_printf(out, "<g class=\"l%zu\"><path d=\"", i + 1);
        jz_map_contour(out, x, map_level[i]);
        jz_buf_puts(out, "\"/></g>");
    }
    jz_buf_puts(out, "</g>\n");
}

static void put_legend(jz_buf *out)
{
    jz_buf_puts(out,
                "<p>图例：<b style=\"color:#c33\">红</b>为人脸轮廓；<b style=\"color:#06c\">蓝</b>"
                "为网络热图等值线，点线 0.25、虚线 0.5、实线 0.75。热图不是概率，未经校准。<br>"
                "<span class=\"en\" lang=\"en\">Legend: red, the outline of the face; blue, "
                "contours of the network's map: dotted 0.25, broken 0.5, solid 0.75. The map is "
                "no probability.</span></p>\n");
}

static void put_shot(jz_buf *out, const jz_inspection *in, const jz_inspect_shot *s)
{
    double at_s = 0;
    jz_buf_printf(out,
                  "<figure><svg viewBox=\"0 0 %u %u\" role=\"img\" aria-label=\"frame %" PRIu64
                  "\"><image href=\"%s\" width=\"%u\" height=\"%u\" "
                  "preserveAspectRatio=\"none\"/>\n",
                  s->width, s->height, s->frame, s->data_uri, s->width, s->height);
    for (size_t i = 0; i < in->n; i++) {
        const jz_face_exam *x = &in->face[i];
        if (x->frame != s->frame)
            continue;
        at_s = x->at_s;
        put_map(out, x);
        for (size_t k = 0; k < JZ_ARRAY_LEN(x->outline); k++)
            jz_buf_printf(out, "%s%.1f %.1f", k == 0 ? "<path d=\"M" : "L",
                          (double)x->outline[k][0], (double)x->outline[k][1]);
        jz_buf_printf(out, "Z\"/><text x=\"%.1f\" y=\"%.1f\" font-size=\"%u\">%zu</text>\n",
                      (double)x->face.x, (double)x->face.y, s->width / 20, i + 1);
    }
    jz_buf_printf(out, "</svg><figcaption>帧 frame %" PRIu64 ", %.2f s</figcaption></figure>\n",
                  s->frame, at_s);
}

static void put_samples(jz_buf *out, const jz_inspection *in, const jz_inspect_page *page)
{
    heading(out, "2 样本提取", "Samples");
    jz_buf_puts(out, "<table>\n");
    row_count(out, "检视的帧", "frames looked at", in->frames);
    row_count(out, "检验的人脸", "faces examined", in->n);
    row_count(out, "未检验的人脸", "faces left out", in->faces_left_out);
    jz_buf_puts(out, "</table>\n");
    if (page->n_shots > 0)
        say(out, "以下图像已变灰并模糊，仅示意人脸位置。",
            "The pictures below are grey and blurred: they show where faces are, and no more.");
    if (page->n_shots > 0 && page->opts->network != NULL)
        put_legend(out);
    for (size_t i = 0; i < page->n_shots; i++)
        put_shot(out, in, &page->shot[i]);
}

static const char *const checks_zh[] = { "重复帧",   "重现帧",   "固定噪声",
                                         "时间间隔", "帧率不符", "摩尔纹" };
static const char *const motions_zh[] = { "特征点抖动", "对齐后闪烁" };
static const char *const hints_zh[] = { "码率",           "每像素比特",     "量化参数",
                                        "关键帧最大间隔", "关键帧间隔差异", "短边像素" };
_Static_assert(JZ_ARRAY_LEN(hints_zh) == JZ_HINTS, "one name for each");
_Static_assert(JZ_ARRAY_LEN(checks_zh) == JZ_STREAM_CHECKS, "one name for each check");
_Static_assert(JZ_ARRAY_LEN(motions_zh) == JZ_MOTIONS, "one name for each");

static void put_value(jz_buf *out, const jz_measured *m, const char *unit)
{
    if (m->valid)
        jz_buf_printf(out, "<td class=\"n\">%.3f<small>%s</small></td>", m->value, unit);
    else
        jz_buf_printf(out, "<td>&#8211;<small>%s</small></td>", m->why);
}

static void put_stream(jz_buf *out, const jz_stream *s)
{
    if (!s->read)
        return;
    jz_buf_printf(out,
                  "<h3>视频流 Stream (%u 帧 frames)</h3>\n<table><thead><tr><th>检查<small>check"
                  "</small><th>数值<small>value</small><th>界限<small>limit</small>"
                  "<th>其他常见原因<small>harmless causes</small></tr></thead>\n",
                  s->frames);
    for (size_t i = 0; i < JZ_STREAM_CHECKS; i++) {
        const jz_stream_check *c = jz_stream_check_at(i);
        jz_buf_printf(out, "<tr%s><th>%s<small>%s: %s</small></th>",
                      s->remarkable[i] ? " class=\"failed\"" : "", checks_zh[i], c->name, c->about);
        put_value(out, &s->check[i], c->unit);
        jz_buf_printf(out, "<td class=\"n\">%g</td><td>%s</td></tr>\n", c->limit, c->harmless);
    }
    for (size_t i = 0; i < JZ_MOTIONS; i++) {
        const jz_motion *m = jz_motion_at(i);
        jz_buf_printf(out, "<tr><th>%s<small>%s: %s</small></th>", motions_zh[i], m->name,
                      m->about);
        put_value(out, &s->motion[i], m->unit);
        jz_buf_printf(out, "<td>&#8211;</td><td>%s</td></tr>\n", m->region);
    }
    jz_buf_puts(out, "</table>\n");
}

static void put_hints(jz_buf *out, const jz_inspection *in)
{
    if (in->info.format == NULL || in->info.format->kind != JZ_KIND_VIDEO)
        return;
    jz_buf_puts(out, "<h3>编码历史的提示 Hints of the coding history</h3>\n<table><thead><tr>"
                     "<th>提示<small>hint</small><th>数值<small>value</small>"
                     "<th>含义<small>meaning</small></tr></thead>\n");
    for (size_t i = 0; i < JZ_HINTS; i++) {
        const jz_hint *h = jz_hint_at(i);
        jz_buf_printf(out, "<tr><th>%s<small>%s</small></th>", hints_zh[i], h->name);
        put_value(out, &in->hint[i], h->unit);
        jz_buf_printf(out, "<td>%s</td></tr>\n", h->about);
    }
    jz_buf_puts(out, "</table>\n");
}

static void put_metadata(jz_buf *out, const jz_inspection *in)
{
    const jz_media_info *m = &in->info;
    heading(out, "3 元数据检验", "Metadata");
    jz_buf_puts(out, "<table>\n");
    row(out, "类型", "type", m->format != NULL ? m->format->mime : "?");
    row_begin(out, "像素", "pixels");
    jz_buf_printf(out, "%u x %u</td></tr>\n", m->width, m->height);
    if (m->fps > 0) {
        row(out, "编码", "codec", m->codec);
        row_begin(out, "帧率、时长", "frame rate, duration");
        jz_buf_printf(out, "%.3f, %.2f s</td></tr>\n", m->fps, m->duration_s);
    }
    for (size_t i = 0; i < in->n_history; i++)
        row(out, "写入程序的标记", "mark of a program", in->history[i]);
    row(out, "质量等级", "quality class", in->quality != NULL ? in->quality : "?");
    jz_buf_puts(out, "</table>\n");
    put_hints(out, in);
    put_stream(out, &in->stream);
    say(out, "标识与内容凭证由 jz label read 和 jz verify 检验。",
        "Labels and Content Credentials are read by jz label read and jz verify.");
}

/* ---- 4 to 6: each face ---- */

static void put_gates(jz_buf *out, const jz_face_exam *x)
{
    jz_buf_puts(out, "<table><thead><tr><th>条件<small>gate</small><th>数值<small>value</small>"
                     "<th>界限<small>limit</small><th>结果<small>result</small></tr></thead>\n");
    for (size_t i = 0; i < JZ_GATES; i++) {
        const jz_gate *g = jz_gate_at(i);
        jz_buf_printf(
            out,
            "<tr%s><th>%s<small>%s</small></th><td class=\"n\">%.3f</td><td class=\"n\">%s "
            "%g %s</td><td>",
            x->gate_failed[i] ? " class=\"failed\"" : "", gates_zh[i], g->name, x->gate[i],
            g->at_least ? "&ge;" : "&le;", g->limit, g->unit);
        if (x->gate_failed[i])
            jz_buf_printf(out, "未通过<small>%s</small>", g->fails);
        else
            jz_buf_puts(out, "通过<small>passed</small>");
        jz_buf_puts(out, "</td></tr>\n");
    }
    jz_buf_puts(out, "</table>\n");
}

static void put_measurement(jz_buf *out, size_t i, const jz_measured *m)
{
    const jz_measure_class *c = jz_measure_class_at(i);
    jz_buf_printf(out, "<tr><th>%s<small>%s</small></th><td>%s<small>%s</small></td>",
                  measures_zh[i], c->name, c->region, c->about);
    put_value(out, m, c->unit);
    if (m->referenced)
        jz_buf_printf(out, "<td class=\"n\">%.0f %%<small>%s</small></td></tr>\n", m->percentile,
                      m->percentile < 50 ? "below the middle" : "above the middle");
    else
        jz_buf_puts(out, "<td>无参照<small>no reference</small></td></tr>\n");
}

static void put_face(jz_buf *out, const jz_face_exam *x, size_t i)
{
    jz_buf_printf(
        out, "<h3>人脸 Face %zu: %.0f x %.0f, (%.0f, %.0f), 帧 frame %" PRIu64 ", %.2f s</h3>\n",
        i + 1, (double)x->face.width, (double)x->face.height, (double)x->face.x, (double)x->face.y,
        x->frame, x->at_s);
    put_gates(out, x);
    jz_buf_puts(out, "<br><table><thead><tr><th>测量<small>measurement</small>"
                     "<th>区域<small>region, meaning</small><th>数值<small>value</small>"
                     "<th>百分位<small>percentile among unmodified faces</small></tr></thead>\n");
    for (size_t k = 0; k < JZ_MEASURES; k++)
        put_measurement(out, k, &x->measured[k]);
    jz_buf_puts(out, "</table>\n");
    outcome(out, x->outcome, x->reason);
}

static void put_faces(jz_buf *out, const jz_inspection *in, const jz_inspect_page *page)
{
    heading(out, "4–6 特征检测、分析、比对", "Features, analysis, comparison");
    if (page->opts->calibration == NULL)
        say(out, "没有校准数据：下列数值无参照，不支持任何一方。",
            "There is no calibration data: the values below have no reference and support neither "
            "side.");
    for (size_t i = 0; i < in->n; i++)
        put_face(out, &in->face[i], i);
    if (in->n == 0)
        say(out, "未发现可检验的人脸。", "No face was found that could be examined.");
}

/* ---- 7 to 9 ---- */

static void put_end(jz_buf *out, const jz_inspection *in, const jz_inspect_page *page)
{
    heading(out, "7–8 评估、综合分析", "Evaluation, overall");
    outcome(out, in->outcome, in->reason);
    if (page->error->code != JZ_OK) {
        char why[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
        jz_buf_puts(out, "<p>检验提前结束 <span class=\"en\">The examination ended early</span>: ");
        text(out, jz_err_text(page->error, why, sizeof why));
        jz_buf_puts(out, "</p>\n");
    }
    heading(out, "9 鉴定意见", "Opinion");
    say(out, "本报告不含鉴定意见。意见由有资质的鉴定人作出。",
        "None is given here. An opinion is for a qualified examiner.");
    heading(out, "局限", "Limits");
    say(out, "两方面均不支持，不等于真实；支持人脸被替换，不等于已被替换。",
        "&#8216;No support either way&#8217; does not mean authentic, and support for replacement "
        "does not prove it.");
    say(out, "只检验人脸区域的替换或融合痕迹；表情驱动、整图生成和声音不在其内。",
        "Only traces of a replaced or blended face region are measured: not re-enactment, not "
        "pictures generated as a whole, not sound.");
    say(out, "强压缩、缩放、美颜和滤镜会抹去或产生同样的痕迹。",
        "Strong compression, scaling, beautifying and filters erase such traces, and make them.");
    say(out, "各项测量因方法而异，单独不能定论。",
        "Measurements differ from tool to tool; none decides by itself.");
}

void jz_inspect_html(jz_buf *out, const jz_inspection *in, const jz_inspect_page *page)
{
    jz_buf_puts(out, head);
    jz_buf_puts(out,
                "<h1>人脸筛查报告 <span class=\"en\">Face screening report</span></h1>\n"
                "<p class=\"banner\">这是筛查报告，不是鉴定意见。<br><span class=\"en\" "
                "lang=\"en\">This is a screening report, not a forensic opinion.</span></p>\n");
    outcome(out, in->outcome, in->reason);
    put_preservation(out, in, page);
    put_samples(out, in, page);
    put_metadata(out, in);
    put_faces(out, in, page);
    put_end(out, in, page);
    jz_buf_puts(out, "</body></html>\n");
}
