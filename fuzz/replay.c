/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over its corpus, one test point (TAP) per file. Each input lies in a heap
 * block of exactly its size, so that AddressSanitizer sees the first byte read too many. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(1);
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        die(path);
    const long len = ftell(f);
    rewind(f);
    uint8_t *data = malloc(len > 0 ? (size_t)len : 1);
    if (len < 0 || data == NULL || fread(data, 1, (size_t)len, f) != (size_t)len)
        die(path);
    (void)fclose(f); /* was only read */
    /* Exactly its size, 0 too: malloc(1) would hide a read of the first byte. */
    uint8_t *exact = malloc((size_t)len);
    if (len > 0 && exact == NULL)
        die("out of memory");
    if (len > 0)
        memcpy(exact, data, (size_t)len);
    free(data);
    *size = (size_t)len;
    return exact;
}

static int is_input(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* The inputs of a folder, in the order of their names. */
static int list(const char *folder, struct dirent ***names)
{
    const int n = scandir(folder, names, is_input, alphasort);
    if (n <= 0)
        die(n < 0 ? folder : "an empty corpus tests nothing");
    return n;
}

static void run_one(const char *folder, const char *name, int number)
{
    char path[4096];
    size_t size = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name); /* short names */
    uint8_t *data = read_file(path, &size);
    (void)LLVMFuzzerTestOneInput(data, size); /* a crash is the failure */
    free(data);
    printf("ok %d - %s\n", number, name);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct dirent **names = NULL;
    if (argc != 2)
        die("usage: replay FOLDER");
    const int n = list(argv[1], &names);
    printf("1..%d\n", n);
    for (int i = 0; i < n; i++) {
        run_one(argv[1], names[i]->d_name, i + 1);
        free(names[i]);
    }
    free(names);
    return 0;
}
