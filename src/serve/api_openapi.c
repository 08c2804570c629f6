/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.0), made from the table of routes; bodies
 * are described by the tables that read them, so that the document cannot say anything else. */
#include "serve/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void raw(jz_json *j, const char *key, const char *json)
{
    jz_json_key(j, key);
    jz_json_raw(j, json, strlen(json));
}

/* ---- bodies ---- */

/* NOLINTBEGIN(misc-no-recursion): as deep as the tables are nested */
static void put_object(jz_json *j, const jz_field *table);

static void put_words(jz_json *j, const char *const *words)
{
    jz_json_put_str(j, "type", "string");
    jz_json_key(j, "enum");
    jz_json_begin_array(j);
    for (size_t i = 0; words[i] != NULL; i++)
        jz_json_str(j, words[i]);
    jz_json_end_array(j);
}

static void put_hex(jz_json *j, size_t size)
{
    char pattern[40];
    (void)snprintf(pattern, sizeof pattern, "^[0-9a-fA-F]{%zu}$", 2 * size);
    jz_json_put_str(j, "type", "string");
    jz_json_put_str(j, "pattern", pattern);
}

/* The members of a value's schema; of a list, of its elements. */
static void put_single(jz_json *j, const jz_field *f)
{
    switch (f->kind) {
    case JZ_FIELD_TEXT:
    case JZ_FIELD_TEXTS:
        jz_json_put_str(j, "type", "string");
        jz_json_put_i64(j, "maxLength", (int64_t)f->size - 1);
        break;
    case JZ_FIELD_WORD:
    case JZ_FIELD_WORDS:
        put_words(j, f->words);
        break;
    case JZ_FIELD_BOOL:
        jz_json_put_str(j, "type", "boolean");
        break;
    case JZ_FIELD_INT:
        jz_json_put_str(j, "type", "integer");
        jz_json_put_i64(j, "minimum", f->min);
        jz_json_put_i64(j, "maximum", f->max);
        break;
    case JZ_FIELD_HEX:
    case JZ_FIELD_HEXES:
        put_hex(j, f->size);
        break;
    default:
        put_object(j, f->sub);
        break;
    }
}

static void put_field(jz_json *j, const jz_field *f)
{
    jz_json_key(j, f->key);
    jz_json_begin_object(j);
    if (f->kind < JZ_FIELD_TEXTS) {
        put_single(j, f);
    } else {
        jz_json_put_str(j, "type", "array");
        jz_json_put_i64(j, "minItems", f->min);
        if (f->kind != JZ_FIELD_WORDS)
            jz_json_put_i64(j, "maxItems", f->max);
        jz_json_key(j, "items");
        jz_json_begin_object(j);
        put_single(j, f);
        jz_json_end_object(j);
    }
    jz_json_end_object(j);
}

static void put_object(jz_json *j, const jz_field *table)
{
    jz_json_put_str(j, "type", "object");
    jz_json_put_bool(j, "additionalProperties", false);
    jz_json_key(j, "properties");
    jz_json_begin_object(j);
    for (const jz_field *f = table; f->key != NULL; f++)
        put_field(j, f);
    jz_json_end_object(j);
    jz_json_key(j, "required");
    jz_json_begin_array(j);
    for (const jz_field *f = table; f->key != NULL; f++)
        if (!f->optional)
            jz_json_str(j, f->key);
    jz_json_end_array(j);
}
/* NOLINTEND(misc-no-recursion) */

static void put_content(jz_json *j, const char *type, const jz_field *table, const char *schema)
{
    jz_json_key(j, "content");
    jz_json_begin_object(j);
    jz_json_key(j, type);
    jz_json_begin_object(j);
    jz_json_key(j, "schema");
    if (table != NULL) {
        jz_json_begin_object(j);
        put_object(j, table);
        jz_json_end_object(j);
    } else {
        jz_json_raw(j, schema, strlen(schema));
    }
    jz_json_end_object(j);
    jz_json_end_object(j);
}

static void put_request(jz_json *j, const jz_api_route *r)
{
    static const char *const types[] = { [JZ_BODY_JSON] = "application/json",
                                         [JZ_BODY_FILE] = "application/octet-stream",
                                         [JZ_BODY_TEXT] = "text/plain" };
    if (r->body == JZ_BODY_NONE)
        return;
    jz_json_key(j, "requestBody");
    jz_json_begin_object(j);
    jz_json_put_bool(j, "required", true);
    put_content(j, types[r->body], r->request,
                r->body == JZ_BODY_JSON ? "{\"type\":\"object\"}" : "{\"type\":\"string\"}");
    jz_json_end_object(j);
}

/* ---- parameters ---- */

static void put_parameter(jz_json *j, const char *name, const char *where, bool needed,
                          const char *summary)
{
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", name);
    jz_json_put_str(j, "in", where);
    jz_json_put_bool(j, "required", needed);
    if (summary != NULL)
        jz_json_put_str(j, "description", summary);
    raw(j, "schema", "{\"type\":\"string\"}");
    jz_json_end_object(j);
}

static void put_parameters(jz_json *j, const jz_api_route *r)
{
    jz_json_key(j, "parameters");
    jz_json_begin_array(j);
    for (const char *at = strchr(r->path, '{'); at != NULL; at = strchr(at + 1, '{')) {
        char name[32] = "";
        (void)snprintf(name, sizeof name, "%.*s", (int)(strchr(at, '}') - at - 1), at + 1);
        put_parameter(j, name, "path", true, NULL);
    }
    for (const jz_api_argument *a = r->argument; a != NULL && a->name != NULL; a++)
        put_parameter(j, a->name, "query", a->needed, a->summary);
    if ((r->flags & JZ_API_CHANGES) != 0 && r->roles != JZ_ANYBODY)
        put_parameter(j, "Idempotency-Key", "header", false,
                      "the same request under the same key is done once");
    jz_json_end_array(j);
}

/* ---- operations ---- */

/* "POST /v1/gate/check" as "post_v1_gate_check". */
static void put_id(jz_json *j, const jz_api_route *r)
{
    char id[160];
    size_t n = 0;
    for (const char *m = r->method; *m != '\0'; m++)
        id[n++] = (char)(*m + ('a' - 'A'));
    for (const char *p = r->path; *p != '\0' && n + 1 < sizeof id; p++) {
        if (strchr("/.-", *p) != NULL)
            id[n++] = '_';
        else if (*p != '{' && *p != '}')
            id[n++] = *p;
    }
    id[n] = '\0';
    jz_json_put_str(j, "operationId", id);
}

static void put_roles(jz_json *j, const jz_api_route *r)
{
    jz_json_key(j, "security");
    jz_json_begin_array(j);
    if (r->roles != JZ_ANYBODY) {
        jz_json_begin_object(j);
        raw(j, "key", "[]");
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
    jz_json_key(j, "x-roles");
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_ROLES; i++)
        if ((r->roles & (unsigned)jz_role_at(i)) != 0)
            jz_json_str(j, jz_role_name(jz_role_at(i)));
    jz_json_end_array(j);
}

static void put_operation(jz_json *j, const jz_api_route *r)
{
    char method[8] = "";
    for (size_t i = 0; r->method[i] != '\0' && i + 1 < sizeof method; i++)
        method[i] = (char)(r->method[i] + ('a' - 'A'));
    jz_json_key(j, method);
    jz_json_begin_object(j);
    put_id(j, r);
    jz_json_put_str(j, "summary", r->summary);
    put_roles(j, r);
    put_parameters(j, r);
    put_request(j, r);
    jz_json_key(j, "responses");
    jz_json_begin_object(j);
    jz_json_key(j, "200");
    jz_json_begin_object(j);
    jz_json_put_str(j, "description", "done");
    put_content(j, "application/json", NULL, r->reply != NULL ? r->reply : "{\"type\":\"object\"}");
    jz_json_end_object(j);
    raw(j, "default", "{\"$ref\":\"#/components/responses/problem\"}");
    jz_json_end_object(j);
    jz_json_end_object(j);
}

static bool is_first_of_path(size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(jz_api_routes[k].path, jz_api_routes[i].path) == 0)
            return false;
    return true;
}

static const char components[] =
    "{\"securitySchemes\":{\"key\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\"responses\":{"
    "\"problem\":{\"description\":\"a problem (RFC "
    "9457)\",\"content\":{\"application/problem+json\":"
    "{\"schema\":{\"$ref\":\"#/components/schemas/"
    "problem\"}}}}},\"schemas\":{\"problem\":{\"type\":"
    "\"object\",\"required\":[\"type\",\"title\",\"status\",\"kind\"],\"properties\":{\"type\":"
    "{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
    "\"kind\":"
    "{\"type\":\"string\"},\"detail\":{\"type\":\"string\"}}}}}";

void jz_api_openapi_put(jz_buf *out)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "openapi", "3.1.0");
    raw(&j, "info",
        "{\"title\":\"Jianzhen\",\"version\":\"" JZ_VERSION
        "\",\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}}");
    jz_json_key(&j, "paths");
    jz_json_begin_object(&j);
    for (size_t i = 0; i < jz_api_route_count; i++) {
        if ((jz_api_routes[i].flags & JZ_API_PAGE) != 0 || !is_first_of_path(i))
            continue;
        jz_json_key(&j, jz_api_routes[i].path);
        jz_json_begin_object(&j);
        for (size_t k = i; k < jz_api_route_count; k++)
            if (strcmp(jz_api_routes[k].path, jz_api_routes[i].path) == 0)
                put_operation(&j, &jz_api_routes[k]);
        jz_json_end_object(&j);
    }
    jz_json_end_object(&j);
    raw(&j, "components", components);
    jz_json_end_object(&j);
}
