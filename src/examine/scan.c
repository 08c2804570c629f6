/* SPDX-License-Identifier: Apache-2.0 */
/* One thread walks and opens files, one walks and counts, the workers measure and match what they
 * take from a bounded queue, and the caller's thread reports progress. Everything that is shared
 * (counts, state, the caller's item()) is under one lock, held for microseconds an item. */
#include <jz/scan.h>

#include "base/alloc.h"
#include "base/file.h"
#include "examine/face_findings.h"
#include "examine/mark_findings.h"
#include "examine/match.h"
#include "examine/provenance_findings.h"
#include "examine/queue.h"
#include "examine/record.h"
#include "examine/report.h"
#include "examine/roots.h"
#include "examine/state.h"
#include "examine/tools.h"
#include "examine/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define MAX_JOBS 256
#define QUEUED_PER_JOB 4 /* each waits with a descriptor open */
#define QUEUED_MIN 32    /* or the walk would be woken for every few files */
#define TICK_MS 100

/* One item on its way from the walk to a worker. */
struct task {
    char *path;
    size_t len;
    char *key; /* the absolute path: what the state knows the item by */
    size_t key_len;
    int fd; /* -1 where it could not be opened; error says why */
    struct stat sb;
    jz_err error;
};

struct scan {
    jz_sandbox *sandbox;
    jz_banks *banks;
    const jz_scan_opts *opts;
    jz_roots roots;
    jz_walk_id skip[2];
    size_t n_skip;
    jz_queue *queue;
    int64_t begun_us;

    atomic_bool stop;       /* asked for, or because of a failure */
    atomic_bool incomplete; /* some item was left out because of it */
    atomic_ullong total;
    atomic_bool total_known;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t ended; /* alive fell to 0 */
    unsigned alive;       /* workers */
    jz_state *state;
    jz_scan_counts counts;
    jz_err failure; /* what ended the scan; code JZ_OK = nothing */
};

const char *jz_item_status_name(jz_item_status s)
{
    static const char *const names[] = { "match", "clean", "failed" };
    return (size_t)s < JZ_ARRAY_LEN(names) ? names[s] : "unknown";
}

static bool stop_asked(void *user)
{
    struct scan *s = user;
    if (!atomic_load(&s->stop) && s->opts->stop != NULL && s->opts->stop(s->opts->user))
        atomic_store(&s->stop, true);
    return atomic_load(&s->stop);
}

/* The first failure of the scan itself ends it. */
static void fail_locked(struct scan *s, const jz_err *why)
{
    if (s->failure.code == JZ_OK)
        s->failure = *why;
    atomic_store(&s->stop, true);
    atomic_store(&s->incomplete, true);
}

static void fail(struct scan *s, const jz_err *why)
{
    (void)pthread_mutex_lock(&s->lock);
    fail_locked(s, why);
    (void)pthread_mutex_unlock(&s->lock);
}

/* ---- the walk ---- */

static void task_free(struct task *t)
{
    if (t == NULL)
        return;
    if (t->fd >= 0)
        (void)close(t->fd); /* only read */
    jz_free(t->path);
    jz_free(t->key);
    jz_free(t);
}

static jz_status task_new(const struct scan *s, const jz_walk_entry *e, struct task **out,
                          jz_err *err)
{
    struct task *t = jz_alloc_zero(1, sizeof *t);
    if (t == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const char *real = s->roots.real[e->root];
    const size_t real_len = strlen(real), tail_len = e->len - e->tail;
    t->fd = -1;
    t->path = jz_strndup(e->path, e->len);
    t->len = e->len;
    t->key = jz_alloc(real_len + tail_len);
    t->key_len = real_len + tail_len;
    if (t->path == NULL || t->key == NULL) {
        task_free(t);
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    memcpy(t->key, real, real_len);
    memcpy(t->key + real_len, e->path + e->tail, tail_len);
    if (e->status != JZ_OK)
        t->error = *e->err;
    else
        t->error.code = jz_walk_open(e, &t->fd, &t->sb, &t->error);
    *out = t;
    return JZ_OK;
}

static jz_status on_entry(void *user, const jz_walk_entry *e, jz_err *err)
{
    struct scan *s = user;
    struct task *t = NULL;
    if (stop_asked(s))
        return JZ_FAIL(err, JZ_E_INTERRUPTED, "stopped on request");
    JZ_TRY(task_new(s, e, &t, err));
    jz_queue_put(s->queue, t);
    return JZ_OK;
}

static void *walk_thread(void *user)
{
    struct scan *s = user;
    jz_err err = { 0 };
    const jz_walk_opts opts = { .skip = s->skip, .n_skip = s->n_skip };
    const jz_status st = jz_walk(s->roots.path, s->roots.n, &opts, on_entry, s, &err);
    if (st == JZ_E_INTERRUPTED)
        atomic_store(&s->incomplete, true);
    else if (st != JZ_OK)
        fail(s, &err);
    jz_queue_close(s->queue);
    return NULL;
}

static jz_status on_counted(void *user, const jz_walk_entry *e, jz_err *err)
{
    struct scan *s = user;
    (void)e;
    atomic_fetch_add(&s->total, 1);
    if (stop_asked(s))
        return JZ_FAIL(err, JZ_E_INTERRUPTED, "stopped on request");
    return JZ_OK;
}

static void *count_thread(void *user)
{
    struct scan *s = user;
    const jz_walk_opts opts = { .skip = s->skip, .n_skip = s->n_skip };
    if (jz_walk(s->roots.path, s->roots.n, &opts, on_counted, s, NULL) == JZ_OK)
        atomic_store(&s->total_known, true); /* without it, progress has no time left */
    return NULL;
}

/* ---- the workers ---- */

/* Whether the outcome is the item's own, so that measuring it again would give the same. */
static bool is_lasting(jz_status st)
{
    return st != JZ_E_CHANGED && st != JZ_E_NOMEM && st != JZ_E_IO && st != JZ_E_BUSY &&
           st != JZ_E_INTERRUPTED;
}

static bool resume(struct scan *s, const struct task *t, jz_measurement *m, jz_err *error)
{
    bool found = false;
    jz_err err = { 0 };
    if (!jz_state_resuming(s->state))
        return false;
    (void)pthread_mutex_lock(&s->lock);
    if (jz_state_find(s->state, (jz_bytes){ (const uint8_t *)t->key, t->key_len }, &t->sb, &found,
                      m, error, &err) != JZ_OK)
        fail_locked(s, &err);
    s->counts.resumed += found;
    (void)pthread_mutex_unlock(&s->lock);
    return found;
}

static void measure(struct scan *s, const jz_tools *tools, const struct task *t, jz_measurement *m,
                    jz_err *error)
{
    jz_measure_opts opts = s->opts->examine.measure;
    opts.finder = tools->finder;
    opts.network = tools->network;
    opts.preview = opts.preview || (s->opts->report_dir != NULL && s->opts->thumbnails);
    opts.stop = stop_asked;
    opts.stop_user = s;
    JZ_FD_AUTO beside = jz_credentials_beside(t->path, t->len);
    opts.sidecar_fd = beside > 0 ? beside : 0;
    if (jz_measure(tools->decoder, t->fd, &opts, m, error) != JZ_OK)
        return;
    *error = (jz_err){ 0 };
}

static jz_status finish_locked(struct scan *s, const jz_scan_item *item, jz_err *err)
{
    jz_scan_counts *c = &s->counts;
    c->seen++;
    c->matched += item->status == JZ_ITEM_MATCH;
    c->clean += item->status == JZ_ITEM_CLEAN;
    c->failed += item->status == JZ_ITEM_FAILED;
    c->labelled += item->m->label.presence == JZ_LABEL_PRESENT;
    c->label_unknown += !item->m->label.read || item->m->label.presence == JZ_LABEL_CANNOT_TELL;
    c->with_credentials += item->m->credentials.state != JZ_CREDENTIALS_NONE;
    c->generated += item->m->credentials.ai != JZ_AI_NONE;
    c->faces += item->m->faces.faces > 0;
    c->noted += item->findings->n > jz_findings_matches(item->findings);
    c->low_quality += item->low_quality;
    c->bytes += item->m->hashed ? item->m->exact.bytes : 0;
    if (item->status == JZ_ITEM_FAILED)
        c->failed_by[item->error->code]++;
    if (s->opts->report_dir != NULL)
        JZ_TRY(jz_report_add(s->state, item, s->opts->thumbnails, err));
    return s->opts->item != NULL ? s->opts->item(s->opts->user, item, err) : JZ_OK;
}

/* record: empty = the state has it already, or must not. */
static void finish(struct scan *s, const struct task *t, const jz_scan_item *item,
                   const jz_buf *record)
{
    jz_err err = { 0 };
    const jz_bytes key = { (const uint8_t *)t->key, t->key_len };
    const jz_bytes bytes = { (const uint8_t *)record->ptr, record->len };
    (void)pthread_mutex_lock(&s->lock);
    if (record->len > 0 && record->fail == JZ_OK &&
        jz_state_put(s->state, key, &t->sb, bytes, &err) != JZ_OK)
        fail_locked(s, &err);
    if (s->failure.code == JZ_OK && finish_locked(s, item, &err) != JZ_OK)
        fail_locked(s, &err);
    (void)pthread_mutex_unlock(&s->lock);
}

static bool is_sidecar(const jz_measurement *m)
{
    return m->info.format != NULL && m->info.format->kind == JZ_KIND_SIDECAR;
}

static jz_item_status status_of(const jz_findings *f, const jz_err *error)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->finding[i].match != NULL &&
            (f->finding[i].verdict == JZ_AFFIRMED || f->finding[i].verdict == JZ_SUSPECTED))
            return JZ_ITEM_MATCH;
    return error->code == JZ_OK ? JZ_ITEM_CLEAN : JZ_ITEM_FAILED;
}

static void match_and_finish(struct scan *s, const struct task *t, const jz_measurement *m,
                             const jz_err *error, const jz_buf *record)
{
    jz_err err = { 0 };
    jz_findings f = { 0 };
    if (jz_match_banks(s->banks, m, &s->opts->examine.match, &f, &err) != JZ_OK ||
        jz_credentials_findings(&m->credentials, &f, &err) != JZ_OK ||
        jz_faces_findings(&m->faces, &f, &err) != JZ_OK ||
        jz_marks_findings(&m->mark, &f, &err) != JZ_OK) {
        fail(s, &err); /* of banks or memory, not of the item */
    } else {
        const jz_item_status status = status_of(&f, error);
        const jz_scan_item item = { .path = t->path,
                                    .path_len = t->len,
                                    .status = status,
                                    .m = m,
                                    .findings = &f,
                                    .error = error,
                                    .low_quality = status == JZ_ITEM_CLEAN && f.compared == 0 &&
                                                   !is_sidecar(m) };
        finish(s, t, &item, record);
    }
    jz_findings_done(&f);
}

static void examine(struct scan *s, const jz_tools *tools, const struct task *t)
{
    jz_measurement m = { 0 };
    jz_err error = t->error;
    JZ_BUF_AUTO record = { 0 };
    if (error.code == JZ_OK && !resume(s, t, &m, &error)) {
        measure(s, tools, t, &m, &error);
        if (is_lasting(error.code))
            jz_record_write(&record, &m, &error);
    }
    if (error.code == JZ_E_INTERRUPTED)
        atomic_store(&s->incomplete, true);
    else
        match_and_finish(s, t, &m, &error, &record);
    jz_measurement_done(&m);
}

static void work(struct scan *s, const jz_tools *tools)
{
    struct task *t = NULL;
    while ((t = jz_queue_take(s->queue)) != NULL) {
        if (stop_asked(s)) /* the walk may be waiting for room: go on taking */
            atomic_store(&s->incomplete, true);
        else
            examine(s, tools, t);
        task_free(t);
    }
}

static void *work_thread(void *user)
{
    struct scan *s = user;
    jz_tools tools = { 0 };
    jz_err err = { 0 };
    if (jz_tools_open(s->sandbox, s->opts, &tools, &err) != JZ_OK)
        fail(s, &err);
    work(s, &tools);
    jz_tools_done(&tools);
    (void)pthread_mutex_lock(&s->lock);
    if (--s->alive == 0)
        (void)pthread_cond_signal(&s->ended);
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- the caller's thread ---- */

static void tick_locked(struct scan *s)
{
    jz_err err = { 0 };
    s->counts.seconds = (double)(jz_now_us() - s->begun_us) * 1e-6;
    if (jz_state_tick(s->state, &err) != JZ_OK)
        fail_locked(s, &err);
    if (s->opts->progress == NULL)
        return;
    const jz_scan_progress p = { .counts = s->counts,
                                 .total = atomic_load(&s->total),
                                 .total_known = atomic_load(&s->total_known) };
    s->opts->progress(s->opts->user, &p);
}

static void wait_for_workers(struct scan *s)
{
    struct timespec until;
    (void)pthread_mutex_lock(&s->lock);
    while (s->alive > 0) {
        (void)clock_gettime(CLOCK_REALTIME, &until); /* cannot fail for this clock */
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        (void)pthread_cond_timedwait(&s->ended, &s->lock, &until); /* timing out is the point */
        (void)stop_asked(s);
        tick_locked(s);
    }
    (void)pthread_mutex_unlock(&s->lock);
}

static bool start(struct scan *s, pthread_t *thread, void *(*run)(void *))
{
    jz_err err = { 0 };
    const int number = pthread_create(thread, NULL, run, s);
    if (number == 0)
        return true;
    jz_err_set(&err, JZ_E_NOMEM, "starting a thread: %s", strerror(number));
    fail(s, &err);
    return false;
}

static unsigned job_count(const jz_scan_opts *opts)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const unsigned own = cpus > 0 && cpus < MAX_JOBS ? (unsigned)cpus : MAX_JOBS;
    const unsigned jobs = opts->jobs > 0 ? opts->jobs : cpus > 0 ? own : 1;
    return jobs < MAX_JOBS ? jobs : MAX_JOBS;
}

/* Where a thread cannot be started, the others end the scan in order: the queue is always emptied
 * by at least one worker, or never filled. */
static void run_threads(struct scan *s, unsigned jobs)
{
    pthread_t workers[MAX_JOBS], walker, counter;
    unsigned n = 0;
    s->alive = jobs;
    while (n < jobs && start(s, &workers[n], work_thread))
        n++;
    (void)pthread_mutex_lock(&s->lock);
    s->alive -= jobs - n;
    (void)pthread_mutex_unlock(&s->lock);
    const bool walking = n > 0 && start(s, &walker, walk_thread);
    if (!walking)
        jz_queue_close(s->queue);
    const bool counting = walking && start(s, &counter, count_thread);
    wait_for_workers(s);
    for (unsigned i = 0; i < n; i++)
        (void)pthread_join(workers[i], NULL);
    if (walking)
        (void)pthread_join(walker, NULL);
    if (counting) {
        /* On a slow disk the count may still be walking; nobody needs it any more. */
        atomic_store(&s->stop, true);
        (void)pthread_join(counter, NULL);
    }
}

static void put_key(struct scan *s, jz_buf *key)
{
    const jz_measure_opts *m = &s->opts->examine.measure;
    const jz_limits *l = &s->opts->limits;
    /* 2: of the tables in state.c */
    jz_buf_printf(key, "%s 2 %d %d %.17g %llu %d ", JZ_VERSION, m->fast, m->every_frame,
                  m->interval_s, (unsigned long long)m->max_probes,
                  m->preview || (s->opts->report_dir != NULL && s->opts->thumbnails));
    jz_buf_printf(key, "%llu %llu %llu %llu %u %u %u %u ", (unsigned long long)l->max_pixels,
                  (unsigned long long)l->max_frames, (unsigned long long)l->max_still_bytes,
                  (unsigned long long)l->max_memory_bytes, l->max_duration_s, l->max_nesting,
                  l->stall_ms, l->timeout_ms);
    jz_tools_key(s->opts, key);
    jz_roots_key(&s->roots, key);
}

static void skip_folder(struct scan *s, const char *path)
{
    struct stat sb;
    if (stat(path, &sb) == 0)
        s->skip[s->n_skip++] = (jz_walk_id){ sb.st_dev, sb.st_ino };
}

static jz_status prepare(struct scan *s, const char *const *paths, size_t n, unsigned jobs,
                         jz_err *err)
{
    JZ_BUF_AUTO key = { 0 };
    JZ_TRY(jz_roots_init(paths, n, &s->roots, err));
    const size_t queued = (size_t)jobs * QUEUED_PER_JOB;
    JZ_TRY(jz_queue_new(queued > QUEUED_MIN ? queued : QUEUED_MIN, &s->queue, err));
    put_key(s, &key);
    JZ_TRY(jz_buf_check(&key, err));
    JZ_TRY_CTX(jz_state_open(s->opts->home, (jz_bytes){ (const uint8_t *)key.ptr, key.len },
                             s->opts->fresh, &s->state, err),
               err, "state of the scan");
    skip_folder(s, s->opts->home);
    if (s->opts->report_dir != NULL) {
        JZ_TRY_CTX(jz_mkdir_all(s->opts->report_dir, err), err, "folder of the report");
        skip_folder(s, s->opts->report_dir);
    }
    return JZ_OK;
}

static jz_status conclude(struct scan *s, jz_err *err)
{
    if (s->failure.code != JZ_OK) {
        if (err != NULL)
            *err = s->failure;
        return s->failure.code;
    }
    if (atomic_load(&s->incomplete))
        return JZ_FAIL(err, JZ_E_INTERRUPTED, "interrupted; run it again to continue");
    if (s->opts->report_dir == NULL)
        return JZ_OK;
    const jz_report_run run = { .opts = s->opts,
                                .paths = s->roots.path,
                                .n_paths = s->roots.n,
                                .banks = s->banks,
                                .counts = &s->counts,
                                .begun_us = s->begun_us,
                                .ended_us = jz_now_us() };
    JZ_TRY_CTX(jz_report_write(s->opts->report_dir, s->state, &run, err), err, "report");
    return JZ_OK;
}

jz_status jz_scan(jz_sandbox *sb, jz_banks *banks, const char *const *paths, size_t n,
                  const jz_scan_opts *opts, jz_scan_counts *counts, jz_err *err)
{
    struct scan s = { .sandbox = sb, .banks = banks, .opts = opts, .begun_us = jz_now_us() };
    const unsigned jobs = job_count(opts);
    (void)pthread_mutex_init(&s.lock, NULL); /* with default attributes these cannot fail */
    (void)pthread_cond_init(&s.ended, NULL);
    jz_status st = prepare(&s, paths, n, jobs, err);
    if (st == JZ_OK) {
        run_threads(&s, jobs);
        s.counts.seconds = (double)(jz_now_us() - s.begun_us) * 1e-6;
        st = conclude(&s, err);
    }
    const jz_status closed = jz_state_close(s.state, st == JZ_OK, st == JZ_OK ? err : NULL);
    jz_queue_free(s.queue);
    jz_roots_done(&s.roots);
    (void)pthread_cond_destroy(&s.ended);
    (void)pthread_mutex_destroy(&s.lock);
    *counts = s.counts;
    return st != JZ_OK ? st : closed;
}
