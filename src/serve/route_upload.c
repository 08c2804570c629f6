/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are sent in: hashed, matched against the banks, or inspected. They are decoded in the
 * sandbox and kept nowhere. */
#include "serve/routes.h"

#include "base/alloc.h"
#include "base/file.h"
#include "examine/item_json.h"
#include "examine/provenance_findings.h"
#include "inspect/inspect_json.h"
#include "serve/multipart.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* ---- the file ---- */

typedef struct mapping {
    void *ptr;
    size_t len;
} mapping;

static void mapping_done(const mapping *m)
{
    if (m->ptr != NULL)
        (void)munmap(m->ptr, m->len); /* which was mapped */
}

/* The file in a form, as a file of its own. */
static jz_status unpack(const jz_http_request *q, const char *type, int *fd, jz_err *err)
{
    __attribute__((cleanup(mapping_done))) mapping m = { .len = (size_t)q->body_size };
    jz_bytes file;
    if (m.len == 0)
        return JZ_FAIL(err, JZ_E_EMPTY, "an empty body");
    void *ptr = mmap(NULL, m.len, PROT_READ, MAP_SHARED, q->body_fd, 0);
    if (ptr == MAP_FAILED)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    m.ptr = ptr;
    JZ_TRY(jz_multipart_file((jz_bytes){ m.ptr, m.len }, type, &file, err));
    JZ_FD_AUTO made = memfd_create("jz-part", MFD_CLOEXEC);
    if (made < 0)
        return JZ_FAIL(err, JZ_E_IO, "a file in memory: %s", strerrordesc_np(errno));
    JZ_TRY(jz_write_all(made, file.ptr, file.len, "a file in memory", err));
    *fd = made;
    made = -1;
    return JZ_OK;
}

/* What was sent: the body, or *part, which is the caller's to close. */
static jz_status sent_file(const jz_api_call *c, int *part, int *fd, jz_err *err)
{
    const char *type = jz_http_header(c->request, "Content-Type");
    if (c->api->opts.sandbox == NULL || c->worker == 0)
        return JZ_FAIL(err, JZ_E_BUSY, "uploads are not decoded here");
    if (jz_is_multipart(type))
        JZ_TRY(unpack(c->request, type, part, err));
    *fd = *part >= 0 ? *part : c->request->body_fd;
    return JZ_OK;
}

/* Measures what was sent; *fault says what could not be read of it. */
static jz_status measure(jz_api_call *c, jz_measurement *m, jz_err *fault, jz_err *err)
{
    JZ_FD_AUTO part = -1;
    int fd = -1;
    JZ_TRY(sent_file(c, &part, &fd, err));
    const jz_status st = jz_measure(c->api->decoder[c->worker - 1], fd, NULL, m, fault);
    if (!m->hashed)
        *err = *fault;
    return m->hashed ? JZ_OK : st;
}

/* ---- /v1/hash, /h/hash ---- */

jz_status jz_route_hash(jz_api_call *c, jz_err *err)
{
    jz_measurement m = { 0 };
    jz_err fault = { 0 };
    const jz_status st = measure(c, &m, &fault, err);
    if (st == JZ_OK) {
        jz_json j = { .out = &c->reply->body };
        jz_json_begin_object(&j);
        jz_item_json_measurement(&j, &m);
        jz_item_json_error(&j, &fault);
        jz_json_end_object(&j);
    }
    jz_measurement_done(&m);
    return st;
}

/* What HMA hashes: of pictures pdq, of the full resolution; of what moves video_md5. */
static jz_status hma_of(const jz_measurement *m, const jz_err *fault, jz_hma_signal *s, jz_err *err)
{
    const jz_probe *p = jz_measurement_probe(m, "pdq_full", true);
    if (fault->code != JZ_OK && p == NULL) {
        *err = *fault;
        return fault->code;
    }
    if (p != NULL) {
        *s = (jz_hma_signal){ .type = "pdq", .cls = jz_hash_class_find("pdq_full") };
        memcpy(s->digest, p->digest[JZ_ORIGINAL], JZ_PDQ_SIZE);
    } else {
        *s = (jz_hma_signal){ .type = "video_md5", .cls = jz_hash_class_find("md5") };
        memcpy(s->digest, m->exact.md5, JZ_MD5_SIZE);
    }
    return JZ_OK;
}

static jz_status hma_measure(jz_api_call *c, jz_hma_signal *s, jz_err *err)
{
    jz_measurement m = { 0 };
    jz_err fault = { 0 };
    jz_status st = measure(c, &m, &fault, err);
    if (st == JZ_OK)
        st = hma_of(&m, &fault, s, err);
    jz_measurement_done(&m);
    return st;
}

jz_status jz_route_hma_hash(jz_api_call *c, jz_err *err)
{
    jz_hma_signal s;
    JZ_TRY(hma_measure(c, &s, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_hex(&j, s.type, s.digest, s.cls->digest_size);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_hma_lookup_file(jz_api_call *c, jz_err *err)
{
    jz_hma_signal s;
    char banks[JZ_API_BANKS_TEXT];
    jz_bank_hits hits = { 0 };
    JZ_TRY(jz_api_argument_text(c, "banks", banks, sizeof banks, err));
    JZ_TRY(hma_measure(c, &s, err));
    JZ_TRY(jz_api_lookup(c->api->banks, s.cls, s.digest, JZ_PDQ_MAX_BITS, &hits, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, s.type);
    jz_hma_put_banks(&hits, banks, &j);
    jz_json_end_object(&j);
    jz_bank_hits_done(&hits);
    return JZ_OK;
}

/* ---- /c/bank/{bank}/content ---- */

typedef struct content {
    const jz_measurement *m;
    int64_t entry;
} content;

static jz_status add_content(jz_api_call *c, void *user, jz_err *err)
{
    content *n = user;
    jz_signal *signals = NULL;
    size_t count = 0;
    bool added = false;
    const jz_entry_meta meta = { .status = JZ_ENTRY_SEED };
    JZ_TRY(jz_measurement_signals(n->m, JZ_BANK_MIN_QUALITY, &signals, &count, err));
    const jz_status st =
        jz_bank_add(c->api->banks, c->param[0], &meta, signals, count, &n->entry, &added, err);
    jz_signals_free(signals);
    return st;
}

/* Decoded first, and only then are the banks locked. */
static jz_status take_content(jz_api_call *c, jz_measurement *m, jz_err *err)
{
    jz_hma_signal s;
    jz_err fault = { 0 };
    content n = { .m = m };
    if (jz_http_argument(c->request, "url") != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "url: nothing is fetched from here; send the file");
    JZ_TRY(measure(c, m, &fault, err));
    JZ_TRY(hma_of(m, &fault, &s, err));
    JZ_TRY(jz_api_change_banks(c, add_content, &n, err));
    jz_json j = { .out = &c->reply->body };
    jz_hma_put_added(n.entry, &s, 1, &j);
    return JZ_OK;
}

jz_status jz_route_hma_content_new(jz_api_call *c, jz_err *err)
{
    jz_measurement m = { 0 };
    const jz_status st = take_content(c, &m, err);
    jz_measurement_done(&m);
    return st;
}

/* ---- /v1/match ---- */

static jz_status match(jz_api_call *c, jz_measurement *m, jz_findings *f, jz_err *err)
{
    jz_err fault = { 0 };
    JZ_TRY(measure(c, m, &fault, err));
    JZ_TRY(jz_match_banks(c->api->banks, m, NULL, f, err));
    const jz_scan_item item = { .path = "",
                                .status = f->n > 0              ? JZ_ITEM_MATCH
                                          : fault.code != JZ_OK ? JZ_ITEM_FAILED
                                                                : JZ_ITEM_CLEAN,
                                .m = m,
                                .findings = f,
                                .error = &fault,
                                .low_quality =
                                    f->n == 0 && f->compared == 0 && f->low_quality > 0 };
    jz_json j = { .out = &c->reply->body };
    jz_item_json(&j, &item);
    return JZ_OK;
}

jz_status jz_route_match(jz_api_call *c, jz_err *err)
{
    jz_measurement m = { 0 };
    jz_findings f = { 0 };
    const jz_status st = match(c, &m, &f, err);
    jz_findings_done(&f);
    jz_measurement_done(&m);
    return st;
}

/* ---- /v1/inspect ---- */

/* The finder belongs to one thread, so each request opens its own. The network is optional. */
static jz_status open_models(const jz_api_call *c, jz_face_finder **finder, jz_face_net **network,
                             jz_err *err)
{
    jz_auto(char) *models = NULL;
    jz_auto(char) *file = NULL;
    jz_err missing = { 0 };
    JZ_TRY(jz_path_join(c->api->opts.home, "models", &models, err));
    JZ_TRY(jz_path_join(models, "face-blend.jznn", &file, err));
    if (jz_face_finder_open(models, finder, &missing) != JZ_OK)
        return JZ_FAIL(err, JZ_E_BUSY, "faces cannot be found here: %s", missing.frame[0]);
    const jz_status st = jz_face_net_open(file, network, &missing);
    return st == JZ_OK || st == JZ_E_NOTFOUND ? JZ_OK : JZ_FAIL(err, st, "%s", missing.frame[0]);
}

static jz_status inspect(const jz_api_call *c, jz_face_finder *finder, jz_face_net *network,
                         jz_err *err)
{
    JZ_FD_AUTO part = -1;
    int fd = -1;
    jz_inspection in = { 0 };
    jz_err fault = { 0 };
    jz_credential_brief said = { 0 };
    const jz_inspect_opts opts = { .network = network };
    JZ_TRY(sent_file(c, &part, &fd, err));
    JZ_TRY(jz_credentials_read(fd, (jz_bytes){ 0 }, 0, NULL, &said, err));
    if (jz_inspect(c->api->decoder[c->worker - 1], finder, fd, &opts, &in, &fault) == JZ_OK)
        fault = (jz_err){ 0 };
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_inspect_json(&j, &in, &opts);
    jz_json_key(&j, "credentials");
    jz_credentials_brief_json(&j, &said);
    jz_item_json_error(&j, &fault);
    jz_json_end_object(&j);
    jz_inspection_done(&in);
    return JZ_OK;
}

jz_status jz_route_inspect(jz_api_call *c, jz_err *err)
{
    jz_face_finder *finder = NULL;
    jz_face_net *network = NULL;
    jz_status st = open_models(c, &finder, &network, err);
    if (st == JZ_OK)
        st = inspect(c, finder, network, err);
    jz_face_net_close(network);
    jz_face_finder_close(finder);
    return st;
}
