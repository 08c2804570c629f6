/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/bmff_rules.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define RANGES_MAX 65536
#define INDEX_MAX 0x0fffffffu

void jz_rules_done(jz_rules *r)
{
    jz_free(r->rule);
    jz_ranges_done(&r->out);
    *r = (jz_rules){ 0 };
}

/* ---- reading ---- */

/* Four characters of Latin-1, which the path holds as UTF-8. */
static bool read_type(jz_rd *rd, char out[4])
{
    for (unsigned i = 0; i < 4; i++) {
        uint8_t c;
        uint8_t more = 0;
        if (jz_rd_u8(rd, &c, NULL) != JZ_OK)
            return false;
        if (c >= 0x80 && ((c != 0xc2 && c != 0xc3) || jz_rd_u8(rd, &more, NULL) != JZ_OK))
            return false;
        out[i] = (char)(uint8_t)(c < 0x80 ? c : (c & 3) << 6 | (more & 0x3f));
    }
    return true;
}

static uint8_t peek(const jz_rd *rd)
{
    return jz_rd_left(rd) > 0 ? rd->ptr[rd->at] : 0;
}

/* "[12]", behind its bracket. */
static bool read_index(jz_rd *rd, uint32_t *out)
{
    uint8_t c = 0;
    *out = 0;
    while (jz_rd_u8(rd, &c, NULL) == JZ_OK && c >= '0' && c <= '9') {
        if (*out > INDEX_MAX / 10)
            return false;
        *out = *out * 10 + (c - '0');
    }
    return c == ']' && *out > 0;
}

static bool read_path(jz_bytes xpath, jz_rule *out)
{
    jz_rd rd = jz_rd_of(xpath, "xpath");
    while (jz_rd_left(&rd) > 0) {
        uint8_t c;
        jz_rule_node *node = &out->node[out->depth];
        if (out->depth == JZ_BOX_DEPTH || jz_rd_u8(&rd, &c, NULL) != JZ_OK || c != '/' ||
            !read_type(&rd, node->type))
            return false;
        node->index = 0;
        if (peek(&rd) == '[' &&
            (jz_rd_skip(&rd, 1, NULL) != JZ_OK || !read_index(&rd, &node->index)))
            return false;
        out->depth++;
    }
    return out->depth > 0;
}

/* They rise and do not overlap; the last may have no size, and ends with the box. */
static bool subsets_in_order(const jz_bmff_exclusion *x)
{
    uint64_t end = 0;
    for (size_t i = 0; i < x->n_subset; i++) {
        const jz_range *s = &x->subset[i];
        if (s->at < end || (s->size == 0 && i + 1 < x->n_subset) ||
            __builtin_add_overflow(s->at, s->size, &end))
            return false;
    }
    return true;
}

static jz_status read_rule(const jz_bmff_exclusion *x, jz_rule *out, jz_err *err)
{
    *out = (jz_rule){ .x = x };
    if (!read_path(x->xpath, out))
        return JZ_FAIL(err, JZ_E_INVAL, "an exclusion with the path \"%.*s\"",
                       (int)(x->xpath.len < 60 ? x->xpath.len : 60), (const char *)x->xpath.ptr);
    if (x->n_subset > JZ_RULE_PARTS || x->n_match > JZ_RULE_PARTS)
        return JZ_FAIL(err, JZ_E_LIMIT, "an exclusion of %zu parts, limit %d",
                       x->n_subset + x->n_match, JZ_RULE_PARTS);
    if (!subsets_in_order(x))
        return JZ_FAIL(err, JZ_E_INVAL, "an exclusion with subsets that do not rise, or overlap");
    return JZ_OK;
}

jz_status jz_rules_read(const jz_bmff_exclusion *x, size_t n, jz_rules *out, jz_err *err)
{
    if (n > JZ_RULES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu exclusions, limit %d", n, JZ_RULES_MAX);
    out->rule = jz_alloc_zero(n + 1, sizeof *out->rule);
    if (out->rule == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu exclusions", n);
    for (size_t i = 0; i < n; i++)
        JZ_TRY(read_rule(&x[i], &out->rule[i], err));
    out->n = n;
    return JZ_OK;
}

/* ---- applying ---- */

/* Whether the box has those bytes there; what cannot be read is not equal. */
static bool has_bytes(const jz_box *b, const jz_bmff_match *m)
{
    uint8_t part[256];
    const uint64_t size = b->end - b->at;
    if (m->offset > size || m->value.len > size - m->offset)
        return false;
    for (size_t done = 0; done < m->value.len;) {
        const size_t n = m->value.len - done < sizeof part ? m->value.len - done : sizeof part;
        if (jz_source_get(b->body.src, b->at + m->offset + done, part, n, NULL) != JZ_OK ||
            memcmp(part, m->value.ptr + done, n) != 0)
            return false;
        done += n;
    }
    return true;
}

/* Version and flags of a full box. */
static bool has_version(const jz_box *b, const jz_bmff_exclusion *x)
{
    uint8_t version;
    uint32_t flags;
    jz_span s = b->body;
    if (!x->has_version && !x->has_flags)
        return true;
    if (jz_box_version(&s, &version, &flags, NULL) != JZ_OK)
        return false;
    const uint32_t wanted = (uint32_t)x->flags[0] << 16 | (uint32_t)x->flags[1] << 8 | x->flags[2];
    if (x->has_version && x->version != version)
        return false;
    return !x->has_flags || (x->inexact ? (flags & wanted) == wanted : flags == wanted);
}

static bool matches(const jz_box *b, const jz_bmff_exclusion *x)
{
    if (x->has_length && x->length != b->end - b->at)
        return false;
    if (!has_version(b, x))
        return false;
    for (size_t i = 0; i < x->n_match; i++) {
        if (!has_bytes(b, &x->match[i]))
            return false;
    }
    return true;
}

static jz_status leave_out(jz_rules *r, uint64_t at, uint64_t end, jz_err *err)
{
    if (r->out.n == RANGES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "exclusions of more than %d ranges in one box", RANGES_MAX);
    return at < end ? jz_ranges_add(&r->out, at, end - at, err) : JZ_OK;
}

/* A rule's last node fits the box. */
static jz_status on_leaf(jz_rules *r, const jz_rule *rule, const jz_box *b, bool top, jz_err *err)
{
    const jz_bmff_exclusion *x = rule->x;
    const uint64_t size = b->end - b->at;
    if (!matches(b, x))
        return JZ_OK;
    if (x->n_subset == 0) {
        r->whole = r->whole || top;
        return leave_out(r, b->at, b->end, err);
    }
    for (size_t i = 0; i < x->n_subset; i++) {
        const jz_range *s = &x->subset[i];
        const uint64_t from = s->at < size ? s->at : size;
        const uint64_t to = s->size == 0 || s->size > size - from ? size : from + s->size;
        JZ_TRY(leave_out(r, b->at + from, b->at + to, err));
    }
    return JZ_OK;
}

/* Boxes that are nothing but boxes; meta, too, which c2pa-rs' own exclusions lead into. */
static bool is_container(const jz_box *b)
{
    static const char types[] = "moov trak edts mdia minf dinf stbl mvex moof traf mfra udta "
                                "meta tref sinf schi ";
    for (const char *t = types; *t != '\0'; t += 5) {
        if (jz_box_is(b, t))
            return true;
    }
    return false;
}

typedef struct level { /* the rules that a box's place fits so far */
    uint16_t rule[JZ_RULES_MAX];
    size_t n;
} level;

static jz_status on_box(jz_rules *r, const jz_box *b, size_t depth, const level *now, jz_err *err);

/* NOLINTNEXTLINE(misc-no-recursion): no deeper than JZ_BOX_DEPTH */
static jz_status descend(jz_rules *r, const jz_box *b, size_t depth, const level *next, jz_err *err)
{
    jz_span s = b->body;
    if (jz_box_is(b, "meta") && jz_box_meta(b, &s, NULL) != JZ_OK)
        return JZ_OK;
    memset(r->seen[depth], 0, sizeof r->seen[depth]);
    for (bool more = true; more;) {
        jz_box child;
        if (jz_box_next(&s, &child, &more, NULL) != JZ_OK)
            return JZ_OK; /* damage: what is there is hashed */
        if (more)
            JZ_TRY(on_box(r, &child, depth, next, err));
    }
    return JZ_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): no deeper than JZ_BOX_DEPTH */
static jz_status on_box(jz_rules *r, const jz_box *b, size_t depth, const level *now, jz_err *err)
{
    level next;
    next.n = 0;
    for (size_t i = 0; i < now->n; i++) {
        const jz_rule *rule = &r->rule[now->rule[i]];
        const jz_rule_node *node = &rule->node[depth];
        if (memcmp(node->type, b->type, 4) != 0)
            continue;
        const uint32_t nth = ++r->seen[depth][now->rule[i]];
        if (node->index != 0 && node->index != nth)
            continue;
        if (rule->depth == depth + 1)
            JZ_TRY(on_leaf(r, rule, b, depth == 0, err));
        else
            next.rule[next.n++] = now->rule[i];
    }
    if (next.n == 0 || r->whole || !is_container(b))
        return JZ_OK;
    return descend(r, b, depth + 1, &next, err);
}

static int by_offset(const void *a, const void *b)
{
    const jz_range *x = a;
    const jz_range *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Rules may leave out the same bytes twice. */
static void merge(jz_ranges *r)
{
    size_t n = 0;
    if (r->n > 1)
        qsort(r->range, r->n, sizeof *r->range, by_offset);
    for (size_t i = 0; i < r->n; i++) {
        jz_range *last = n > 0 ? &r->range[n - 1] : NULL;
        const jz_range *x = &r->range[i];
        if (last == NULL || x->at > last->at + last->size)
            r->range[n++] = *x;
        else if (x->at + x->size > last->at + last->size)
            last->size = x->at + x->size - last->at;
    }
    r->n = n;
}

jz_status jz_rules_apply(jz_rules *r, const jz_box *box, jz_err *err)
{
    level all;
    r->out.n = 0;
    r->whole = false;
    all.n = r->n;
    for (size_t i = 0; i < r->n; i++)
        all.rule[i] = (uint16_t)i;
    JZ_TRY(on_box(r, box, 0, &all, err));
    merge(&r->out);
    return JZ_OK;
}

void jz_rules_rewind(jz_rules *r)
{
    memset(r->seen, 0, sizeof r->seen);
}
