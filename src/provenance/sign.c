/* SPDX-License-Identifier: Apache-2.0 */
/* From a file and a key to a signed file. All sizes are known before a byte is written: the store
 * is drafted once with zeros for what is not known yet, the container's place for it is planned,
 * the kernel copies the file around it, the new file is hashed, the one pass over it, and the store
 * goes into its place. Then the whole is read back as anyone would, but for that hash, which is of
 * the same bytes where its exclusions are those of the store that was found; only then it gets its
 * name. */
#include "base/file.h"
#include "base/newfile.h"
#include "provenance/cose_write.h"
#include "provenance/sign_parts.h"
#include "provenance/signer.h"
#include "provenance/stamp_request.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

JZ_DEFINE_AUTO(jz_credentials, jz_credentials_free);

#define STAMP_RESERVE                                                                              \
    ((size_t)8192) /* bytes of a token; those of public authorities have 2 to 7 k */
#define STAMP_MAX ((size_t)60000)
#define PLANS_MAX 4

typedef struct signing {
    const jz_signer *signer;
    const jz_sign_opts *o;
    jz_source *src;
    jz_asset *asset;
    jz_draft *draft;
    jz_draft_part *binding; /* NULL: an update manifest has none */
    jz_place place;
    size_t ranges;    /* that the hard binding has room for */
    size_t reserve;   /* bytes for a time stamp; 0: none */
    size_t cose_size; /* bytes of the signature's box */
    bool grow;        /* the time stamp was larger than reserve */
    bool beside;      /* the manifest alone is written */
} signing;

static void signing_done(signing *s)
{
    jz_place_done(&s->place);
}

/* ---- the plan ---- */

static jz_status put_binding(signing *s, const uint8_t digest[JZ_DIGEST_BYTES], jz_err *err)
{
    if (s->binding == NULL)
        return JZ_OK;
    jz_buf *body = &s->binding->body;
    jz_buf_reset(body);
    if (jz_asset_is_bmff(s->asset))
        jz_put_hash_bmff(body, digest);
    else
        JZ_TRY(jz_put_hash_data(body, s->place.exclusion, s->place.n, s->ranges, digest, err));
    return jz_buf_check(body, err);
}

/* The store with nothing in it that depends on the file's bytes. */
static jz_status measure_store(signing *s, size_t *size, jz_err *err)
{
    static const uint8_t zeros[JZ_DIGEST_BYTES];
    JZ_BUF_AUTO claim = { 0 };
    JZ_BUF_AUTO cose = { 0 };
    JZ_BUF_AUTO store = { .cap = JZ_STORE_MAX };
    JZ_TRY(put_binding(s, zeros, err));
    s->cose_size = jz_cose_room(s->signer->protect.len, s->signer->size, s->reserve);
    jz_draft_put_claim(s->draft, &claim);
    for (size_t i = 0; i < s->cose_size; i++)
        jz_buf_putc(&cose, '\0');
    JZ_TRY(jz_buf_check(&claim, err));
    JZ_TRY(jz_buf_check(&cose, err));
    jz_draft_put_store(s->draft, jz_buf_bytes(&claim), jz_buf_bytes(&cose), &store);
    JZ_TRY_CTX(jz_buf_check(&store, err), err, "the manifest store");
    *size = store.len;
    return JZ_OK;
}

/* The store's size depends on the number of pieces in which it will stand, and that on the size. */
static jz_status plan(signing *s, jz_err *err)
{
    s->ranges = 1;
    for (unsigned i = 0; i < PLANS_MAX; i++) {
        size_t size = 0;
        jz_place_done(&s->place);
        JZ_TRY(measure_store(s, &size, err));
        if (s->beside)
            return JZ_OK;
        JZ_TRY(s->o->update ? jz_place_update(s->asset, size, &s->place, err)
                            : jz_place_plan(s->asset, size, &s->place, err));
        if (s->place.n <= s->ranges || jz_asset_is_bmff(s->asset))
            return JZ_OK;
        s->ranges = s->place.n;
    }
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no place in which the manifest store keeps its size");
}

/* ---- the file ---- */

/* Of the new file; of the one that stays as it is, all. */
static jz_status hash_file(signing *s, int fd, uint8_t digest[JZ_DIGEST_BYTES], jz_err *err)
{
    jz_source made;
    size_t n;
    const jz_bmff_exclusion *usual = jz_bmff_usual(&n);
    jz_source *src = s->beside ? s->src : &made;
    if (s->binding == NULL)
        return JZ_OK;
    if (!s->beside)
        JZ_TRY(jz_source_of_fd(fd, &made, err));
    if (jz_asset_is_bmff(s->asset))
        return jz_hash_bmff(src, JZ_DIGEST_SHA256, usual, n, digest, err);
    return jz_hash_data(src, JZ_DIGEST_SHA256, s->place.exclusion, s->place.n, digest, err);
}

static jz_status ask_for_stamp(const signing *s, const jz_cose *c, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO stamped = { 0 };
    jz_cose_put_stamped(&stamped, c, (jz_bytes){ 0 });
    JZ_TRY(jz_buf_check(&stamped, err));
    return jz_stamp_fetch(s->o->tsa, jz_buf_bytes(&stamped), out, err);
}

static jz_status fetch_stamp(signing *s, jz_bytes signature, jz_buf *out, jz_err *err)
{
    const jz_cose c = { .protect = jz_buf_bytes(&s->signer->protect), .signature = signature };
    JZ_TRY(ask_for_stamp(s, &c, out, err));
    s->grow = out->len > s->reserve;
    if (s->grow)
        s->reserve = out->len + out->len / 4; /* the next one may be a little larger */
    return s->reserve <= STAMP_MAX
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_LIMIT, "a time stamp of %zu bytes", out->len);
}

static jz_status put_signature(signing *s, jz_bytes claim, jz_buf *out, jz_err *err)
{
    uint8_t signature[JZ_SIGNATURE_MAX];
    JZ_BUF_AUTO message = { 0 };
    JZ_BUF_AUTO stamp = { 0 };
    const jz_cose c = { .protect = jz_buf_bytes(&s->signer->protect) };
    jz_cose_put_signed(&message, &c, claim);
    JZ_TRY(jz_buf_check(&message, err));
    JZ_TRY(jz_signer_sign(s->signer, jz_buf_bytes(&message), signature, err));
    jz_cose_parts parts = { .protect = c.protect, .signature = { signature, s->signer->size } };
    if (s->o->tsa != NULL) {
        JZ_TRY(fetch_stamp(s, parts.signature, &stamp, err));
        if (s->grow)
            return JZ_OK;
        parts.stamp = jz_buf_bytes(&stamp);
    }
    return jz_cose_put(out, &parts, s->cose_size, err);
}

static jz_status seal(signing *s, int fd, const uint8_t digest[JZ_DIGEST_BYTES], jz_err *err)
{
    JZ_BUF_AUTO claim = { 0 };
    JZ_BUF_AUTO cose = { 0 };
    JZ_BUF_AUTO store = { .cap = JZ_STORE_MAX };
    JZ_TRY(put_binding(s, digest, err));
    jz_draft_put_claim(s->draft, &claim);
    JZ_TRY(jz_buf_check(&claim, err));
    JZ_TRY(put_signature(s, jz_buf_bytes(&claim), &cose, err));
    if (s->grow)
        return JZ_OK;
    jz_draft_put_store(s->draft, jz_buf_bytes(&claim), jz_buf_bytes(&cose), &store);
    JZ_TRY(jz_buf_check(&store, err));
    if (s->beside)
        return jz_write_all(fd, store.ptr, store.len, "the manifest store", err);
    return jz_place_store(&s->place, jz_buf_bytes(&store), fd, err);
}

static jz_status write_once(signing *s, int fd, jz_err *err)
{
    uint8_t digest[JZ_DIGEST_BYTES] = { 0 };
    s->grow = false;
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return JZ_FAIL(err, JZ_E_IO, "emptying the new file: %s", strerrordesc_np(errno));
    JZ_TRY(plan(s, err));
    if (!s->beside)
        JZ_TRY(jz_splices_write(&s->place.plan, s->src, fd, err));
    JZ_TRY(hash_file(s, fd, digest, err));
    return seal(s, fd, digest, err);
}

/* Again where the time stamp had no room: then its size is known. */
static jz_status write_file(signing *s, int fd, jz_err *err)
{
    for (unsigned i = 0; i < 3; i++) {
        JZ_TRY(write_once(s, fd, err));
        if (!s->grow)
            return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_LIMIT, "time stamps that grow each time");
}

/* ---- reading back ---- */

static bool has_found(const jz_credentials *c, jz_code_id id)
{
    for (size_t i = 0; i < c->n_findings; i++) {
        if (c->finding[i].code == jz_code_of(id) && c->finding[i].ingredient == NULL)
            return true;
    }
    return false;
}

static jz_status check_result(const jz_credentials *c, const jz_draft *d, const jz_sign_opts *o,
                              jz_err *err)
{
    const jz_code *untrusted = jz_code_of(JZ_C_SIGNING_CREDENTIAL_UNTRUSTED);
    for (size_t i = 0; i < c->n_findings; i++) {
        const jz_credential_finding *f = &c->finding[i];
        if (f->code->kind == JZ_CODE_FAILURE && !f->recorded && f->code != untrusted)
            return JZ_FAIL(err, JZ_E_MISMATCH, "read back, the new file does not hold: %s%s%.80s",
                           f->code->name, f->detail[0] != '\0' ? ": " : "", f->detail);
    }
    const jz_bytes label = c->n_manifests > 0 ? c->manifest[0]->label : (jz_bytes){ 0 };
    if (c->state < JZ_CREDENTIALS_VALID || !jz_bytes_are(label, d->label))
        return JZ_FAIL(err, JZ_E_MISMATCH, "read back, the new file has no such manifest");
    if (o->tsa != NULL && !has_found(c, JZ_C_TIME_STAMP_VALIDATED))
        return JZ_FAIL(err, JZ_E_MISMATCH, "read back, the new file has no time stamp that holds");
    return JZ_OK;
}

/* ---- all of it ---- */

/* What is to be seen of the parent. A file without credentials is a parent, too, unless the new one
 * is a work of its own. */
static jz_status read_parent(int fd, const jz_asset *asset, const jz_sign_opts *o,
                             jz_credentials **out, jz_err *err)
{
    const jz_verify_opts opts = { .trust = o->trust };
    const int from = o->parent_fd > 0 ? o->parent_fd : fd;
    if (o->parent_fd <= 0 && o->source_type != NULL &&
        jz_asset_store(asset, &(jz_bytes){ 0 }, NULL) == JZ_E_NOTFOUND)
        return JZ_OK;
    JZ_TRY_CTX(jz_credentials_verify(from, &opts, out, err), err, "the parent");
    return JZ_OK;
}

static bool is_sidecar(const char *path)
{
    const size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".c2pa") == 0;
}

static jz_status check_target(int fd, const char *path, unsigned *mode, jz_err *err)
{
    struct stat source;
    struct stat there;
    if (fstat(fd, &source) != 0)
        return JZ_FAIL(err, JZ_E_IO, "asking for the file's mode: %s", strerrordesc_np(errno));
    *mode = source.st_mode & 0777;
    if (stat(path, &there) == 0 && source.st_dev == there.st_dev && source.st_ino == there.st_ino)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is the source itself", path);
    return JZ_OK;
}

static jz_status sign_to(signing *s, int fd, const char *path, jz_credentials **out, jz_err *err)
{
    unsigned mode = 0;
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    jz_auto(jz_credentials) *seen = NULL;
    JZ_TRY(check_target(fd, path, &mode, err));
    JZ_TRY(jz_newfile_open(path, mode, &f, err));
    JZ_TRY(write_file(s, f.fd, err));
    const jz_verify_opts opts = { .trust = s->o->trust, .sidecar_fd = s->beside ? f.fd : 0 };
    const jz_bytes binding = s->binding != NULL ? jz_buf_bytes(&s->binding->body) : (jz_bytes){ 0 };
    JZ_TRY_CTX(jz_credentials_read_back(s->beside ? fd : f.fd, &opts, binding, &seen, err), err,
               "reading back");
    JZ_TRY(check_result(seen, s->draft, s->o, err));
    JZ_TRY(jz_newfile_commit(&f, s->o->overwrite, err));
    if (out != NULL)
        *out = JZ_TAKE(seen);
    return JZ_OK;
}

/* ---- update manifests ---- */

static jz_status check_update(const jz_sign_opts *o, const jz_credentials *parent, bool beside,
                              jz_err *err)
{
    if (o->source_type != NULL || o->parent_fd > 0 || o->thumbnail.len > 0 || beside)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "an update manifest has no source type, other parent or thumbnail, and is "
                       "not written beside the file");
    if (parent == NULL || jz_credentials_state(parent) == JZ_CREDENTIALS_NONE)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "a file without a manifest that could be updated");
    if (jz_credentials_state(parent) < JZ_CREDENTIALS_VALID)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the file's own manifest does not hold");
    return JZ_OK;
}

/* What the parent leaves to add: a time stamp. In a BMFF file its manifests stay where they are,
 * but for those that were updates themselves. */
static jz_status add_update(signing *s, const jz_credentials *parent, jz_err *err)
{
    JZ_BUF_AUTO token = { 0 };
    jz_auto(jz_jumbf) *older = NULL;
    const jz_manifest *m = parent->manifest[0];
    const jz_bytes updates = jz_asset_update(s->asset);
    if (s->o->tsa != NULL && m->has_cose && m->stamped_us == 0) {
        JZ_TRY(ask_for_stamp(s, &m->cose, &token, err));
        JZ_TRY(jz_sign_time_stamp(s->draft, m->label, jz_buf_bytes(&token), err));
    }
    if (!jz_asset_is_bmff(s->asset))
        return JZ_OK;
    jz_buf_reset(&s->draft->peers);
    if (updates.ptr == NULL)
        return JZ_OK;
    JZ_TRY(jz_jumbf_parse(updates, &older, err));
    return jz_sign_peers(s->draft, older, err);
}

static jz_status add_parts(signing *s, const jz_credentials *parent, jz_err *err)
{
    s->draft->update = s->o->update;
    if (s->o->update)
        JZ_TRY(check_update(s->o, parent, s->beside, err));
    JZ_TRY(jz_sign_parts(s->draft, s->o, parent, err));
    if (s->o->update)
        return add_update(s, parent, err);
    return jz_draft_add(s->draft,
                        jz_asset_is_bmff(s->asset) ? "c2pa.hash.bmff.v3" : "c2pa.hash.data",
                        JZ_JUMBF_CBOR, &s->binding, err);
}

jz_status jz_credentials_sign(int fd, const char *path, const jz_signer *signer,
                              const jz_sign_opts *opts, jz_credentials **out, jz_err *err)
{
    static const jz_sign_opts none;
    jz_source src;
    jz_auto(jz_asset) *asset = NULL;
    jz_auto(jz_credentials) *parent = NULL;
    JZ_DRAFT_AUTO draft = { 0 };
    __attribute__((cleanup(signing_done))) signing s = {
        .signer = signer, .o = opts != NULL ? opts : &none, .src = &src, .draft = &draft
    };
    s.reserve = s.o->tsa != NULL ? STAMP_RESERVE : 0;
    draft.title = s.o->title;
    JZ_TRY(jz_source_of_fd(fd, &src, err));
    JZ_TRY(jz_asset_open(&src, &asset, err));
    s.asset = asset;
    s.beside = is_sidecar(path);
    if (s.beside && jz_asset_store(asset, &(jz_bytes){ 0 }, NULL) != JZ_E_NOTFOUND)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "the file has a manifest of its own, which goes before one beside it");
    JZ_TRY(read_parent(fd, asset, s.o, &parent, err));
    JZ_TRY(jz_draft_begin(&draft, err));
    JZ_TRY(add_parts(&s, parent, err));
    return sign_to(&s, fd, path, out, err);
}
