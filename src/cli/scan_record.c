/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_record.h"

#include "base/file.h"
#include "base/json.h"

#include <fcntl.h>

static jz_status put_bank(void *user, const jz_bank_info *b, jz_err *err)
{
    jz_json *j = user;
    char at[32];
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", b->name);
    jz_json_put_i64(j, "entries", b->entries);
    jz_json_put_i64(j, "active", b->active);
    jz_json_put_i64(j, "signals", b->signals);
    jz_json_put_str(j, "updated", jz_time_text(b->updated_us, at, sizeof at));
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_banks(jz_banks *banks, jz_json *j, jz_err *err)
{
    JZ_BUF_AUTO list = { 0 };
    uint8_t digest[JZ_SHA256_SIZE];
    jz_json l = { .out = &list };
    jz_json_begin_array(&l);
    JZ_TRY(jz_bank_list(banks, put_bank, &l, err));
    jz_json_end_array(&l);
    JZ_TRY(jz_buf_check(&list, err));
    jz_sha256(list.ptr, list.len, digest);
    jz_json_key(j, "banks");
    jz_json_raw(j, list.ptr, list.len);
    jz_json_put_hex(j, "banks_sha256", digest, sizeof digest);
    return JZ_OK;
}

static void put_tool(jz_json *j)
{
    jz_exact_hashes exact;
    JZ_FD_AUTO fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    jz_json_put_str(j, "version", JZ_VERSION);
    jz_json_key(j, "program_sha256");
    if (fd >= 0 && jz_exact_hash_fd(fd, &exact, NULL) == JZ_OK)
        jz_json_hex(j, exact.sha256, sizeof exact.sha256);
    else
        jz_json_null(j);
}

jz_status jz_scan_record(const jz_scan_facts *f, jz_banks *banks, jz_buf *out, jz_err *err)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    put_tool(&j);
    jz_json_key(&j, "paths");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < f->n; i++)
        jz_json_str(&j, f->paths[i]);
    jz_json_end_array(&j);
    jz_json_put_str(&j, "bank", f->bank);
    jz_json_put_u64(&j, "max_distance", f->max_distance);
    jz_json_put_u64(&j, "min_quality", f->min_quality);
    jz_json_put_bool(&j, "fast", f->fast);
    JZ_TRY(put_banks(banks, &j, err));
    jz_json_key(&j, "rules_sha256"); /* there are no rules yet */
    jz_json_null(&j);
    jz_json_put_u64(&j, "seen", f->counts->seen);
    jz_json_put_u64(&j, "matched", f->counts->matched);
    jz_json_put_u64(&j, "clean", f->counts->clean);
    jz_json_put_u64(&j, "failed", f->counts->failed);
    jz_json_end_object(&j);
    return jz_buf_check(out, err);
}
