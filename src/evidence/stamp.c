/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps of a bag: the request and the reply as files in seal/, so that they can be carried to
 * and from a machine that an authority can be reached from. */
#include "base/alloc.h"
#include "base/file.h"
#include "evidence/seal.h"

#include <openssl/evp.h>
#include <string.h>

#define REQUEST_READ_MAX 4096

static const struct {
    const char *request;
    const char *reply;
} names[] = {
    [JZ_TSA_SHA256] = { "tagmanifest.tsq", "tagmanifest.tsr" },
    [JZ_TSA_SM3] = { "tagmanifest.sm.tsq", "tagmanifest.sm.tsr" },
};

const char *jz_stamp_state_name(jz_stamp_state s)
{
    return s == JZ_STAMP_STAMPED ? "stamped" : s == JZ_STAMP_WRONG ? "wrong" : "unstamped";
}

static jz_status imprint_of(const char *dir, jz_tsa_hash hash, uint8_t out[JZ_SHA256_SIZE],
                            jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    if (hash != JZ_TSA_SHA256 && hash != JZ_TSA_SM3)
        return JZ_FAIL(err, JZ_E_INVAL, "no such hash for a time stamp: %d", (int)hash);
    JZ_TRY(jz_seal_manifest(dir, &text, err));
    if (EVP_Digest(text.ptr, text.len, out, NULL, hash == JZ_TSA_SM3 ? EVP_sm3() : EVP_sha256(),
                   NULL) != 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "libcrypto does not hash");
    return JZ_OK;
}

/* The request that lies in seal/; it must be for this bag. */
static jz_status read_request(const char *dir, jz_tsa_hash hash,
                              const uint8_t imprint[JZ_SHA256_SIZE], jz_tsa_request *out,
                              bool *there, jz_err *err)
{
    JZ_BUF_AUTO der = { 0 };
    JZ_TRY(jz_seal_read(dir, names[hash].request, REQUEST_READ_MAX, &der, there, err));
    if (!*there)
        return JZ_OK;
    JZ_TRY_CTX(jz_tsa_request_read(jz_buf_bytes(&der), out, err), err, "%s/seal/%s", dir,
               names[hash].request);
    if (out->hash != hash || memcmp(out->imprint, imprint, JZ_SHA256_SIZE) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "%s/seal/%s is for another bag", dir,
                       names[hash].request);
    return JZ_OK;
}

static jz_status has_reply(const char *dir, jz_tsa_hash hash, bool *there, jz_err *err)
{
    JZ_BUF_AUTO der = { 0 };
    return jz_seal_read(dir, names[hash].reply, JZ_TSA_REPLY_MAX, &der, there, err);
}

/* The request for a bag that has no reply yet: the one that lies there, or a new one. */
static jz_status get_request(const char *dir, jz_tsa_hash hash, jz_tsa_request *out, jz_err *err)
{
    uint8_t imprint[JZ_SHA256_SIZE];
    bool there = false;
    JZ_TRY(imprint_of(dir, hash, imprint, err));
    JZ_TRY(has_reply(dir, hash, &there, err));
    if (there)
        return JZ_FAIL(err, JZ_E_EXISTS, "%s has a stamp already: seal/%s", dir, names[hash].reply);
    JZ_TRY(read_request(dir, hash, imprint, out, &there, err));
    if (there)
        return JZ_OK;
    JZ_TRY(jz_tsa_request_make(hash, imprint, out, err));
    return jz_seal_put(dir, names[hash].request, out->der, out->len, err);
}

jz_status jz_stamp_request(const char *dir, jz_tsa_hash hash, jz_err *err)
{
    jz_tsa_request q;
    return get_request(dir, hash, &q, err);
}

static jz_status take(const char *dir, const jz_tsa_request *q, jz_bytes reply, int64_t from_us,
                      jz_err *err)
{
    jz_tsa_reply r;
    JZ_TRY(jz_tsa_reply_read(reply, &r, err));
    JZ_TRY(jz_tsa_reply_check(&r, q, from_us, jz_now_us(), err));
    return jz_seal_put(dir, names[q->hash].reply, reply.ptr, reply.len, err);
}

jz_status jz_stamp_accept(const char *dir, jz_tsa_hash hash, jz_bytes reply, jz_err *err)
{
    uint8_t imprint[JZ_SHA256_SIZE];
    jz_tsa_request q;
    bool there = false;
    JZ_TRY(imprint_of(dir, hash, imprint, err));
    JZ_TRY(read_request(dir, hash, imprint, &q, &there, err));
    if (!there)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s has no request for a stamp: seal/%s", dir,
                       names[hash].request);
    return take(dir, &q, reply, 0, err);
}

jz_status jz_stamp(const char *dir, jz_tsa_hash hash, jz_tsa_transport send, void *user,
                   jz_err *err)
{
    jz_tsa_request q;
    jz_auto(uint8_t) *reply = NULL;
    size_t len = 0;
    JZ_TRY(get_request(dir, hash, &q, err));
    const int64_t from_us = jz_now_us();
    jz_status st = send(user, (jz_bytes){ q.der, q.len }, &reply, &len, err);
    if (st == JZ_OK)
        st = take(dir, &q, (jz_bytes){ reply, len }, from_us, err);
    if (st != JZ_OK)
        jz_err_wrap(err, "%s stays unstamped", dir);
    return st;
}

/* Whether a reply is for this bag, and for the request if that is still there. */
static jz_status judge(const char *dir, jz_tsa_hash hash, const jz_buf *der, jz_tsa_reply *r,
                       jz_err *why)
{
    jz_tsa_request q = { .hash = hash };
    bool there = false;
    JZ_TRY(imprint_of(dir, hash, q.imprint, why));
    JZ_TRY(jz_tsa_reply_read(jz_buf_bytes(der), r, why));
    JZ_TRY(read_request(dir, hash, q.imprint, &q, &there, why));
    if (!there) /* it has served: what it asked for is in the token */
        memcpy(q.nonce, r->nonce, sizeof q.nonce);
    return jz_tsa_reply_check(r, &q, 0, 0, why);
}

jz_status jz_stamp_look(const char *dir, jz_tsa_hash hash, jz_stamp_state *state,
                        jz_tsa_reply *reply, jz_err *why, jz_err *err)
{
    JZ_BUF_AUTO der = { 0 };
    JZ_BUF_AUTO request = { 0 };
    jz_tsa_reply r = { 0 };
    jz_err reason = { 0 };
    bool there = false;
    if (hash != JZ_TSA_SHA256 && hash != JZ_TSA_SM3)
        return JZ_FAIL(err, JZ_E_INVAL, "no such hash for a time stamp: %d", (int)hash);
    jz_status st = jz_seal_read(dir, names[hash].reply, JZ_TSA_REPLY_MAX, &der, &there, &reason);
    if (st != JZ_OK && st != JZ_E_LIMIT)
        return JZ_FAIL(err, st, "%s", reason.frame[0]);
    if (!there) {
        JZ_TRY(jz_seal_read(dir, names[hash].request, REQUEST_READ_MAX, &request, &there, err));
        *state = there ? JZ_STAMP_REQUESTED : JZ_STAMP_NONE;
        return JZ_OK;
    }
    if (st == JZ_OK) /* else it is too large for a reply */
        st = judge(dir, hash, &der, &r, &reason);
    if (st == JZ_E_NOMEM || st == JZ_E_IO)
        return JZ_FAIL(err, st, "%s", reason.frame[0]);
    *state = st == JZ_OK ? JZ_STAMP_STAMPED : JZ_STAMP_WRONG;
    if (reply != NULL)
        *reply = r;
    if (why != NULL && st != JZ_OK)
        *why = reason;
    return JZ_OK;
}
