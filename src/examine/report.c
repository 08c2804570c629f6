/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/report.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/html.h"
#include "base/json.h"
#include "base/newfile.h"
#include "examine/match.h"
#include "examine/preview.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define MATCHES_SHOWN 20 /* of one item */
#define TIMES_SHOWN 6    /* of one match */
#define FLUSH_BYTES 65536
#define SECTION_MATCHES 0 /* sections above it: failures, by jz_status, then other findings */
#define SECTION_FINDINGS JZ_SCAN_KINDS

static void put_path(jz_buf *out, const char *path, size_t len)
{
    jz_buf_puts(out, "<bdi class=path>");
    jz_html_text(out, path, len);
    jz_buf_puts(out, "</bdi>");
    if (jz_utf8_valid(path, len))
        return;
    jz_buf_puts(out, "<div class=note>name as bytes: ");
    jz_hex_put(out, (const uint8_t *)path, len);
    jz_buf_puts(out, "</div>");
}

static void put_error(jz_buf *out, const jz_err *e)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    jz_err_text(e, text, sizeof text);
    jz_html_text(out, text, strlen(text));
}

static void put_clock(jz_buf *out, double seconds)
{
    const double tenths = seconds < 1e9 ? seconds * 10 : 0;
    const uint64_t t = (uint64_t)(tenths + 0.5);
    if (t >= 36000)
        jz_buf_printf(out, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, t / 36000, t / 600 % 60,
                      t / 10 % 60);
    else
        jz_buf_printf(out, "%" PRIu64 ":%02" PRIu64 ".%" PRIu64, t / 600, t / 10 % 60, t % 10);
}

static void put_times(jz_buf *out, const jz_match *m)
{
    const size_t shown = m->n_times < TIMES_SHOWN ? m->n_times : TIMES_SHOWN;
    if (m->frames_compared == 0)
        return;
    jz_buf_printf(out, "%" PRIu64 " of %" PRIu64 " frames<div class=note>", m->frames_matched,
                  m->frames_compared);
    for (size_t i = 0; i < shown; i++) {
        jz_buf_puts(out, i > 0 ? ", " : "");
        put_clock(out, m->time[i].at_s);
        jz_buf_puts(out, " \xe2\x86\x92 "); /* arrow: there it is in the bank's video */
        put_clock(out, m->time[i].bank_at_s);
    }
    jz_buf_puts(out, m->frames_matched > shown ? ", \xe2\x80\xa6</div>" : "</div>");
}

static void put_match(jz_buf *out, const jz_match *m)
{
    assert(m != NULL); /* matches come first among findings */
    jz_buf_puts(out, "<td>");
    jz_html_text(out, m->bank, strlen(m->bank));
    jz_buf_printf(out, "<div class=note>entry %" PRId64 ", %s</div>", m->entry,
                  jz_entry_status_name(m->status));
    if (m->mode->kind == JZ_HASH_EXACT)
        jz_buf_puts(out, "<td class=n>0<div class=note>same file</div><td>");
    else
        jz_buf_printf(out, "<td class=n>%u<td>", m->distance);
    jz_buf_printf(out, "%s<div class=note>bank: %s</div><td>%s%s", m->mode->name, m->signal->name,
                  jz_dihedral_name(m->variant),
                  m->oriented ? "" : "<div class=note>as stored</div>");
    jz_buf_puts(out, "<td class=n>");
    if (m->quality >= 0)
        jz_buf_printf(out, "%d", m->quality);
    jz_buf_puts(out, "<td class=times>");
    put_times(out, m);
}

/* An item is as many rows as it has matches; its own cells span them. */
static void put_match_rows(jz_buf *out, const jz_scan_item *item, bool thumbnails)
{
    const jz_findings *f = item->findings;
    const size_t n = jz_findings_matches(f);
    const size_t shown = n < MATCHES_SHOWN ? n : MATCHES_SHOWN;
    jz_buf_puts(out, "<tbody>");
    for (size_t i = 0; i < shown; i++) {
        jz_buf_puts(out, "<tr>");
        if (i == 0 && thumbnails) {
            jz_buf_printf(out, "<td class=pv rowspan=%zu>", shown);
            if (item->m->preview.width > 0) {
                jz_buf_puts(out, "<img alt=\"blurred preview\" src=\"");
                jz_preview_data_uri(out, &item->m->preview);
                jz_buf_puts(out, "\">");
            }
        }
        if (i == 0) {
            jz_buf_printf(out, "<td class=file rowspan=%zu>", shown);
            put_path(out, item->path, item->path_len);
            if (item->error->code != JZ_OK) {
                jz_buf_puts(out, "<div class=warn>");
                put_error(out, item->error);
                jz_buf_puts(out, "</div>");
            }
            if (n + f->left_out > shown)
                jz_buf_printf(out, "<div class=note>and %" PRIu64 " more entries match</div>",
                              n + f->left_out - shown);
        }
        put_match(out, f->finding[i].match);
    }
    jz_buf_puts(out, "\n");
}

static void put_finding_row(jz_buf *out, const jz_scan_item *item)
{
    const jz_findings *f = item->findings;
    jz_buf_puts(out, "<tr><td class=file>");
    put_path(out, item->path, item->path_len);
    jz_buf_puts(out, "<td>");
    for (size_t i = 0; i < f->n; i++) {
        const jz_finding *one = &f->finding[i];
        if (one->match != NULL)
            continue;
        jz_buf_printf(out, "<div>%s, %s<div class=note>", one->code, jz_verdict_name(one->verdict));
        jz_html_text(out, one->message, strlen(one->message));
        jz_buf_puts(out, "</div></div>");
    }
    jz_buf_puts(out, "\n");
}

static void put_failed_row(jz_buf *out, const jz_scan_item *item)
{
    jz_buf_puts(out, "<tr><td class=file>");
    put_path(out, item->path, item->path_len);
    jz_buf_puts(out, "<td>");
    put_error(out, item->error);
    jz_buf_puts(out, "\n");
}

static jz_status add_findings(jz_state *s, const jz_scan_item *item, jz_err *err)
{
    JZ_BUF_AUTO html = { 0 };
    if (item->findings->n == jz_findings_matches(item->findings))
        return JZ_OK;
    put_finding_row(&html, item);
    JZ_TRY(jz_buf_check(&html, err));
    return jz_state_put_row(s, SECTION_FINDINGS,
                            (jz_bytes){ (const uint8_t *)item->path, item->path_len },
                            (jz_bytes){ (const uint8_t *)html.ptr, html.len }, err);
}

jz_status jz_report_add(jz_state *s, const jz_scan_item *item, bool thumbnails, jz_err *err)
{
    JZ_BUF_AUTO html = { 0 };
    int section = SECTION_MATCHES;
    JZ_TRY(add_findings(s, item, err));
    if (item->status == JZ_ITEM_CLEAN)
        return JZ_OK;
    if (item->status == JZ_ITEM_MATCH) {
        put_match_rows(&html, item, thumbnails);
    } else {
        section = (int)item->error->code;
        put_failed_row(&html, item);
    }
    JZ_TRY(jz_buf_check(&html, err));
    return jz_state_put_row(s, section, (jz_bytes){ (const uint8_t *)item->path, item->path_len },
                            (jz_bytes){ (const uint8_t *)html.ptr, html.len }, err);
}

/* The page on its way into a temporary file. */
struct page {
    int fd;
    const char *path;
    jz_buf buf;
};

static jz_status flush_page(struct page *p, jz_err *err)
{
    JZ_TRY(jz_buf_check(&p->buf, err));
    JZ_TRY(jz_write_all(p->fd, p->buf.ptr, p->buf.len, p->path, err));
    jz_buf_reset(&p->buf);
    return JZ_OK;
}

static jz_status put_row(void *user, jz_bytes html, jz_err *err)
{
    struct page *p = user;
    jz_buf_put(&p->buf, html.ptr, html.len);
    return p->buf.len >= FLUSH_BYTES ? flush_page(p, err) : JZ_OK;
}

static const char head[] =
    "<!doctype html>\n<html lang=en><meta charset=utf-8>\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
    " style-src 'unsafe-inline'; img-src data:\">\n"
    "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>Scan report</title>\n<style>\n";
/* Behind jz_look. */
static const char own[] =
    "body{margin:0 auto;padding:2rem 1.5rem;max-width:76rem}h2{margin-top:2.5rem}\n"
    ".note{background:none;padding:0;margin:0;color:var(--soft);font-size:.85em}"
    ".sub{color:var(--soft)}.warn{color:var(--warn);font-size:.85em}\n"
    ".tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0}\n"
    ".tile{background:var(--card);border:1px solid var(--line);border-radius:var(--radius);"
    "padding:.6rem 1.1rem;min-width:8rem}\n"
    ".tile b{display:block;font-size:1.5rem;font-weight:600;font-variant-numeric:tabular-nums}\n"
    ".tile.hit b{color:var(--bad)}\n"
    "th{font-weight:500;color:var(--soft);font-size:.85em}td,th{padding-left:0}\n"
    "td>.note{white-space:nowrap}.file>.note,.times>.note{white-space:normal}\n"
    ".n{font-variant-numeric:tabular-nums}\n"
    ".path{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere;"
    "unicode-bidi:isolate}\n"
    ".file{min-width:14rem;max-width:34rem}.pv{width:6rem}\n"
    ".pv img{width:5rem;height:auto;display:block;border-radius:4px;image-rendering:auto}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:.5rem 0}\n"
    "dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"
    "@media print{body{padding:0;max-width:none}tr{break-inside:avoid}}\n"
    "</style>\n";

/* 20 digits: at most 6 levels deep. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void put_count(jz_buf *out, uint64_t v)
{
    if (v >= 1000) {
        put_count(out, v / 1000);
        jz_buf_printf(out, "\xe2\x80\xaf%03u", (unsigned)(v % 1000)); /* a narrow space */
    } else {
        jz_buf_printf(out, "%u", (unsigned)v);
    }
}

static void put_tile(jz_buf *out, const char *cls, uint64_t v, const char *what)
{
    jz_buf_printf(out, "<div class=\"tile%s\"><b>", cls);
    put_count(out, v);
    jz_buf_printf(out, "</b>%s</div>\n", what);
}

static void put_summary(jz_buf *out, const jz_report_run *run)
{
    const jz_scan_counts *c = run->counts;
    char begun[32];
    jz_buf_puts(out, head);
    jz_buf_puts(out, jz_look);
    jz_buf_puts(out, own);
    jz_buf_printf(out,
                  "<h1>Scan report</h1>\n<p class=sub>Jianzhen " JZ_VERSION
                  " \xc2\xb7 %s \xc2\xb7 %.1f s</p>\n<div class=tiles>\n",
                  jz_time_text(run->begun_us, begun, sizeof begun), c->seconds);
    put_tile(out, "", c->seen, "files seen");
    put_tile(out, c->matched > 0 ? " hit" : "", c->matched, "matched");
    put_tile(out, "", c->clean, "clean");
    put_tile(out, "", c->failed, "not examined");
    put_tile(out, "", c->labelled, "labelled synthetic");
    if (c->with_credentials > 0) {
        put_tile(out, "", c->with_credentials, "with Content Credentials");
        put_tile(out, "", c->generated, "generated, by these");
    }
    jz_buf_puts(out, "</div>\n");
    if (c->low_quality > 0) {
        jz_buf_puts(out, "<p class=note>");
        put_count(out, c->low_quality);
        jz_buf_puts(out, " of the clean files are too featureless to be told apart by their"
                         " pixels; only their exact hashes were compared.</p>\n");
    }
}

static jz_status put_matches(struct page *p, jz_state *s, const jz_report_run *run, jz_err *err)
{
    jz_buf_puts(&p->buf, "<h2>Matches</h2>\n");
    if (run->counts->matched == 0) {
        jz_buf_puts(&p->buf, "<p>None.</p>\n");
        return JZ_OK;
    }
    jz_buf_printf(&p->buf,
                  "<table><thead><tr>%s<th>File<th>Bank<th>Bits off<th>Mode<th>Variant<th>Quality"
                  "<th>Times</thead>\n",
                  run->opts->thumbnails ? "<th>" : "");
    JZ_TRY(jz_state_rows(s, SECTION_MATCHES, put_row, p, err));
    jz_buf_puts(&p->buf, "</table>\n");
    return JZ_OK;
}

static jz_status put_findings(struct page *p, jz_state *s, const jz_report_run *run, jz_err *err)
{
    if (run->counts->noted == 0)
        return JZ_OK;
    jz_buf_puts(&p->buf, "<h2>Other findings</h2>\n<table>\n");
    JZ_TRY(jz_state_rows(s, SECTION_FINDINGS, put_row, p, err));
    jz_buf_puts(&p->buf, "</table>\n");
    return JZ_OK;
}

static jz_status put_failures(struct page *p, jz_state *s, const jz_report_run *run, jz_err *err)
{
    jz_buf_puts(&p->buf, "<h2>Not examined</h2>\n");
    if (run->counts->failed == 0)
        jz_buf_puts(&p->buf, "<p>None.</p>\n");
    for (int kind = 1; kind < JZ_SCAN_KINDS; kind++) {
        if (run->counts->failed_by[kind] == 0)
            continue;
        jz_buf_printf(&p->buf, "<h3>%s \xc2\xb7 ", jz_status_name((jz_status)kind));
        put_count(&p->buf, run->counts->failed_by[kind]);
        jz_buf_puts(&p->buf, "</h3>\n<table>\n");
        JZ_TRY(jz_state_rows(s, kind, put_row, p, err));
        jz_buf_puts(&p->buf, "</table>\n");
    }
    return JZ_OK;
}

static jz_status put_bank(void *user, const jz_bank_info *info, jz_err *err)
{
    jz_buf *out = user;
    (void)err;
    jz_buf_puts(out, "<dt>bank ");
    jz_html_text(out, info->name, strlen(info->name));
    jz_buf_puts(out, "<dd>");
    put_count(out, (uint64_t)info->active);
    jz_buf_puts(out, " active of ");
    put_count(out, (uint64_t)info->entries);
    jz_buf_puts(out, " entries\n");
    return JZ_OK;
}

static void put_paths(jz_buf *out, const jz_report_run *run)
{
    for (size_t i = 0; i < run->n_paths; i++) {
        jz_buf_puts(out, "<dt>path<dd>");
        put_path(out, run->paths[i], strlen(run->paths[i]));
        jz_buf_puts(out, "\n");
    }
}

static void put_settings(jz_buf *out, const jz_report_run *run)
{
    const jz_match_opts m = jz_match_opts_filled(&run->opts->examine.match);
    const jz_measure_opts *e = &run->opts->examine.measure;
    char begun[32], ended[32];
    jz_buf_printf(out, "<dt>begun<dd>%s\n<dt>ended<dd>%s\n",
                  jz_time_text(run->begun_us, begun, sizeof begun),
                  jz_time_text(run->ended_us, ended, sizeof ended));
    jz_buf_printf(out, "<dt>largest distance<dd>%u bits\n<dt>least quality<dd>%d\n", m.max_bits,
                  m.min_quality);
    if (m.bank != NULL) {
        jz_buf_puts(out, "<dt>only bank<dd>");
        jz_html_text(out, m.bank, strlen(m.bank));
        jz_buf_puts(out, "\n");
    }
    if (e->every_frame)
        jz_buf_puts(out, "<dt>video frames<dd>every one\n");
    else
        jz_buf_printf(out, "<dt>video frames<dd>one every %g s\n",
                      e->interval_s > 0 ? e->interval_s : 1.0);
    jz_buf_printf(out, "<dt>hashes of stills<dd>%s\n",
                  e->fast ? "fast: pdq, pdq_full; of large JPEGs pdq_full only" : "pdq, pdq_full");
    for (size_t i = 0; e->mark_keys != NULL && i < e->mark_keys->n; i++) {
        jz_buf_puts(out, "<dt>invisible marks<dd>of key ");
        jz_hex_put(out, jz_watermark_key_id(e->mark_keys->key[i]), JZ_WATERMARK_KEY_ID_SIZE);
        jz_buf_puts(out, "\n");
    }
}

static jz_status put_run(struct page *p, const jz_report_run *run, jz_err *err)
{
    jz_buf_puts(&p->buf, "<h2>This scan</h2>\n<dl>\n");
    put_paths(&p->buf, run);
    put_settings(&p->buf, run);
    JZ_TRY(jz_bank_list(run->banks, put_bank, &p->buf, err));
    jz_buf_puts(&p->buf, "<dt>bytes hashed<dd>");
    put_count(&p->buf, run->counts->bytes);
    jz_buf_puts(&p->buf,
                "\n</dl>\n<p class=note>A match by exact hash means the same file. A match by"
                " perceptual hash means pictures that look alike, and is for a person to confirm:"
                " such hashes can collide. A file that is clean is unlike everything in the banks;"
                " that does not make it lawful, or real.</p>\n</html>\n");
    return JZ_OK;
}

static jz_status put_page(struct page *p, jz_state *s, const jz_report_run *run, jz_err *err)
{
    put_summary(&p->buf, run);
    JZ_TRY(put_matches(p, s, run, err));
    JZ_TRY(put_findings(p, s, run, err));
    JZ_TRY(put_failures(p, s, run, err));
    JZ_TRY(put_run(p, run, err));
    return flush_page(p, err);
}

jz_status jz_report_write(const char *dir, jz_state *s, const jz_report_run *run, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    JZ_TRY(jz_path_join(dir, "index.html", &path, err));
    JZ_TRY(jz_newfile_open(path, 0600, &f, err));
    struct page p = { .fd = f.fd, .path = path };
    const jz_status st = put_page(&p, s, run, err);
    jz_buf_done(&p.buf);
    JZ_TRY(st);
    return jz_newfile_commit(&f, true, err);
}
