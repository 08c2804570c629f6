/* SPDX-License-Identifier: Apache-2.0 */
/* A bag with its seals, judged: each seal for itself, with what it proves. */
#include <jz/sealing.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/hex.h"
#include "evidence/bagit.h"
#include "evidence/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SEAL_MAX ((size_t)4 << 20)     /* bytes of a file in seal/ */
#define PROOF_MAX ((size_t)1 << 20)    /* bytes */
#define SUMS_BYTES ((size_t)256 << 20) /* hashed for all reseals of a bag together */

static const char *const verdict_names[] = {
    [JZ_SEAL_ABSENT] = "absent",
    [JZ_SEAL_HOLDS] = "holds",
    [JZ_SEAL_UNTRUSTED] = "untrusted",
    [JZ_SEAL_BROKEN] = "broken",
};

const char *jz_seal_verdict_name(jz_seal_verdict v)
{
    return (unsigned)v < JZ_ARRAY_LEN(verdict_names) ? verdict_names[v] : "unknown";
}

static void broken(jz_seal_judgement *out, const jz_err *why)
{
    char text[JZ_SEAL_TEXT];
    out->verdict = JZ_SEAL_BROKEN;
    (void)snprintf(out->proves, sizeof out->proves, "%s", jz_err_text(why, text, sizeof text));
}

/* A failure that is not the bag's. */
static bool is_ours(jz_status st)
{
    return st == JZ_E_NOMEM || st == JZ_E_IO;
}

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)(b->ptr != NULL ? b->ptr : ""), b->len };
}

/* A file of seal/ that must be there. */
static jz_status read_seal(const char *dir, const char *name, size_t max, jz_buf *out, jz_err *err)
{
    bool there = false;
    JZ_TRY(jz_seal_read(dir, name, max, out, &there, err));
    return there ? JZ_OK : JZ_FAIL(err, JZ_E_NOTFOUND, "seal/%s is missing", name);
}

/* Whether there is such a seal, readable or not. */
static jz_status has_seal(const char *dir, const char *name, bool *out, jz_err *err)
{
    jz_auto(char) *path = NULL;
    struct stat sb;
    JZ_TRY(jz_seal_path(dir, name, &path, err));
    *out = lstat(path, &sb) == 0;
    return JZ_OK;
}

/* ---- the time stamps ---- */

static jz_status judge_stamp(const char *dir, const jz_judge_opts *o, jz_tsa_hash hash,
                             jz_seal_judgement *out, jz_err *err)
{
    static const char *const files[] = {
        [JZ_TSA_SHA256] = "tagmanifest.tsr", [JZ_TSA_SM3] = "tagmanifest.sm.tsr"
    };
    JZ_BUF_AUTO reply = { 0 };
    JZ_BUF_AUTO manifest = { 0 };
    jz_stamp_state state;
    jz_tsa_reply said = { 0 };
    jz_err why = { 0 };
    jz_err failed = { 0 };
    char at[32];
    const char *ca = o->tsa_file != NULL ? o->tsa_file : o->ca_file;
    jz_status st = jz_stamp_look(dir, hash, &state, &said, &why, &failed);
    if (st == JZ_E_SPECIAL) {
        broken(out, &failed);
        return JZ_OK;
    }
    if (st != JZ_OK)
        return JZ_FAIL(err, st, "%s", failed.frame[0]);
    if (state == JZ_STAMP_WRONG)
        broken(out, &why);
    if (state != JZ_STAMP_STAMPED)
        return JZ_OK;
    out->at_us = said.at_us;
    (void)jz_time_text(said.at_us, at, sizeof at);
    JZ_TRY(read_seal(dir, files[hash], JZ_TSA_REPLY_MAX, &reply, err));
    JZ_TRY(jz_seal_manifest(dir, &manifest, err));
    if (ca == NULL) {
        out->verdict = JZ_SEAL_UNTRUSTED;
        (void)snprintf(out->proves, sizeof out->proves,
                       "says that the bag existed before %s; by an authority that was not checked",
                       at);
        return JZ_OK;
    }
    st = jz_tsa_reply_verify(bytes_of(&reply), bytes_of(&manifest), ca, 0, &why);
    if (st != JZ_OK) {
        broken(out, &why);
        return is_ours(st) ? JZ_FAIL(err, st, "%s", out->proves) : JZ_OK;
    }
    out->verdict = JZ_SEAL_HOLDS;
    (void)snprintf(out->proves, sizeof out->proves, "the bag existed before %s, as it is now", at);
    return JZ_OK;
}

/* ---- the signature ---- */

static void name_signers(const jz_cms_report *r, jz_seal_judgement *out)
{
    JZ_BUF_AUTO names = { .cap = JZ_SEAL_TEXT };
    for (size_t i = 0; i < r->n; i++)
        jz_buf_printf(&names, "%s%s", i > 0 ? " and " : "", r->signer[i].subject);
    (void)snprintf(out->proves, sizeof out->proves, "%s sealed the bag, as it is now",
                   names.fail == JZ_OK && names.ptr != NULL ? names.ptr : "several persons");
}

static jz_status judge_signature(const char *dir, const jz_judge_opts *o, int64_t at_us,
                                 jz_seal_judgement *out, jz_err *err)
{
    jz_cms_report r = { 0 };
    jz_err why = { 0 };
    bool there = false;
    JZ_TRY(has_seal(dir, "tagmanifest.p7s", &there, err));
    if (!there)
        return JZ_OK;
    const jz_status st = jz_seal_verify(dir, o->ca_file, at_us, &r, &why);
    if (st != JZ_OK) {
        broken(out, &why);
        return is_ours(st) ? JZ_FAIL(err, st, "%s", out->proves) : JZ_OK;
    }
    name_signers(&r, out);
    out->at_us = r.n > 0 ? r.signer[0].claimed_us : 0;
    out->verdict = r.ok ? JZ_SEAL_HOLDS : o->ca_file == NULL ? JZ_SEAL_UNTRUSTED : JZ_SEAL_BROKEN;
    for (size_t i = 0; i < r.n; i++) {
        if (!r.signer[i].signed_ok || (o->ca_file != NULL && !r.signer[i].chain_ok))
            broken(out, &r.signer[i].why);
    }
    if (r.n == 0) {
        out->verdict = JZ_SEAL_BROKEN;
        (void)snprintf(out->proves, sizeof out->proves, "a signature file without a signer");
    }
    return JZ_OK;
}

/* ---- the ledger ---- */

/* The bag's own idea of whom to trust: enough to tell whole from broken, not to trust. */
static jz_status own_policy(const char *dir, jz_policy **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(read_seal(dir, "policy", PROOF_MAX, &text, err));
    return jz_policy_parse(bytes_of(&text), out, err);
}

static jz_status check_proof(const char *dir, const jz_policy *policy,
                             const uint8_t sha256[JZ_SHA256_SIZE], jz_trust *trust, uint64_t *index,
                             jz_leaf *leaf, jz_err *err)
{
    JZ_BUF_AUTO proof = { 0 };
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(read_seal(dir, "tagmanifest.tlog-proof", PROOF_MAX, &proof, err));
    JZ_TRY(read_seal(dir, "leaf.bin", PROOF_MAX, &text, err));
    JZ_TRY(jz_leaf_parse(bytes_of(&text), leaf, err));
    if (leaf->kind != JZ_LEAF_SEALED || memcmp(leaf->sha256, sha256, sizeof leaf->sha256) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the leaf is not of this bag");
    return jz_proof_verify(bytes_of(&proof), bytes_of(&text), policy, trust, index, err);
}

/* The log's key and the policy beside a proof are for others to verify it with: they must be of the
 * log that made it, though they prove nothing. vkey: of the one or the other kind. */
static jz_status check_guide(const char *dir, const char *name, bool vkey,
                             const uint8_t sha256[JZ_SHA256_SIZE], jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO file = { 0 };
    jz_auto(jz_policy) *policy = NULL;
    jz_trust trust;
    jz_leaf leaf;
    bool there = false;
    JZ_TRY(jz_seal_read(dir, name, PROOF_MAX, &file, &there, err));
    if (!there)
        return JZ_OK;
    if (vkey)
        jz_buf_puts(&text, "log ");
    jz_buf_put(&text, bytes_of(&file).ptr, file.len);
    if (vkey)
        jz_buf_puts(&text, "quorum none\n");
    JZ_TRY(jz_buf_check(&text, err));
    jz_status st = jz_policy_parse(bytes_of(&text), &policy, err);
    if (st == JZ_OK)
        st = check_proof(dir, policy, sha256, &trust, NULL, &leaf, err);
    if (st != JZ_OK)
        jz_err_wrap(err, "seal/%s", name);
    return st;
}

static jz_status judge_proof(const char *dir, const jz_judge_opts *o,
                             const uint8_t sha256[JZ_SHA256_SIZE], jz_seal_judgement *out,
                             jz_err *err)
{
    jz_auto(jz_policy) *own = NULL;
    jz_trust trust = { .witnesses = 0 };
    jz_leaf leaf = { .time = 0 };
    jz_err why = { 0 };
    uint64_t index = 0;
    bool there = false;
    JZ_TRY(has_seal(dir, "tagmanifest.tlog-proof", &there, err));
    if (!there)
        return JZ_OK;
    jz_status st = o->policy != NULL ? JZ_OK : own_policy(dir, &own, &why);
    if (st == JZ_OK)
        st = check_proof(dir, o->policy != NULL ? o->policy : own, sha256, &trust, &index, &leaf,
                         &why);
    if (st == JZ_OK)
        st = check_guide(dir, "log.vkey", true, sha256, &why);
    if (st == JZ_OK && o->policy != NULL)
        st = check_guide(dir, "policy", false, sha256, &why);
    if (st != JZ_OK) {
        broken(out, &why);
        return is_ours(st) ? JZ_FAIL(err, st, "%s", out->proves) : JZ_OK;
    }
    out->verdict = o->policy != NULL ? JZ_SEAL_HOLDS : JZ_SEAL_UNTRUSTED;
    out->at_us = (int64_t)leaf.time * 1000000;
    (void)snprintf(out->proves, sizeof out->proves,
                   "the log %s, which can only grow, has the bag as leaf %" PRIu64 " of %" PRIu64
                   "; %u witnesses%s",
                   trust.checkpoint.origin, index, trust.checkpoint.size, trust.witnesses,
                   o->policy != NULL ? "" : "; by the bag's own key, which was not checked");
    return JZ_OK;
}

/* ---- sealed again ---- */

/* One line "HASH  seal/NAME" of sums, whose file must be there and be that. left: bytes that may
 * still be hashed: a hostile list names large files, often. */
static jz_status check_sum(const char *dir, const char *line, size_t len, size_t *left, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    uint8_t wanted[JZ_SHA256_SIZE];
    uint8_t got[JZ_SHA256_SIZE];
    char name[JZ_SEAL_TEXT];
    const size_t hex = 2 * JZ_SHA256_SIZE;
    const char prefix[] = "  seal/";
    const size_t head = hex + sizeof prefix - 1;
    if (len <= head || len - head >= sizeof name ||
        !jz_hex_decode(line, hex, wanted, sizeof wanted) ||
        memcmp(line + hex, prefix, sizeof prefix - 1) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "sums of seals with another line in them");
    memcpy(name, line + head, len - head);
    name[len - head] = '\0';
    if (strlen(name) != len - head || !jz_bag_name_ok(name) || strchr(name, '/') != NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "sums of seals with another line in them");
    JZ_TRY(read_seal(dir, name, SEAL_MAX, &file, err));
    if (file.len > *left)
        return JZ_FAIL(err, JZ_E_LIMIT, "sums of more than %zu bytes of seals", SUMS_BYTES);
    *left -= file.len;
    jz_sha256(file.ptr != NULL ? file.ptr : "", file.len, got);
    if (memcmp(got, wanted, sizeof got) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "seal/%s changed since the bag was sealed again", name);
    return JZ_OK;
}

static jz_status check_sums(const char *dir, const jz_buf *sums, size_t *left, jz_err *err)
{
    for (size_t at = 0; at < sums->len;) {
        const char *line = sums->ptr + at;
        const char *end = memchr(line, '\n', sums->len - at);
        if (end == NULL)
            return JZ_FAIL(err, JZ_E_TRUNCATED, "sums of seals without an end");
        JZ_TRY(check_sum(dir, line, (size_t)(end - line), left, err));
        at += (size_t)(end - line) + 1;
    }
    return JZ_OK;
}

static jz_status check_reseal(const char *dir, const jz_judge_opts *o, const char *sums_name,
                              const char *reply_name, size_t *left, jz_tsa_reply *said, jz_err *err)
{
    JZ_BUF_AUTO sums = { 0 };
    JZ_BUF_AUTO reply = { 0 };
    uint8_t digest[JZ_SHA256_SIZE];
    const char *ca = o->tsa_file != NULL ? o->tsa_file : o->ca_file;
    JZ_TRY(read_seal(dir, sums_name, SEAL_MAX, &sums, err));
    JZ_TRY(read_seal(dir, reply_name, JZ_TSA_REPLY_MAX, &reply, err));
    JZ_TRY(check_sums(dir, &sums, left, err));
    JZ_TRY(jz_tsa_reply_read(bytes_of(&reply), said, err));
    jz_sha256(bytes_of(&sums).ptr, sums.len, digest);
    if (said->status > 1 || !said->has_token || said->hash != JZ_TSA_SHA256 ||
        memcmp(said->imprint, digest, sizeof digest) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the stamp is not of seal/%s", sums_name);
    return ca == NULL ? JZ_OK : jz_tsa_reply_verify(bytes_of(&reply), bytes_of(&sums), ca, 0, err);
}

static jz_status judge_reseals(const char *dir, const jz_judge_opts *o, jz_bag_judgement *out,
                               jz_err *err)
{
    const bool trusted = o->tsa_file != NULL || o->ca_file != NULL;
    size_t left = SUMS_BYTES;
    for (unsigned n = 1; n < 1000 && out->reseal.verdict != JZ_SEAL_BROKEN; n++) {
        char sums[32], reply[32], at[32];
        bool there = false;
        jz_tsa_reply said = { 0 };
        jz_err why = { 0 };
        (void)snprintf(sums, sizeof sums, "reseal-%u.sums", n);
        (void)snprintf(reply, sizeof reply, "reseal-%u.tsr", n);
        JZ_TRY(has_seal(dir, sums, &there, err));
        if (!there)
            return JZ_OK;
        out->reseals = n;
        const jz_status st = check_reseal(dir, o, sums, reply, &left, &said, &why);
        if (st != JZ_OK)
            broken(&out->reseal, &why);
        if (is_ours(st))
            return JZ_FAIL(err, st, "%s", out->reseal.proves);
        if (st != JZ_OK)
            continue;
        out->reseal.at_us = said.at_us;
        out->reseal.verdict = trusted ? JZ_SEAL_HOLDS : JZ_SEAL_UNTRUSTED;
        (void)snprintf(out->reseal.proves, sizeof out->reseal.proves,
                       "all seals existed before %s, as they are now%s",
                       jz_time_text(said.at_us, at, sizeof at),
                       trusted ? "" : "; by an authority that was not checked");
    }
    return JZ_OK;
}

/* ---- all of it ---- */

/* Seals of a tag manifest that is not there, or cannot be one, seal nothing. */
static jz_status refuse_seals(const char *dir, const jz_err *why, jz_bag_judgement *out,
                              jz_err *err)
{
    const struct {
        const char *file;
        jz_seal_judgement *seal;
    } seals[] = { { "tagmanifest.p7s", &out->signature },
                  { "tagmanifest.tsr", &out->stamp },
                  { "tagmanifest.sm.tsr", &out->stamp_sm3 },
                  { "tagmanifest.tlog-proof", &out->proof },
                  { "reseal-1.sums", &out->reseal } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(seals); i++) {
        bool there = false;
        JZ_TRY(has_seal(dir, seals[i].file, &there, err));
        if (there)
            broken(seals[i].seal, why);
    }
    return JZ_OK;
}

static jz_status judge_seals(const char *dir, const jz_judge_opts *o, jz_bag_judgement *out,
                             jz_err *err)
{
    JZ_BUF_AUTO manifest = { 0 };
    uint8_t sha256[JZ_SHA256_SIZE];
    jz_err why = { 0 };
    const jz_status st = jz_seal_manifest(dir, &manifest, &why);
    if (st == JZ_E_NOTFOUND || st == JZ_E_LIMIT || st == JZ_E_SPECIAL)
        return refuse_seals(dir, &why, out, err);
    if (st != JZ_OK)
        return JZ_FAIL(err, st, "%s", why.frame[0]);
    jz_sha256(manifest.ptr, manifest.len, sha256);
    JZ_TRY(judge_stamp(dir, o, JZ_TSA_SHA256, &out->stamp, err));
    JZ_TRY(judge_stamp(dir, o, JZ_TSA_SM3, &out->stamp_sm3, err));
    const int64_t at_us = out->stamp.verdict == JZ_SEAL_HOLDS ? out->stamp.at_us : 0;
    JZ_TRY(judge_signature(dir, o, at_us, &out->signature, err));
    JZ_TRY(judge_proof(dir, o, sha256, &out->proof, err));
    return judge_reseals(dir, o, out, err);
}

jz_status jz_bag_judge(const char *dir, const jz_judge_opts *opts, jz_bag_judgement *out,
                       jz_err *err)
{
    JZ_TRY(jz_bag_verify(dir, &opts->bag, &out->contents, err));
    JZ_TRY(judge_seals(dir, opts, out, err));
    const jz_seal_judgement *const all[] = { &out->signature, &out->stamp, &out->stamp_sm3,
                                             &out->proof, &out->reseal };
    const bool asked = opts->ca_file != NULL || opts->tsa_file != NULL || opts->policy != NULL;
    bool broken_one = false;
    for (size_t i = 0; i < JZ_ARRAY_LEN(all); i++) {
        out->vouched = out->vouched || all[i]->verdict == JZ_SEAL_HOLDS;
        broken_one = broken_one || all[i]->verdict == JZ_SEAL_BROKEN;
    }
    out->vouched = out->vouched && out->contents.holds;
    out->holds = out->contents.holds && !broken_one && (out->vouched || !asked);
    return JZ_OK;
}
