/* SPDX-License-Identifier: Apache-2.0 */
/* All of an installation in a folder, and back. A backup is a BagIt bag: any BagIt validator, and
 * sha256sum alone, can tell whether it is whole. It holds the keys: keep it as they are kept. */
#ifndef JZ_BACKUP_H
#define JZ_BACKUP_H

#include <jz/evidence.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jz_backup_info {
    uint64_t files, bytes;
} jz_backup_info;

/* Copies home while others go on working in it: the database as of one moment, checked; then keys,
 * ledger and cases, which only grow and so hold all that the database speaks of. JZ_E_NOTFOUND
 * where home holds no database; JZ_E_EXISTS where path is there; JZ_E_CORRUPT where the database is
 * damaged; JZ_E_LIMIT past JZ_BAG_FILES_MAX files; JZ_E_IO. After a failure nothing is left.
 * Threads: any. */
JZ_API JZ_CHECKED jz_status jz_backup(const char *home, const char *path, const jz_bag_opts *opts,
                                      jz_backup_info *out, jz_err *err);

/* Makes home, which must not be there (or be an empty folder), from a backup: the bag and the
 * database are verified first and last. JZ_E_CORRUPT where either does not hold, with the first
 * finding; JZ_E_INVAL where the bag is no backup; JZ_E_EXISTS; JZ_E_IO. After a failure home is as
 * it was. */
JZ_API JZ_CHECKED jz_status jz_restore(const char *path, const char *home, const jz_bag_opts *opts,
                                       jz_backup_info *out, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
