/* SPDX-License-Identifier: Apache-2.0 */
/* A disk in memory that can lose its power at any operation: what was not synced is then there in
 * part, in any order, or not at all; a write may have landed up to any byte or in some of its
 * sectors. */
#ifndef JZ_SIM_DISK_H
#define JZ_SIM_DISK_H

#include "ledger/disk.h"

typedef struct sim_disk sim_disk;

/* Called with what stands under the name "checkpoint" whenever that changes: readers see it. */
typedef void (*sim_published_fn)(void *user, const jz_buf *content);

sim_disk *sim_new(uint64_t seed, sim_published_fn published, void *user);
void sim_free(sim_disk *s);
/* What is torn, and how, from now on. */
void sim_reseed(sim_disk *s, uint64_t seed);
/* A handle for a log; several may be used one after the other. */
jz_disk *sim_handle(sim_disk *s);
/* The operation after which the power goes, counted from now: 0 = the next one is cut within. */
void sim_cut_after(sim_disk *s, uint64_t operations);
/* From now, without a cut. */
uint64_t sim_operations(const sim_disk *s);
bool sim_is_dead(const sim_disk *s);
/* Switches the power off, if it is on, and on again; forgets the cut. */
void sim_restart(sim_disk *s);
/* From now on every look at the clock finds it so many milliseconds later; before, at random. */
void sim_tick(sim_disk *s, int64_t ms);
/* The content of a file as readers see it; NULL where there is none. Writable, to damage it. */
jz_buf *sim_file(sim_disk *s, const char *path);
/* The i-th file's path, NULL behind the last. */
const char *sim_name(const sim_disk *s, size_t i);
/* A disk with the same files, all durable. */
sim_disk *sim_copy(const sim_disk *s);
/* Called within each operation that changes or syncs something, at the moment when the power may
 * go: so that one life is cut at all of its operations. */
typedef void (*sim_moment_fn)(void *user);
void sim_watch(sim_disk *s, sim_moment_fn moment, void *user);
/* The disk as it is at this moment, with what is not durable; torn by seed. */
sim_disk *sim_fork(const sim_disk *s, uint64_t seed, sim_published_fn published, void *user);

#endif
