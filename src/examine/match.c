/* SPDX-License-Identifier: Apache-2.0 */
/* Measurement to findings: every hash is looked up in the banks, and of all pairs of hashes the
 * best one of each entry is kept. */
#include "examine/match.h"

#include "examine/face_findings.h"
#include "examine/mark_findings.h"
#include "examine/provenance_findings.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_MAX_FINDINGS 1000

/* An entry that matched so far. */
struct candidate {
    jz_match match;
    double last_s;     /* of the last frame that matched */
    size_t last_probe; /* which probe that was, + 1; 0 = none */
    size_t times_size;
};

struct search {
    jz_banks *banks;
    jz_match_opts opts;
    const jz_measurement *m;
    struct candidate *found;
    size_t n, size;
    uint32_t *slot; /* hash table of found, by entry: index + 1, 0 = free */
    size_t slots;   /* a power of 2, more than 2 * n */
    jz_bank_hits hits;
};

static size_t slot_of(const struct search *s, int64_t entry)
{
    size_t at = (size_t)((uint64_t)entry * 0x9e3779b97f4a7c15ull >> 17) & (s->slots - 1);
    while (s->slot[at] != 0 && s->found[s->slot[at] - 1].match.entry != entry)
        at = (at + 1) & (s->slots - 1);
    return at;
}

static jz_status grow(struct search *s, jz_err *err)
{
    const size_t size = s->size > 0 ? s->size * 2 : 16;
    struct candidate *found = jz_realloc_array(s->found, size, sizeof *found);
    if (found == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    s->found = found;
    uint32_t *slot = jz_alloc_zero(size * 4, sizeof *slot);
    if (slot == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_free(s->slot);
    s->slot = slot;
    s->slots = size * 4;
    s->size = size;
    for (size_t i = 0; i < s->n; i++)
        s->slot[slot_of(s, s->found[i].match.entry)] = (uint32_t)(i + 1);
    return JZ_OK;
}

/* Rank among equal distances, so that the result does not depend on the order of hits: exact
 * hashes, the longest first, then like with like, then the picture with the least done to it. */
static int rank(const jz_match *m)
{
    const bool alike = m->mode == m->signal;
    if (m->mode->kind == JZ_HASH_EXACT)
        return -(int)m->mode->digest_size;
    return (alike ? 0 : 64) + (m->oriented ? 0 : 32) + (int)m->variant;
}

static bool better(const jz_match *a, const jz_match *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    if (rank(a) != rank(b))
        return rank(a) < rank(b);
    const int mode = strcmp(a->mode->name, b->mode->name);
    if (mode != 0)
        return mode < 0;
    return a->quality > b->quality;
}

static jz_status candidate_for(struct search *s, const jz_match *m, struct candidate **out,
                               jz_err *err)
{
    if (s->n == s->size)
        JZ_TRY(grow(s, err));
    const size_t at = slot_of(s, m->entry);
    if (s->slot[at] == 0) {
        s->found[s->n] = (struct candidate){ .match = *m };
        s->slot[at] = (uint32_t)++s->n;
    }
    *out = &s->found[s->slot[at] - 1];
    return JZ_OK;
}

static jz_status add_time(struct candidate *c, const jz_match_time *time, jz_err *err)
{
    jz_match *m = &c->match;
    if (m->n_times == JZ_MATCH_TIMES)
        return JZ_OK;
    jz_match_time *t = jz_grow(m->time, m->n_times, &c->times_size, sizeof *t);
    if (t == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    m->time = t;
    m->time[m->n_times++] = *time;
    return JZ_OK;
}

/* A frame of a video counts once for each entry, with its nearest variant. */
static jz_status note_frame(const struct search *s, struct candidate *c, size_t probe,
                            const jz_bank_hit *hit, jz_err *err)
{
    const jz_match_time time = { .at_s = s->m->probe[probe].seconds,
                                 .bank_at_s = hit->seconds,
                                 .distance = hit->distance };
    const bool again = c->last_probe == probe + 1;
    jz_match *m = &c->match;
    if (!again) {
        c->last_probe = probe + 1;
        c->last_s = time.at_s;
        m->frames_matched++;
        return add_time(c, &time, err);
    }
    if (m->n_times > 0 && m->frames_matched == m->n_times &&
        time.distance < m->time[m->n_times - 1].distance)
        m->time[m->n_times - 1] = time;
    return JZ_OK;
}

static jz_match match_of(const jz_bank_hit *hit)
{
    jz_match m = { .entry = hit->entry,
                   .status = hit->status,
                   .signal = hit->cls,
                   .distance = hit->distance,
                   .quality = -1,
                   .oriented = true };
    memcpy(m.bank, hit->bank, sizeof m.bank);
    return m;
}

static void improve(struct candidate *c, const jz_match *by)
{
    if (!better(by, &c->match))
        return;
    const jz_match old = c->match;
    c->match = *by;
    c->match.frames_matched = old.frames_matched;
    c->match.time = old.time;
    c->match.n_times = old.n_times;
}

static bool wanted(const struct search *s, const jz_bank_hit *hit)
{
    return s->opts.bank == NULL || strcmp(s->opts.bank, hit->bank) == 0;
}

static jz_status search_exact(struct search *s, const char *cls, const uint8_t *digest, jz_err *err)
{
    const jz_hash_class *mode = jz_hash_class_find(cls);
    s->hits.n = 0;
    JZ_TRY(jz_banks_match_exact(s->banks, mode, digest, &s->hits, err));
    for (size_t i = 0; i < s->hits.n; i++) {
        struct candidate *c = NULL;
        jz_match m = match_of(&s->hits.hit[i]);
        m.mode = mode;
        if (!wanted(s, &s->hits.hit[i]))
            continue;
        JZ_TRY(candidate_for(s, &m, &c, err));
        improve(c, &m);
    }
    return JZ_OK;
}

static jz_status search_variant(struct search *s, size_t probe, jz_dihedral v, jz_err *err)
{
    const jz_probe *p = &s->m->probe[probe];
    s->hits.n = 0;
    JZ_TRY(jz_banks_match(s->banks, p->digest[v], s->opts.max_bits, &s->hits, err));
    for (size_t i = 0; i < s->hits.n; i++) {
        struct candidate *c = NULL;
        jz_match m = match_of(&s->hits.hit[i]);
        m.mode = p->cls;
        m.variant = v;
        m.oriented = p->oriented;
        m.quality = p->quality;
        if (!wanted(s, &s->hits.hit[i]))
            continue;
        JZ_TRY(candidate_for(s, &m, &c, err));
        improve(c, &m);
        if (p->frame >= 0)
            JZ_TRY(note_frame(s, c, probe, &s->hits.hit[i], err));
    }
    return JZ_OK;
}

static jz_status search_all(struct search *s, jz_findings *out, uint64_t *frames, jz_err *err)
{
    const jz_measurement *m = s->m;
    if (m->hashed) {
        JZ_TRY(search_exact(s, "sha256", m->exact.sha256, err));
        JZ_TRY(search_exact(s, "sm3", m->exact.sm3, err));
        JZ_TRY(search_exact(s, "md5", m->exact.md5, err));
    }
    for (size_t i = 0; i < m->n; i++) {
        if (m->probe[i].quality < s->opts.min_quality) {
            out->low_quality++;
            continue;
        }
        out->compared++;
        *frames += m->probe[i].frame >= 0;
        for (int v = 0; v < JZ_DIHEDRALS; v++)
            JZ_TRY(search_variant(s, i, (jz_dihedral)v, err));
    }
    return JZ_OK;
}

static int by_nearness(const void *a, const void *b)
{
    const jz_match *x = &((const struct candidate *)a)->match;
    const jz_match *y = &((const struct candidate *)b)->match;
    if (better(x, y) != better(y, x))
        return better(x, y) ? -1 : 1;
    const int bank = strcmp(x->bank, y->bank);
    return bank != 0 ? bank : (x->entry > y->entry) - (x->entry < y->entry);
}

static void describe(jz_finding *f)
{
    const jz_match *m = f->match;
    const bool exact = m->mode->kind == JZ_HASH_EXACT;
    char how[64];
    if (exact)
        (void)snprintf(how, sizeof how, "the same file");
    else
        (void)snprintf(how, sizeof how, "%u bits off, %s", m->distance,
                       jz_dihedral_name(m->variant));
    (void)snprintf(f->message, sizeof f->message, "entry %lld of bank %s: %s by %s",
                   (long long)m->entry, m->bank, how, m->mode->name); /* fits, or is cut */
}

static jz_status add_finding(jz_findings *out, struct candidate *c, jz_err *err)
{
    jz_finding *p = jz_grow(out->finding, out->n, &out->size, sizeof *p);
    if (p == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    out->finding = p;
    jz_match *m = jz_alloc(sizeof *m);
    if (m == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *m = c->match;
    c->match.time = NULL; /* the finding's now */
    const bool exact = m->mode->kind == JZ_HASH_EXACT;
    jz_finding *f = &out->finding[out->n++];
    *f = (jz_finding){ .examiner = "match",
                       .code = exact ? "match.exact" : "match.perceptual",
                       .verdict = exact ? JZ_AFFIRMED : JZ_SUSPECTED,
                       .from_s = m->n_times > 0 ? m->time[0].at_s : 0,
                       .to_s = c->last_s,
                       .match = m };
    describe(f);
    return JZ_OK;
}

static jz_status collect(struct search *s, uint64_t frames, jz_findings *out, jz_err *err)
{
    if (s->n > 0)
        qsort(s->found, s->n, sizeof *s->found, by_nearness);
    const size_t keep = s->n < s->opts.max_findings ? s->n : s->opts.max_findings;
    for (size_t i = 0; i < keep; i++) {
        s->found[i].match.frames_compared = frames;
        JZ_TRY(add_finding(out, &s->found[i], err));
    }
    out->left_out += s->n - keep;
    return JZ_OK;
}

static void search_done(struct search *s)
{
    for (size_t i = 0; i < s->n; i++)
        jz_free(s->found[i].match.time);
    jz_free(s->found);
    jz_free(s->slot);
    jz_bank_hits_done(&s->hits);
}

jz_match_opts jz_match_opts_filled(const jz_match_opts *opts)
{
    jz_match_opts o = opts != NULL ? *opts : (jz_match_opts){ 0 };
    if (o.identical)
        o.max_bits = 0;
    else if (o.max_bits == 0)
        o.max_bits = JZ_PDQ_MAX_BITS;
    if (o.any_quality)
        o.min_quality = 0;
    else if (o.min_quality == 0)
        o.min_quality = JZ_PDQ_MIN_QUALITY;
    if (o.max_findings == 0)
        o.max_findings = DEFAULT_MAX_FINDINGS;
    return o;
}

jz_status jz_match_banks(jz_banks *b, const jz_measurement *m, const jz_match_opts *opts,
                         jz_findings *out, jz_err *err)
{
    struct search s = { .banks = b, .m = m, .opts = jz_match_opts_filled(opts) };
    uint64_t frames = 0;
    if (s.opts.max_bits > 256)
        return JZ_FAIL(err, JZ_E_INVAL, "a distance of %u bits: hashes have 256", s.opts.max_bits);
    jz_status st = search_all(&s, out, &frames, err);
    if (st == JZ_OK)
        st = collect(&s, frames, out, err);
    search_done(&s);
    return st;
}

void jz_findings_done(jz_findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->finding[i].match != NULL)
            jz_free(f->finding[i].match->time);
        jz_free(f->finding[i].match);
    }
    jz_free(f->finding);
    *f = (jz_findings){ 0 };
}

const char *jz_verdict_name(jz_verdict v)
{
    static const char *const names[] = { "affirmed", "suspected", "cleared", "cannot-tell" };
    return (size_t)v < JZ_ARRAY_LEN(names) ? names[v] : "unknown";
}

size_t jz_findings_matches(const jz_findings *f)
{
    size_t n = 0;
    while (n < f->n && f->finding[n].match != NULL)
        n++;
    return n;
}

jz_status jz_examine(jz_decoder *d, jz_banks *b, int fd, const jz_examine_opts *opts,
                     jz_measurement *m, jz_findings *f, jz_err *err)
{
    const jz_examine_opts none = { 0 };
    const jz_examine_opts *o = opts != NULL ? opts : &none;
    const jz_status st = jz_measure(d, fd, &o->measure, m, err);
    jz_status matched = jz_match_banks(b, m, &o->match, f, st == JZ_OK ? err : NULL);
    if (matched == JZ_OK)
        matched = jz_credentials_findings(&m->credentials, f, st == JZ_OK ? err : NULL);
    if (matched == JZ_OK)
        matched = jz_faces_findings(&m->faces, f, st == JZ_OK ? err : NULL);
    if (matched == JZ_OK)
        matched = jz_marks_findings(&m->mark, f, st == JZ_OK ? err : NULL);
    return st != JZ_OK ? st : matched;
}
