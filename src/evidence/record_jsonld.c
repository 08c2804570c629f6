/* SPDX-License-Identifier: Apache-2.0 */
/* case.jsonld: the graph that court laboratories exchange (CASE and UCO ontologies,
 * caseontology.org): one action of extraction, its persons and its tool, and for each item a
 * provenance record with the file and its hashes. SM3 is not in UCO's vocabulary of hash methods,
 * which is an open one. */
#include "evidence/records.h"

#include "base/file.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    const char *prefix, *uri;
} context[] = {
    { "kb", "urn:jz:" },
    { "case-investigation", "https://ontology.caseontology.org/case/investigation/" },
    { "uco-action", "https://ontology.unifiedcyberontology.org/uco/action/" },
    { "uco-core", "https://ontology.unifiedcyberontology.org/uco/core/" },
    { "uco-identity", "https://ontology.unifiedcyberontology.org/uco/identity/" },
    { "uco-observable", "https://ontology.unifiedcyberontology.org/uco/observable/" },
    { "uco-tool", "https://ontology.unifiedcyberontology.org/uco/tool/" },
    { "uco-types", "https://ontology.unifiedcyberontology.org/uco/types/" },
    { "xsd", "http://www.w3.org/2001/XMLSchema#" },
};

typedef struct graph {
    jz_json *j;
    const jz_records *r;
} graph;

/* "kb:BAG-what-n": unique also beside the graphs of other bags. */
static void put_id(const graph *g, const char *key, const char *what, int64_t n)
{
    char text[128];
    (void)snprintf(text, sizeof text, "kb:%s-%s-%" PRId64, g->r->bag, what, n);
    jz_json_put_str(g->j, key, text);
}

static void put_ref(const graph *g, const char *what, int64_t n)
{
    jz_json_begin_object(g->j);
    put_id(g, "@id", what, n);
    jz_json_end_object(g->j);
}

static void begin_node(const graph *g, const char *what, int64_t n, const char *type)
{
    jz_json_begin_object(g->j);
    put_id(g, "@id", what, n);
    jz_json_put_str(g->j, "@type", type);
}

static void put_typed(jz_json *j, const char *key, const char *type, const char *value)
{
    jz_json_key(j, key);
    jz_json_begin_object(j);
    jz_json_put_str(j, "@type", type);
    jz_json_put_str(j, "@value", value);
    jz_json_end_object(j);
}

static void put_hash(const graph *g, const jz_case_item *i, const char *method,
                     const uint8_t *digest, size_t size)
{
    char what[16];
    (void)snprintf(what, sizeof what, "hash-%s", method);
    begin_node(g, what, i->number, "uco-types:Hash");
    jz_json_put_str(g->j, "uco-types:hashMethod", method);
    jz_json_key(g->j, "uco-types:hashValue");
    jz_json_begin_object(g->j);
    jz_json_put_str(g->j, "@type", "xsd:hexBinary");
    jz_json_put_hex(g->j, "@value", digest, size);
    jz_json_end_object(g->j);
    jz_json_end_object(g->j);
}

static void put_file(const graph *g, const jz_case_item *i)
{
    jz_json *j = g->j;
    begin_node(g, "file", i->number, "uco-observable:File");
    jz_json_key(j, "uco-core:hasFacet");
    jz_json_begin_array(j);
    begin_node(g, "file-facet", i->number, "uco-observable:FileFacet");
    jz_json_put_str(j, "uco-observable:fileName", i->name);
    jz_json_put_str(j, "uco-observable:filePath", g->r->file[i->number - 1].text);
    jz_json_put_u64(j, "uco-observable:sizeInBytes", i->exact.bytes);
    jz_json_end_object(j);
    begin_node(g, "content-facet", i->number, "uco-observable:ContentDataFacet");
    jz_json_key(j, "uco-observable:hash");
    jz_json_begin_array(j);
    put_hash(g, i, "SHA256", i->exact.sha256, sizeof i->exact.sha256);
    put_hash(g, i, "SM3", i->exact.sm3, sizeof i->exact.sm3);
    put_hash(g, i, "MD5", i->exact.md5, sizeof i->exact.md5);
    jz_json_end_array(j);
    jz_json_end_object(j);
    jz_json_end_array(j);
    jz_json_end_object(j);
}

static jz_status put_item(void *user, const jz_case_item *i, jz_err *err)
{
    const graph *g = user;
    char number[24];
    (void)err;
    (void)snprintf(number, sizeof number, "E-%04" PRId64, i->number);
    begin_node(g, "record", i->number, "case-investigation:ProvenanceRecord");
    jz_json_put_str(g->j, "case-investigation:exhibitNumber", number);
    if (i->source != NULL)
        jz_json_put_str(g->j, "uco-core:description", i->source);
    jz_json_key(g->j, "uco-core:object");
    put_ref(g, "file", i->number);
    jz_json_end_object(g->j);
    put_file(g, i);
    return JZ_OK;
}

static jz_status put_result(void *user, const jz_case_item *i, jz_err *err)
{
    (void)err;
    put_ref(user, "record", i->number);
    return JZ_OK;
}

static jz_status put_action(graph *g, jz_err *err)
{
    char at[32];
    jz_json *j = g->j;
    const jz_records *r = g->r;
    begin_node(g, "action", 1, "case-investigation:InvestigativeAction");
    jz_json_put_str(j, "uco-core:name", "extraction");
    put_typed(j, "uco-action:startTime", "xsd:dateTime", jz_time_text(r->at_us, at, sizeof at));
    if (r->facts->collectors > 0) {
        jz_json_key(j, "uco-action:performer");
        put_ref(g, "person", 1);
    }
    jz_json_key(j, "uco-action:instrument");
    put_ref(g, "tool", 1);
    jz_json_key(j, "uco-action:result");
    jz_json_begin_array(j);
    JZ_TRY(jz_case_items(r->cases, r->id, put_result, g, err));
    jz_json_end_array(j);
    jz_json_end_object(j);
    return JZ_OK;
}

static void put_persons_and_tool(const graph *g)
{
    const jz_seal_facts *f = g->r->facts;
    for (size_t i = 0; i < f->collectors; i++) {
        begin_node(g, "person", (int64_t)i + 1, "uco-identity:Person");
        jz_json_put_str(g->j, "uco-core:name", f->collector[i]);
        jz_json_end_object(g->j);
    }
    begin_node(g, "tool", 1, "uco-tool:Tool");
    jz_json_put_str(g->j, "uco-core:name", "jz");
    jz_json_put_str(g->j, "uco-tool:version", JZ_VERSION);
    jz_json_end_object(g->j);
}

jz_status jz_record_case(const jz_records *r, jz_buf *out, jz_err *err)
{
    jz_json j = { .out = out };
    graph g = { &j, r };
    jz_json_begin_object(&j);
    jz_json_key(&j, "@context");
    jz_json_begin_object(&j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(context); i++)
        jz_json_put_str(&j, context[i].prefix, context[i].uri);
    jz_json_end_object(&j);
    jz_json_key(&j, "@graph");
    jz_json_begin_array(&j);
    begin_node(&g, "investigation", 1, "case-investigation:Investigation");
    jz_json_put_str(&j, "uco-core:name", r->id);
    jz_json_key(&j, "uco-core:object");
    jz_json_begin_array(&j);
    put_ref(&g, "action", 1);
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    JZ_TRY(put_action(&g, err));
    put_persons_and_tool(&g);
    JZ_TRY(jz_case_items(r->cases, r->id, put_item, &g, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    jz_buf_putc(out, '\n');
    return JZ_OK;
}
