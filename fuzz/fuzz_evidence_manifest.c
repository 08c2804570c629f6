/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/bag_report.h"
#include "evidence/bag_tags.h"
#include "evidence/manifest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct seen {
    const jz_manifest_rules *rules;
    size_t last; /* line */
    bool fault;  /* on that line */
} seen;

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* A name that was not complained about leads nowhere outside. */
static void check_name(const char *name, size_t len, bool tags)
{
    must(len > 0 && name[0] != '/' && name[0] != '~' && strcmp(name, "..") != 0);
    must(strncmp(name, "../", 3) != 0 && strstr(name, "/../") == NULL);
    must(strstr(name, "//") == NULL && name[len - 1] != '/' && strchr(name, '\\') == NULL);
    must(len < 3 || strcmp(name + len - 3, "/..") != 0);
    must((strncmp(name, "data/", 5) == 0) != tags);
    for (size_t i = 0; i < len; i++)
        must((unsigned char)name[i] >= 0x20 || name[i] == '\n' || name[i] == '\r');
}

static jz_status on_line(void *user, const jz_manifest_line *line, jz_err *err)
{
    seen *s = user;
    (void)err;
    must(strlen(line->name) == line->len && line->number >= s->last);
    if (!s->fault || s->last != line->number)
        check_name(line->name, line->len, s->rules->tags);
    s->last = line->number;
    s->fault = false;
    return JZ_OK;
}

static jz_status on_tell(void *user, jz_bag_level level, size_t line, const char *what,
                         const char *why, jz_err *err)
{
    seen *s = user;
    (void)err;
    must(what[0] != '\0' && why[0] != '\0' && line >= s->last);
    s->fault = level == JZ_BAG_FAULT || (s->fault && line == s->last);
    s->last = line;
    return JZ_OK;
}

/* The first byte: whose rules, which kind of file, which size of hash. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_bag_report report = { 0 };
    jz_bag_tag_facts facts = { 0 };
    if (size == 0)
        return 0;
    const jz_bytes text = { data + 1, size - 1 };
    const jz_manifest_rules rules = { .digest_size = (data[0] & 4) != 0 ? 16 : 1,
                                      .tags = (data[0] & 1) != 0,
                                      .own = (data[0] & 2) != 0 };
    seen s = { .rules = &rules };
    const jz_manifest_sink sink = { .user = &s, .line = on_line, .tell = on_tell };
    must(jz_manifest_parse(text, &rules, &sink, NULL) == JZ_OK);
    must(jz_bag_read_info(text, &facts, &report, NULL) == JZ_OK);
    must(jz_bag_read_bagit(text, &facts, &report, NULL) == JZ_OK);
    jz_bag_report_sort(&report);
    jz_bag_report_done(&report);
    return 0;
}
