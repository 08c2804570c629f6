/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ledger/sim_disk.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES 4096
#define PATH 72
#define SECTOR 64 /* small, so that small files are torn too */
#define NOTHING SIZE_MAX

/* Content, apart from its names. */
typedef struct content {
    jz_buf now;
    jz_buf durable;
    struct change { /* since the last sync */
        size_t at;
        jz_buf bytes;
        bool cut; /* the file ends behind it */
    } * change;
    size_t changes, size;
} content;

typedef struct name {
    char path[PATH];
    size_t now;     /* number of a content, or NOTHING */
    size_t durable; /* the same */
} name;

/* Names that changed since the last sync, in order; each may land or not. */
typedef struct renaming {
    size_t name;
    size_t to;
} renaming;

struct sim_disk {
    uint64_t random;
    sim_published_fn published;
    void *user;
    int64_t ms, tick;
    sim_moment_fn moment;
    void *watcher;
    bool cutting, dead;
    uint64_t left;
    uint64_t operations;
    content file[FILES];
    size_t files;
    name name[FILES];
    size_t names;
    renaming *pending;
    size_t pendings, size;
};

typedef struct handle {
    jz_disk base;
    sim_disk *sim;
} handle;

static void die(const char *what)
{
    (void)fprintf(stderr, "sim_disk: %s\n", what);
    abort();
}

static uint64_t next_random(sim_disk *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return s->random * 0x2545f4914f6cdd1du >> 16;
}

static sim_disk *of(jz_disk *d)
{
    return ((handle *)(void *)d)->sim;
}

/* ---- contents ---- */

static void copy_buf(jz_buf *to, const jz_buf *from)
{
    jz_buf_reset(to);
    jz_buf_put(to, from->ptr, from->len);
    if (to->fail != JZ_OK)
        die("out of memory");
}

static void put_at(jz_buf *to, size_t at, const char *bytes, size_t len)
{
    while (to->len < at + len)
        jz_buf_putc(to, '\0');
    if (to->fail != JZ_OK)
        die("out of memory");
    if (len > 0)
        memcpy(to->ptr + at, bytes, len);
}

static void cut_at(jz_buf *b, size_t len)
{
    if (b->len > len)
        b->len = len;
}

static void forget_changes(content *c)
{
    for (size_t i = 0; i < c->changes; i++)
        jz_buf_done(&c->change[i].bytes);
    c->changes = 0;
}

static void add_change(content *c, size_t at, jz_bytes bytes, bool cut)
{
    struct change *grown = jz_grow(c->change, c->changes, &c->size, sizeof *grown);
    if (grown == NULL)
        die("out of memory");
    c->change = grown;
    struct change *to = &c->change[c->changes++];
    *to = (struct change){ .at = at, .cut = cut };
    jz_buf_put(&to->bytes, bytes.ptr, bytes.len);
    put_at(&c->now, at, (const char *)bytes.ptr, bytes.len);
    if (cut)
        cut_at(&c->now, at + bytes.len);
}

/* What of a write was on the disk when the power went. */
static void land(sim_disk *s, content *c, const struct change *w)
{
    const uint64_t how = next_random(s) % 4;
    const size_t len = w->bytes.len;
    if (how == 0)
        return;
    if (how == 1)
        put_at(&c->durable, w->at, w->bytes.ptr, len);
    if (how == 2)
        put_at(&c->durable, w->at, w->bytes.ptr, (size_t)(next_random(s) % (len + 1)));
    if (how == 3)
        for (size_t at = 0; at < len; at += SECTOR)
            if (next_random(s) % 2 == 0)
                put_at(&c->durable, w->at + at, w->bytes.ptr + at,
                       len - at < SECTOR ? len - at : SECTOR);
    if (w->cut && how != 2 && next_random(s) % 2 == 0)
        cut_at(&c->durable, w->at + len);
}

static void lose_content(sim_disk *s, content *c)
{
    if (c->changes == 0)
        return;
    for (size_t i = 0; i < c->changes; i++)
        land(s, c, &c->change[i]);
    forget_changes(c);
    copy_buf(&c->now, &c->durable);
}

static void keep_content(content *c)
{
    if (c->changes == 0)
        return;
    forget_changes(c);
    copy_buf(&c->durable, &c->now);
}

/* ---- names ---- */

static size_t find_name(const sim_disk *s, const char *path)
{
    size_t i = 0;
    while (i < s->names && strcmp(s->name[i].path, path) != 0)
        i++;
    return i;
}

static content *find_file(sim_disk *s, const char *path)
{
    const size_t i = find_name(s, path);
    return i < s->names && s->name[i].now != NOTHING ? &s->file[s->name[i].now] : NULL;
}

static void set_name(sim_disk *s, const char *path, size_t to)
{
    const size_t i = find_name(s, path);
    if (i == FILES)
        die("too many names");
    if (i == s->names) {
        (void)snprintf(s->name[s->names].path, PATH, "%s", path);
        s->name[s->names].durable = NOTHING;
        s->names++;
    }
    s->name[i].now = to;
    renaming *grown = jz_grow(s->pending, s->pendings, &s->size, sizeof *grown);
    if (grown == NULL)
        die("out of memory");
    s->pending = grown;
    s->pending[s->pendings++] = (renaming){ i, to };
}

static content *make_file(sim_disk *s, const char *path)
{
    content *c = find_file(s, path);
    if (c != NULL)
        return c;
    if (s->files == FILES)
        die("too many files");
    c = &s->file[s->files];
    set_name(s, path, s->files++);
    return c;
}

static void publish(sim_disk *s)
{
    const content *c = find_file(s, "checkpoint");
    if (c != NULL && s->published != NULL)
        s->published(s->user, &c->now);
}

/* ---- power ---- */

typedef enum step { STEP_DO, STEP_CUT, STEP_DEAD } step;

static step begin(sim_disk *s)
{
    if (s->dead)
        return STEP_DEAD;
    s->operations++;
    if (!s->cutting || s->left-- > 0)
        return STEP_DO;
    s->dead = true;
    return STEP_CUT;
}

static void let_watch(sim_disk *s)
{
    if (s->moment != NULL)
        s->moment(s->watcher);
}

static jz_status no_power(jz_err *err)
{
    return JZ_FAIL(err, JZ_E_IO, "no power");
}

void sim_restart(sim_disk *s)
{
    for (size_t i = 0; i < s->pendings; i++)
        if (next_random(s) % 2 == 0)
            s->name[s->pending[i].name].durable = s->pending[i].to;
    s->pendings = 0;
    for (size_t i = 0; i < s->names; i++)
        s->name[i].now = s->name[i].durable;
    for (size_t i = 0; i < s->files; i++)
        lose_content(s, &s->file[i]);
    s->dead = s->cutting = false;
}

void sim_cut_after(sim_disk *s, uint64_t operations)
{
    s->cutting = true;
    s->left = operations;
}

uint64_t sim_operations(const sim_disk *s)
{
    return s->operations;
}

bool sim_is_dead(const sim_disk *s)
{
    return s->dead;
}

/* ---- operations ---- */

static jz_status sim_read(jz_disk *d, const char *path, size_t max, jz_buf *out, jz_err *err)
{
    if (of(d)->dead)
        return no_power(err);
    const content *c = find_file(of(d), path);
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s: no such file", path);
    if (c->now.len > max)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: too large", path);
    jz_buf_put(out, c->now.ptr, c->now.len);
    return jz_buf_check(out, err);
}

static jz_status change(jz_disk *d, const char *path, size_t at, jz_bytes bytes, bool cut,
                        jz_err *err)
{
    const step how = begin(of(d));
    if (how == STEP_DEAD)
        return no_power(err);
    add_change(make_file(of(d), path), at, bytes, cut); /* sim_restart() tears what was cut */
    let_watch(of(d));
    return how == STEP_DO ? JZ_OK : no_power(err);
}

static jz_status sim_write(jz_disk *d, const char *path, jz_bytes bytes, jz_err *err)
{
    return change(d, path, 0, bytes, true, err);
}

static jz_status sim_write_at(jz_disk *d, const char *path, uint64_t at, jz_bytes bytes,
                              jz_err *err)
{
    return change(d, path, (size_t)at, bytes, false, err);
}

static jz_status sim_sync(jz_disk *d, const char *path, jz_err *err)
{
    const step how = begin(of(d));
    content *c = find_file(of(d), path);
    if (how != STEP_DO)
        return no_power(err); /* cut: nothing of it is promised */
    let_watch(of(d));
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s: no such file", path);
    keep_content(c);
    return JZ_OK;
}

static jz_status keep_names(sim_disk *s, bool all, jz_err *err)
{
    size_t kept = 0;
    if (begin(s) != STEP_DO)
        return no_power(err);
    let_watch(s);
    for (size_t i = 0; i < s->pendings; i++) {
        const renaming *r = &s->pending[i];
        if (all || strchr(s->name[r->name].path, '/') == NULL)
            s->name[r->name].durable = r->to;
        else
            s->pending[kept++] = *r;
    }
    s->pendings = kept;
    for (size_t i = 0; all && i < s->files; i++)
        keep_content(&s->file[i]);
    return JZ_OK;
}

static jz_status sim_sync_names(jz_disk *d, jz_err *err)
{
    return keep_names(of(d), false, err);
}

static jz_status sim_sync_all(jz_disk *d, jz_err *err)
{
    return keep_names(of(d), true, err);
}

static jz_status sim_rename(jz_disk *d, const char *from, const char *to, jz_err *err)
{
    sim_disk *s = of(d);
    const step how = begin(s);
    if (how == STEP_DEAD)
        return no_power(err);
    const size_t at = find_name(s, from);
    if (at == s->names || s->name[at].now == NOTHING)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s: no such file", from);
    set_name(s, to, s->name[at].now);
    set_name(s, from, NOTHING);
    if (strcmp(to, "checkpoint") == 0)
        publish(s);
    let_watch(s);
    return how == STEP_DO ? JZ_OK : no_power(err);
}

static jz_status sim_remove_folder(jz_disk *d, const char *path, jz_err *err)
{
    sim_disk *s = of(d);
    const step how = begin(s);
    const size_t len = strlen(path);
    if (how == STEP_DEAD)
        return no_power(err);
    for (size_t i = 0; i < s->names; i++)
        if (s->name[i].now != NOTHING && strncmp(s->name[i].path, path, len) == 0 &&
            s->name[i].path[len] == '/')
            set_name(s, s->name[i].path, NOTHING);
    let_watch(s);
    return how == STEP_DO ? JZ_OK : no_power(err);
}

static jz_status sim_lock(jz_disk *d, jz_err *err)
{
    return of(d)->dead ? no_power(err) : JZ_OK;
}

/* Each operation takes a moment that nobody can foretell: published at once, or later. */
static int64_t sim_now_ms(jz_disk *d)
{
    sim_disk *s = of(d);
    s->ms += s->tick > 0 ? s->tick : 1 + (int64_t)(next_random(s) % 80);
    return s->ms;
}

static void sim_close(jz_disk *d)
{
    jz_free(d);
}

static const jz_disk_ops sim_ops = {
    .read = sim_read,
    .write = sim_write,
    .write_at = sim_write_at,
    .sync = sim_sync,
    .sync_names = sim_sync_names,
    .sync_all = sim_sync_all,
    .rename = sim_rename,
    .remove_folder = sim_remove_folder,
    .lock = sim_lock,
    .now_ms = sim_now_ms,
    .close = sim_close,
};

/* ---- life ---- */

void sim_reseed(sim_disk *s, uint64_t seed)
{
    s->random = seed * 2 + 1;
    for (int i = 0; i < 8; i++)
        (void)next_random(s);
}

sim_disk *sim_new(uint64_t seed, sim_published_fn published, void *user)
{
    sim_disk *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        die("out of memory");
    sim_reseed(s, seed);
    s->published = published;
    s->user = user;
    return s;
}

void sim_free(sim_disk *s)
{
    for (size_t i = 0; i < s->files; i++) {
        forget_changes(&s->file[i]);
        jz_free(s->file[i].change);
        jz_buf_done(&s->file[i].now);
        jz_buf_done(&s->file[i].durable);
    }
    jz_free(s->pending);
    jz_free(s);
}

void sim_tick(sim_disk *s, int64_t ms)
{
    s->tick = ms;
}

void sim_watch(sim_disk *s, sim_moment_fn moment, void *user)
{
    s->moment = moment;
    s->watcher = user;
}

jz_disk *sim_handle(sim_disk *s)
{
    handle *h = jz_alloc(sizeof *h);
    if (h == NULL)
        die("out of memory");
    *h = (handle){ .base.ops = &sim_ops, .sim = s };
    return &h->base;
}

jz_buf *sim_file(sim_disk *s, const char *path)
{
    content *c = find_file(s, path);
    return c != NULL ? &c->now : NULL;
}

const char *sim_name(const sim_disk *s, size_t i)
{
    for (size_t k = 0; k < s->names; k++)
        if (s->name[k].now != NOTHING && i-- == 0)
            return s->name[k].path;
    return NULL;
}

static void fork_content(content *to, const content *from)
{
    copy_buf(&to->now, &from->durable); /* the changes are made once more */
    copy_buf(&to->durable, &from->durable);
    for (size_t i = 0; i < from->changes; i++) {
        const struct change *c = &from->change[i];
        add_change(to, c->at, (jz_bytes){ (const uint8_t *)c->bytes.ptr, c->bytes.len }, c->cut);
    }
}

sim_disk *sim_fork(const sim_disk *s, uint64_t seed, sim_published_fn published, void *user)
{
    sim_disk *to = sim_new(seed, published, user);
    to->ms = s->ms;
    for (to->files = 0; to->files < s->files; to->files++)
        fork_content(&to->file[to->files], &s->file[to->files]);
    memcpy(to->name, s->name, s->names * sizeof *s->name);
    to->names = s->names;
    for (; to->pendings < s->pendings; to->pendings++) {
        renaming *grown = jz_grow(to->pending, to->pendings, &to->size, sizeof *grown);
        if (grown == NULL)
            die("out of memory");
        to->pending = grown;
        grown[to->pendings] = s->pending[to->pendings];
    }
    return to;
}

sim_disk *sim_copy(const sim_disk *s)
{
    sim_disk *to = sim_new(s->random, NULL, NULL);
    for (size_t i = 0; sim_name(s, i) != NULL; i++) {
        const size_t at = find_name(s, sim_name(s, i));
        const jz_buf *from = &s->file[s->name[at].now].now;
        add_change(make_file(to, sim_name(s, i)), 0,
                   (jz_bytes){ (const uint8_t *)from->ptr, from->len }, true);
    }
    (void)keep_names(to, true, NULL);
    return to;
}
