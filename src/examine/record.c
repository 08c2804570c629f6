/* SPDX-License-Identifier: Apache-2.0 */
/* version, flags, exact hashes, label, credentials, faces, mark, media info, error, preview,
 * probes; numbers are big-endian. */
#include "examine/record.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <string.h>

#define VERSION 5
#define HAS_EXACT 1u
#define HAS_PREVIEW 2u
#define ANIMATED 4u
#define HAS_LABEL 8u
#define HAS_CREDENTIALS 16u
#define HAS_FACES 32u
#define HAS_MARK 64u
#define ORIENTED 1u
#define PROBE_BYTES (1u + 1u + 1u + 8u + 8u + JZ_DIHEDRALS * JZ_PDQ_SIZE)

static void put_uint(jz_buf *out, uint64_t v, unsigned bytes)
{
    while (bytes-- > 0)
        jz_buf_putc(out, (char)(uint8_t)(v >> (8 * bytes)));
}

static void put_f64(jz_buf *out, double v)
{
    uint64_t bits = 0;
    memcpy(&bits, &v, sizeof bits);
    put_uint(out, bits, 8);
}

static void put_text(jz_buf *out, const char *s)
{
    const size_t len = strlen(s);
    put_uint(out, len, 1); /* all are shorter than 256 */
    jz_buf_put(out, s, len);
}

static uint64_t class_number(const jz_hash_class *cls)
{
    uint64_t i = 0;
    while (jz_hash_class_at(i) != cls && jz_hash_class_at(i) != NULL)
        i++;
    return i;
}

static void put_info(jz_buf *out, const jz_media_info *info)
{
    put_text(out, info->format != NULL ? info->format->name : "");
    put_text(out, info->codec);
    put_uint(out, info->width, 4);
    put_uint(out, info->height, 4);
    put_uint(out, info->orientation, 4);
    put_uint(out, info->frames, 8);
    put_f64(out, info->fps);
    put_f64(out, info->duration_s);
}

static void put_label(jz_buf *out, const jz_label_brief *b)
{
    put_uint(out, (uint64_t)b->presence, 1);
    put_uint(out, (uint64_t)b->state, 1);
    put_uint(out, (uint64_t)b->signature, 1);
    put_uint(out, b->rules_broken, 4);
    put_text(out, b->carrier);
    put_text(out, b->producer);
    put_text(out, b->produce_id);
    put_text(out, b->propagator);
}

static void put_credentials(jz_buf *out, const jz_credential_brief *b)
{
    put_uint(out, (uint64_t)b->state, 1);
    put_uint(out, (uint64_t)b->ai, 1);
    put_uint(out, b->face, 1);
    put_text(out, b->signer);
    put_text(out, b->generator);
    put_text(out, b->source_type);
    put_text(out, b->failure);
}

static void put_faces(jz_buf *out, const jz_face_brief *b)
{
    put_uint(out, b->frames, 4);
    put_uint(out, b->faces, 4);
    put_uint(out, (uint64_t)b->outcome, 1);
    put_f64(out, b->at_s);
    put_text(out, b->reason);
}

static void put_mark(jz_buf *out, const jz_watermark_brief *b)
{
    put_uint(out, (uint64_t)b->state, 1);
    put_uint(out, b->payload, 8);
    jz_buf_put(out, b->key_id, sizeof b->key_id);
}

static void put_err(jz_buf *out, const jz_err *e)
{
    put_uint(out, (uint64_t)e->code, 1);
    put_uint(out, e->depth, 1);
    for (unsigned i = 0; i < e->depth; i++)
        put_text(out, e->frame[i]);
}

static void put_probe(jz_buf *out, const jz_probe *p)
{
    put_uint(out, class_number(p->cls), 1);
    put_uint(out, p->oriented ? ORIENTED : 0, 1);
    put_uint(out, (uint64_t)p->quality, 1);
    put_uint(out, (uint64_t)p->frame, 8);
    put_f64(out, p->seconds);
    jz_buf_put(out, p->digest, sizeof p->digest);
}

void jz_record_write(jz_buf *out, const jz_measurement *m, const jz_err *item)
{
    const bool preview = m->preview.width > 0;
    put_uint(out, VERSION, 1);
    put_uint(out,
             (m->hashed ? HAS_EXACT : 0) | (preview ? HAS_PREVIEW : 0) |
                 (m->info.animated ? ANIMATED : 0) | (m->label.read ? HAS_LABEL : 0) |
                 (m->credentials.read ? HAS_CREDENTIALS : 0) | (m->faces.read ? HAS_FACES : 0) |
                 (m->mark.read ? HAS_MARK : 0),
             1);
    if (m->hashed) {
        put_uint(out, m->exact.bytes, 8);
        jz_buf_put(out, m->exact.md5, JZ_MD5_SIZE);
        jz_buf_put(out, m->exact.sha256, JZ_SHA256_SIZE);
        jz_buf_put(out, m->exact.sm3, JZ_SM3_SIZE);
    }
    if (m->label.read)
        put_label(out, &m->label);
    if (m->credentials.read)
        put_credentials(out, &m->credentials);
    if (m->faces.read)
        put_faces(out, &m->faces);
    if (m->mark.read)
        put_mark(out, &m->mark);
    put_info(out, &m->info);
    put_err(out, item);
    if (preview) {
        put_uint(out, m->preview.width, 1);
        put_uint(out, m->preview.height, 1);
        jz_buf_put(out, m->preview.px, (size_t)m->preview.width * m->preview.height);
    }
    put_uint(out, m->n, 8);
    for (size_t i = 0; i < m->n; i++)
        put_probe(out, &m->probe[i]);
}

static jz_status get_f64(jz_rd *rd, double *out, jz_err *err)
{
    uint64_t bits = 0;
    JZ_TRY(jz_rd_u64be(rd, &bits, err));
    memcpy(out, &bits, sizeof bits);
    return JZ_OK;
}

static jz_status get_bytes(jz_rd *rd, void *out, size_t n, jz_err *err)
{
    jz_bytes b;
    JZ_TRY(jz_rd_take(rd, n, &b, err));
    memcpy(out, b.ptr, n);
    return JZ_OK;
}

/* size: of out, with its terminator. */
static jz_status get_text(jz_rd *rd, char *out, size_t size, jz_err *err)
{
    uint8_t len = 0;
    JZ_TRY(jz_rd_u8(rd, &len, err));
    if (len >= size)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a text of %u bytes", len);
    JZ_TRY(get_bytes(rd, out, len, err));
    out[len] = '\0';
    return JZ_OK;
}

static jz_status get_exact(jz_rd *rd, jz_exact_hashes *out, jz_err *err)
{
    JZ_TRY(jz_rd_u64be(rd, &out->bytes, err));
    JZ_TRY(get_bytes(rd, out->md5, JZ_MD5_SIZE, err));
    JZ_TRY(get_bytes(rd, out->sha256, JZ_SHA256_SIZE, err));
    return get_bytes(rd, out->sm3, JZ_SM3_SIZE, err);
}

static jz_status get_info(jz_rd *rd, jz_media_info *info, jz_err *err)
{
    char format[64];
    JZ_TRY(get_text(rd, format, sizeof format, err));
    JZ_TRY(get_text(rd, info->codec, sizeof info->codec, err));
    JZ_TRY(jz_rd_u32be(rd, &info->width, err));
    JZ_TRY(jz_rd_u32be(rd, &info->height, err));
    JZ_TRY(jz_rd_u32be(rd, &info->orientation, err));
    JZ_TRY(jz_rd_u64be(rd, &info->frames, err));
    JZ_TRY(get_f64(rd, &info->fps, err));
    JZ_TRY(get_f64(rd, &info->duration_s, err));
    info->format = jz_format_by_name(format);
    if (info->format == NULL && format[0] != '\0')
        return JZ_FAIL(err, JZ_E_CORRUPT, "no format '%s'", format);
    return JZ_OK;
}

static jz_status get_label(jz_rd *rd, jz_label_brief *b, jz_err *err)
{
    uint8_t presence = 0, state = 0, signature = 0;
    JZ_TRY(jz_rd_u8(rd, &presence, err));
    JZ_TRY(jz_rd_u8(rd, &state, err));
    JZ_TRY(jz_rd_u8(rd, &signature, err));
    JZ_TRY(jz_rd_u32be(rd, &b->rules_broken, err));
    JZ_TRY(get_text(rd, b->carrier, sizeof b->carrier, err));
    JZ_TRY(get_text(rd, b->producer, sizeof b->producer, err));
    JZ_TRY(get_text(rd, b->produce_id, sizeof b->produce_id, err));
    JZ_TRY(get_text(rd, b->propagator, sizeof b->propagator, err));
    if (presence > JZ_LABEL_CANNOT_TELL || state > JZ_STATE_CONFIRMED ||
        signature > JZ_SIGNATURE_KNOWN)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a label of presence %u, state %u, signature %u",
                       presence, state, signature);
    b->read = true;
    b->presence = (jz_presence)presence;
    b->state = (jz_label_state)state;
    b->signature = (jz_signature_state)signature;
    return JZ_OK;
}

static jz_status get_credentials(jz_rd *rd, jz_credential_brief *b, jz_err *err)
{
    uint8_t state = 0, ai = 0, face = 0;
    JZ_TRY(jz_rd_u8(rd, &state, err));
    JZ_TRY(jz_rd_u8(rd, &ai, err));
    JZ_TRY(jz_rd_u8(rd, &face, err));
    JZ_TRY(get_text(rd, b->signer, sizeof b->signer, err));
    JZ_TRY(get_text(rd, b->generator, sizeof b->generator, err));
    JZ_TRY(get_text(rd, b->source_type, sizeof b->source_type, err));
    JZ_TRY(get_text(rd, b->failure, sizeof b->failure, err));
    if (state > JZ_CREDENTIALS_TRUSTED || ai > JZ_AI_GENERATED || face > 1)
        return JZ_FAIL(err, JZ_E_CORRUPT, "credentials of state %u, AI %u, face %u", state, ai,
                       face);
    b->read = true;
    b->state = (jz_credential_state)state;
    b->ai = (jz_ai_kind)ai;
    b->face = face == 1;
    return JZ_OK;
}

static jz_status get_faces(jz_rd *rd, jz_face_brief *b, jz_err *err)
{
    uint8_t outcome = 0;
    JZ_TRY(jz_rd_u32be(rd, &b->frames, err));
    JZ_TRY(jz_rd_u32be(rd, &b->faces, err));
    JZ_TRY(jz_rd_u8(rd, &outcome, err));
    JZ_TRY(get_f64(rd, &b->at_s, err));
    JZ_TRY(get_text(rd, b->reason, sizeof b->reason, err));
    if (outcome > JZ_OUTCOME_REPLACED_MODERATE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "an outcome of kind %u", outcome);
    b->read = true;
    b->outcome = (jz_outcome)outcome;
    return JZ_OK;
}

static jz_status get_mark(jz_rd *rd, jz_watermark_brief *b, jz_err *err)
{
    uint8_t state = 0;
    JZ_TRY(jz_rd_u8(rd, &state, err));
    JZ_TRY(jz_rd_u64be(rd, &b->payload, err));
    JZ_TRY(get_bytes(rd, b->key_id, sizeof b->key_id, err));
    if (state > JZ_WATERMARK_CANNOT_TELL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a mark of state %u", state);
    b->read = true;
    b->state = (jz_watermark_state)state;
    return JZ_OK;
}

static jz_status get_err(jz_rd *rd, jz_err *item, jz_err *err)
{
    uint8_t code = 0, depth = 0;
    JZ_TRY(jz_rd_u8(rd, &code, err));
    JZ_TRY(jz_rd_u8(rd, &depth, err));
    if (code > JZ_E_BUG || depth > JZ_ERR_FRAMES)
        return JZ_FAIL(err, JZ_E_CORRUPT, "an error of kind %u, depth %u", code, depth);
    for (unsigned i = 0; i < depth; i++)
        JZ_TRY(get_text(rd, item->frame[i], JZ_ERR_TEXT, err));
    item->code = (jz_status)code;
    item->depth = depth;
    return JZ_OK;
}

static jz_status get_preview(jz_rd *rd, jz_preview *pv, jz_err *err)
{
    JZ_TRY(jz_rd_u8(rd, &pv->width, err));
    JZ_TRY(jz_rd_u8(rd, &pv->height, err));
    if (pv->width == 0 || pv->width > JZ_PREVIEW_SIDE || pv->height > JZ_PREVIEW_SIDE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a preview of %ux%u", pv->width, pv->height);
    return get_bytes(rd, pv->px, (size_t)pv->width * pv->height, err);
}

static jz_status get_probe(jz_rd *rd, jz_probe *p, jz_err *err)
{
    uint8_t cls = 0, flags = 0, quality = 0;
    uint64_t frame = 0;
    JZ_TRY(jz_rd_u8(rd, &cls, err));
    JZ_TRY(jz_rd_u8(rd, &flags, err));
    JZ_TRY(jz_rd_u8(rd, &quality, err));
    JZ_TRY(jz_rd_u64be(rd, &frame, err));
    JZ_TRY(get_f64(rd, &p->seconds, err));
    p->cls = jz_hash_class_at(cls);
    if (p->cls == NULL || p->cls->kind != JZ_HASH_PERCEPTUAL || quality > 100)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a probe of class %u, quality %u", cls, quality);
    p->oriented = (flags & ORIENTED) != 0;
    p->quality = quality;
    p->frame = (int64_t)frame;
    return get_bytes(rd, p->digest, sizeof p->digest, err);
}

static jz_status get_probes(jz_rd *rd, jz_measurement *m, jz_err *err)
{
    uint64_t n = 0;
    JZ_TRY(jz_rd_u64be(rd, &n, err));
    if (n > jz_rd_left(rd) / PROBE_BYTES)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%llu probes in %zu bytes", (unsigned long long)n,
                       jz_rd_left(rd));
    if (n == 0)
        return JZ_OK;
    m->probe = jz_alloc_zero((size_t)n, sizeof *m->probe);
    if (m->probe == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    m->size = (size_t)n;
    for (; m->n < n; m->n++)
        JZ_TRY(get_probe(rd, &m->probe[m->n], err));
    return JZ_OK;
}

static jz_status get_all(jz_rd *rd, jz_measurement *m, jz_err *item, jz_err *err)
{
    uint8_t version = 0, flags = 0;
    JZ_TRY(jz_rd_u8(rd, &version, err));
    JZ_TRY(jz_rd_u8(rd, &flags, err));
    if (version != VERSION)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a record of version %u", version);
    m->hashed = (flags & HAS_EXACT) != 0;
    if (m->hashed)
        JZ_TRY(get_exact(rd, &m->exact, err));
    if ((flags & HAS_LABEL) != 0)
        JZ_TRY(get_label(rd, &m->label, err));
    if ((flags & HAS_CREDENTIALS) != 0)
        JZ_TRY(get_credentials(rd, &m->credentials, err));
    if ((flags & HAS_FACES) != 0)
        JZ_TRY(get_faces(rd, &m->faces, err));
    if ((flags & HAS_MARK) != 0)
        JZ_TRY(get_mark(rd, &m->mark, err));
    JZ_TRY(get_info(rd, &m->info, err));
    m->info.animated = (flags & ANIMATED) != 0;
    JZ_TRY(get_err(rd, item, err));
    if ((flags & HAS_PREVIEW) != 0)
        JZ_TRY(get_preview(rd, &m->preview, err));
    return get_probes(rd, m, err);
}

jz_status jz_record_read(jz_bytes record, jz_measurement *m, jz_err *item, jz_err *err)
{
    jz_rd rd = jz_rd_of(record, "record");
    jz_measurement read = { 0 };
    jz_err ended = { 0 };
    const jz_status st = get_all(&rd, &read, &ended, err);
    if (st != JZ_OK) {
        jz_measurement_done(&read);
        return st;
    }
    *m = read;
    *item = ended;
    return JZ_OK;
}
