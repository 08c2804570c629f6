/* SPDX-License-Identifier: Apache-2.0 */
/* From the metadata blocks of a file to what they say: each place that holds a label, the one that
 * counts, the rules, the signatures. */
#include "label/label_read.h"

#include "base/alloc.h"
#include "base/json.h"
#include "label/aigc.h"
#include "label/security.h"
#include "label/xmp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *jz_presence_name(jz_presence p)
{
    static const char *const names[] = { "absent", "present", "cannot-tell" };
    return names[p];
}

void jz_label_done(jz_label *l)
{
    for (size_t i = 0; i < l->n; i++)
        jz_aigc_done(&l->place[i].aigc);
    jz_free(l->place);
    jz_free(l->source_type);
    *l = (jz_label){ 0 };
}

static jz_bytes value_of(const jz_label_block *b)
{
    return (jz_bytes){ (const uint8_t *)b->value, b->len };
}

static jz_status new_place(const jz_label_blocks *all, const jz_label_block *b, jz_label *l,
                           jz_label_place **out, jz_err *err)
{
    jz_label_place *grown = jz_grow(l->place, l->n, &l->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    l->place = grown;
    *out = &grown[l->n++];
    **out = (jz_label_place){
        .where = b->where,
        .at = b->at,
        .size = b->size,
        .home = b->kind == all->carrier->home && (b->kind == JZ_META_XMP || b->own_key),
        .copies = 1,
    };
    return JZ_OK;
}

/* A label that cannot be read: said of the place, not of the call. */
static void mark_unreadable(jz_label_place *p, jz_status st, const jz_err *why)
{
    jz_aigc_done(&p->aigc);
    p->status = st;
    (void)snprintf(p->fault, sizeof p->fault, "%s", why->frame[0]);
}

/* Parses a label's text into a new place. Where nothing is a label, there is no place, unless the
 * block's key promised one. */
static jz_status add_text(const jz_label_blocks *all, const jz_label_block *b, jz_bytes text,
                          unsigned copies, bool promised, jz_label *l, jz_err *err)
{
    jz_aigc aigc = { 0 };
    jz_err why = { 0 };
    jz_label_place *p = NULL;
    const jz_status st = jz_aigc_parse(text, &aigc, &why);
    if (st == JZ_E_NOMEM)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (st == JZ_E_NOTFOUND && !promised)
        return JZ_OK;
    const jz_status grown = new_place(all, b, l, &p, err);
    if (grown != JZ_OK) {
        jz_aigc_done(&aigc);
        return grown;
    }
    p->copies = copies;
    p->aigc = aigc;
    if (st != JZ_OK)
        mark_unreadable(p, st, &why);
    return JZ_OK;
}

static jz_status read_source_type(const jz_label_block *b, jz_label *l, jz_err *err)
{
    JZ_BUF_AUTO value = { 0 };
    unsigned count = 0;
    if (l->source_type != NULL)
        return JZ_OK;
    const jz_status st = jz_xmp_get(value_of(b), &jz_xmp_source_type, &value, &count, NULL);
    if (st == JZ_E_NOMEM)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (st != JZ_OK || value.len == 0)
        return JZ_OK;
    l->source_type = jz_strndup(value.ptr, value.len);
    return l->source_type != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

static jz_status read_xmp(const jz_label_blocks *all, const jz_label_block *b, jz_label *l,
                          jz_err *err)
{
    JZ_BUF_AUTO value = { 0 };
    jz_err why = { 0 };
    jz_label_place *p = NULL;
    unsigned count = 0;
    JZ_TRY(read_source_type(b, l, err));
    const jz_status st = jz_xmp_get(value_of(b), &jz_xmp_aigc, &value, &count, &why);
    if (st == JZ_E_NOMEM)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (st == JZ_OK)
        return add_text(all, b, (jz_bytes){ (const uint8_t *)value.ptr, value.len }, count, true, l,
                        err);
    if (st == JZ_E_NOTFOUND || !jz_meta_has_key(value_of(b), JZ_AIGC_KEY))
        return JZ_OK;
    JZ_TRY(new_place(all, b, l, &p, err));
    mark_unreadable(p, st, &why);
    return JZ_OK;
}

/* A block that was passed over may have held a label, or certainly did. */
static jz_status read_passed(const jz_label_blocks *all, const jz_label_block *b, jz_label *l,
                             jz_err *err)
{
    jz_err why = { 0 };
    jz_label_place *p = NULL;
    jz_err_set(&why, b->passed, "%s: a block of %" PRIu64 " bytes at offset %" PRIu64 " (%s)",
               b->where, b->size, b->at, jz_status_name(b->passed));
    if (l->damage.code == JZ_OK)
        l->damage = why;
    if (b->kind != JZ_META_TEXT)
        return JZ_OK;
    JZ_TRY(new_place(all, b, l, &p, err));
    mark_unreadable(p, b->passed, &why);
    return JZ_OK;
}

static jz_status read_exif(const jz_label_blocks *all, const jz_label_block *b, jz_label *l,
                           jz_err *err)
{
    for (size_t i = 0; i < JZ_LABEL_EXIF_TAGS; i++) {
        JZ_BUF_AUTO text = { 0 };
        jz_exif_place place;
        const jz_status st = jz_exif_text(value_of(b), jz_label_exif_tags[i], &place, &text, NULL);
        const jz_bytes bytes = { (const uint8_t *)text.ptr, text.len };
        if (st == JZ_E_NOMEM)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        if (st == JZ_OK && jz_meta_has_key(bytes, JZ_AIGC_KEY))
            JZ_TRY(add_text(all, b, bytes, 1, false, l, err));
    }
    return JZ_OK;
}

static jz_status read_block(const jz_label_blocks *all, const jz_label_block *b, jz_label *l,
                            jz_err *err)
{
    if (b->passed != JZ_OK)
        return read_passed(all, b, l, err);
    if (b->kind == JZ_META_XMP)
        return read_xmp(all, b, l, err);
    if (b->kind == JZ_META_EXIF)
        return read_exif(all, b, l, err);
    return add_text(all, b, value_of(b), 1, b->kind == JZ_META_TEXT && b->own_key, l, err);
}

static const jz_label_place *counting_place(const jz_label *l)
{
    const jz_label_place *first = NULL;
    for (size_t i = 0; i < l->n; i++) {
        const jz_label_place *p = &l->place[i];
        if (p->status == JZ_OK && (first == NULL || (p->home && !first->home)))
            first = p;
    }
    return first;
}

static void add_check(jz_label *l, const char *id, bool ok, const char *message)
{
    jz_check *c = &l->check[l->n_checks++];
    *c = (jz_check){ .id = id, .ok = ok };
    (void)snprintf(c->message, sizeof c->message, "%s", message);
}

static void check_file(const jz_label_place *counts, jz_label *l)
{
    char text[JZ_CHECK_TEXT];
    unsigned labels = 0;
    for (size_t i = 0; i < l->n; i++)
        labels += l->place[i].copies;
    (void)snprintf(text, sizeof text, "%u label%s in %zu place%s", labels, labels == 1 ? "" : "s",
                   l->n, l->n == 1 ? "" : "s");
    add_check(l, "gb45438.one-label", labels == 1, text);
    (void)snprintf(text, sizeof text, "it stands in %s%s", counts->where,
                   counts->home ? "" : ", which is not where the guides want it");
    add_check(l, "tc260.place", counts->home, text);
}

static void check_label(jz_label *l)
{
    jz_aigc_check(l->aigc, l->check + l->n_checks);
    l->n_checks += jz_aigc_check_count();
}

static jz_status judge_present(const jz_label_place *counts, const struct jz_pins *pins,
                               jz_label *l, jz_err *err)
{
    l->presence = JZ_LABEL_PRESENT;
    l->aigc = &counts->aigc;
    check_file(counts, l);
    check_label(l);
    JZ_TRY(jz_security_verify(l->aigc, JZ_AIGC_RESERVED1, pins, &l->signature[0], err));
    return jz_security_verify(l->aigc, JZ_AIGC_RESERVED2, pins, &l->signature[1], err);
}

static jz_status judge(const jz_label_blocks *b, const struct jz_pins *pins, jz_label *l,
                       jz_err *err)
{
    l->format = b->format;
    l->carrier = b->carrier != NULL ? b->carrier->name : NULL;
    l->damage = b->damage;
    for (size_t i = 0; i < b->n; i++)
        JZ_TRY(read_block(b, &b->block[i], l, err));
    const jz_label_place *counts = counting_place(l);
    if (counts != NULL)
        return judge_present(counts, pins, l, err);
    if (l->n > 0 && l->damage.code == JZ_OK)
        jz_err_set(&l->damage, l->place[0].status, "%s: %s", l->place[0].where, l->place[0].fault);
    l->presence = l->damage.code != JZ_OK ? JZ_LABEL_CANNOT_TELL : JZ_LABEL_ABSENT;
    return JZ_OK;
}

jz_status jz_label_judge(const jz_label_blocks *b, const struct jz_pins *pins, jz_label *out,
                         jz_err *err)
{
    const jz_status st = judge(b, pins, out, err);
    if (st != JZ_OK)
        jz_label_done(out);
    return st;
}

jz_status jz_label_read_bytes(jz_bytes file, const struct jz_pins *pins, jz_label *out, jz_err *err)
{
    JZ_LABEL_BLOCKS_AUTO blocks = { 0 };
    JZ_TRY(jz_label_blocks_read_bytes(file, &blocks, err));
    return jz_label_judge(&blocks, pins, out, err);
}

jz_status jz_label_read(int fd, const struct jz_pins *pins, jz_label *out, jz_err *err)
{
    JZ_LABEL_BLOCKS_AUTO blocks = { 0 };
    JZ_TRY(jz_label_blocks_read(fd, &blocks, err));
    return jz_label_judge(&blocks, pins, out, err);
}

const char *jz_label_carrier(const jz_label *l)
{
    for (size_t i = 0; l->place != NULL && i < l->n; i++) {
        if (&l->place[i].aigc == l->aigc)
            return l->place[i].home ? l->carrier : l->place[i].where;
    }
    return NULL;
}

/* As much of a UTF-8 text as fits, in whole characters. */
static void put_brief(char *out, size_t size, const char *text)
{
    size_t n = 0;
    const size_t len = text != NULL ? strlen(text) : 0;
    for (unsigned step = 1; n < len && step > 0; n += step) {
        step = jz_utf8_len(text + n, len - n);
        if (n + step >= size)
            break;
    }
    if (n > 0)
        memcpy(out, text, n);
    out[n] = '\0';
}

void jz_label_brief_of(const jz_label *l, jz_label_brief *out)
{
    static const jz_aigc none;
    const jz_aigc *a = l->aigc != NULL ? l->aigc : &none;
    jz_label_brief b = { .read = true,
                         .presence = l->presence,
                         .state = jz_label_state_of(l->aigc, false, false),
                         .signature = l->signature[0].state };
    for (size_t i = 0; i < l->n_checks; i++)
        b.rules_broken += !l->check[i].ok;
    put_brief(b.carrier, sizeof b.carrier, jz_label_carrier(l));
    put_brief(b.producer, sizeof b.producer, a->field[JZ_AIGC_CONTENT_PRODUCER]);
    put_brief(b.produce_id, sizeof b.produce_id, a->field[JZ_AIGC_PRODUCE_ID]);
    put_brief(b.propagator, sizeof b.propagator, a->field[JZ_AIGC_PROPAGATOR]);
    *out = b;
}
