/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a provider code (TC260-PG-20252A, known from its public summaries; the table in
 * docs/labels.md). Threads: any. */
#ifndef JZ_PROVIDER_CODE_H
#define JZ_PROVIDER_CODE_H

#include <jz/base.h>

/* Whether a provider is given by a code, well formed or not, and not by its name: at least 18
 * letters and digits without anything between, ten of them digits. */
bool jz_provider_is_code(const char *provider);
/* Whether the subject is an organisation, named by its unified social credit code. */
bool jz_provider_has_credit_code(const char *code);
/* What is wrong with a code's form; NULL where nothing is. One static line. */
const char *jz_provider_form_fault(const char *code);
/* The same for the check character of the subject code in it, which only an organisation's unified
 * social credit code has (GB 32100-2015). The form is right. */
const char *jz_provider_check_fault(const char *code);
/* '1' generation, '2' propagation, '0' not told. The form is right. */
char jz_provider_service(const char *code);

#endif
