/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/web.h"

#include "base/alloc.h"
#include "base/file.h"
#include "serve/routes.h"

#include <stdio.h>
#include <string.h>

#define POLICY(script)                                                                             \
    "default-src 'none'; script-src 'self'" script "; style-src 'self'; img-src 'self' blob:; "    \
    "media-src blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "               \
    "form-action 'self'"

const jz_web_file *jz_web_find(const char *name)
{
    for (size_t i = 0; i < jz_web_file_count; i++)
        if (strcmp(jz_web_files[i].name, name) == 0)
            return &jz_web_files[i];
    return NULL;
}

static const char *type_of(const char *name)
{
    static const char *const types[][2] = {
        { ".html", "text/html; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },
        { ".json", "application/json" },
        { ".svg", "image/svg+xml" },
        { ".wasm", "application/wasm" },
    };
    const char *end = strrchr(name, '.');
    for (size_t i = 0; end != NULL && i < JZ_ARRAY_LEN(types); i++)
        if (strcmp(end, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

/* The only script that compiles WebAssembly is the worker that hashes. */
static const char *policy_of(const char *name)
{
    return strcmp(name, "hash_worker.js") == 0 ? POLICY(" 'wasm-unsafe-eval'") : POLICY("");
}

/* Whether a list of "a, b;q=0.5" has the word, not with q=0 (RFC 9110 12.5.3). */
static bool accepts(const char *list, const char *word)
{
    const size_t len = strlen(word);
    for (const char *at = list; at != NULL && *at != '\0';) {
        at += strspn(at, ", \t");
        const size_t whole = strcspn(at, ",");
        const char *q = memmem(at, whole, "q=", 2);
        if (strncasecmp(at, word, len) == 0 && strchr(",; \t", at[len]) != NULL)
            return q == NULL || strspn(q + 2, "0.") != (size_t)(at + whole - q - 2);
        at += whole;
    }
    return false;
}

/* Whether If-None-Match names the tag; "*" is any. */
static bool names_tag(const char *list, const char *tag)
{
    return list != NULL && (strcmp(list, "*") == 0 || strstr(list, tag) != NULL);
}

static void add_header(jz_http_reply *reply, const char *name, const char *value)
{
    size_t n = 0;
    while (reply->extra[n][0] != NULL)
        n++;
    reply->extra[n][0] = name;
    reply->extra[n][1] = value;
}

static void give(const jz_api_call *c, const jz_web_file *f)
{
    jz_http_reply *reply = c->reply;
    const bool packed =
        f->packed.len > 0 && accepts(jz_http_header(c->request, "Accept-Encoding"), "gzip");
    const char *tag = packed ? f->tag_packed : f->tag;
    reply->type = type_of(f->name);
    reply->cache = "no-cache"; /* is asked again each time, which costs no bytes */
    add_header(reply, "ETag", tag);
    add_header(reply, "Vary", "Accept-Encoding");
    add_header(reply, "Content-Security-Policy", policy_of(f->name));
    add_header(reply, "Referrer-Policy", "no-referrer");
    add_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
    add_header(reply, "Cross-Origin-Resource-Policy", "same-origin");
    if (names_tag(jz_http_header(c->request, "If-None-Match"), tag)) {
        reply->status = 304;
        return;
    }
    if (packed)
        add_header(reply, "Content-Encoding", "gzip");
    const jz_bytes body = packed ? f->packed : f->plain;
    jz_buf_put(&reply->body, body.ptr, body.len);
}

static jz_status give_named(const jz_api_call *c, const char *name, jz_err *err)
{
    const jz_web_file *f = jz_web_find(name);
    if (f == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such file");
    give(c, f);
    return JZ_OK;
}

jz_status jz_route_page(jz_api_call *c, jz_err *err)
{
    char name[64];
    const char *page = c->route->path + 1;
    (void)snprintf(name, sizeof name, "%s.html", page[0] != '\0' ? page : "home"); /* it fits */
    return give_named(c, name, err);
}

jz_status jz_route_web_file(jz_api_call *c, jz_err *err)
{
    return give_named(c, c->param[0], err);
}

/* ---- who helps ---- */

#define LINES_MAX 100

typedef struct help_line {
    char language[36], name[JZ_GOVERN_NAME_MAX], contact[JZ_GOVERN_NAME_MAX],
        note[JZ_GOVERN_NAME_MAX];
} help_line;

typedef struct help_lines {
    help_line line[LINES_MAX];
    size_t lines;
} help_lines;

#define LINE(name, optional)                                                                       \
    {                                                                                              \
#name, JZ_FIELD_TEXT, optional, .at = offsetof(help_line, name),                           \
                                        .size = sizeof(((help_line *)NULL)->name)                  \
    }
static const jz_field line_fields[] = {
    LINE(contact, false), LINE(language, true), LINE(name, false), LINE(note, true), { 0 }
};
static const jz_field lines_fields[] = {
    { "lines", JZ_FIELD_OBJECTS, false, .at = offsetof(help_lines, line), .size = sizeof(help_line),
      .max = LINES_MAX, .count = offsetof(help_lines, lines), .sub = line_fields },
    { 0 },
};

static jz_status read_lines(const char *home, help_lines *out, jz_err *err)
{
    JZ_BUF_AUTO path = { 0 };
    JZ_BUF_AUTO text = { 0 };
    jz_buf_printf(&path, "%s/help-lines.json", home);
    JZ_TRY(jz_buf_check(&path, err));
    const jz_status st = jz_file_read_regular(path.ptr, sizeof *out, &text, err);
    if (st == JZ_E_NOTFOUND)
        return JZ_OK;
    JZ_TRY(st);
    return jz_fields_read(lines_fields, jz_buf_bytes(&text), path.ptr, out, sizeof *out, err);
}

/* A file that is malformed is no fault of whoever asks: whoever runs this hears of it. */
jz_status jz_route_help_lines(jz_api_call *c, jz_err *err)
{
    jz_err why = { 0 };
    help_lines *all = jz_alloc_zero(1, sizeof *all);
    if (all == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = read_lines(c->api->opts.home, all, &why);
    jz_json j = { .out = &c->reply->body };
    if (st == JZ_OK)
        jz_fields_put(lines_fields, all, &j);
    jz_free(all);
    if (st == JZ_OK)
        return JZ_OK;
    char text[JZ_ERR_TEXT];
    return JZ_FAIL(err, JZ_E_IO, "%s", jz_err_text(&why, text, sizeof text));
}
