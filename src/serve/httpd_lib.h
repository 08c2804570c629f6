/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd, loaded when the first server opens: it brings a dozen others with it, and no other
 * command is to wait for them (jz --help would take three times as long). */
#ifndef JZ_HTTPD_LIB_H
#define JZ_HTTPD_LIB_H

#include <jz/base.h>

#include <microhttpd.h>

#define JZ_MHD_FUNCTIONS(X)                                                                        \
    X(add_response_header)                                                                         \
    X(create_response_from_buffer)                                                                 \
    X(create_response_from_fd64)                                                                   \
    X(destroy_response)                                                                            \
    X(get_connection_info)                                                                         \
    X(get_daemon_info)                                                                             \
    X(lookup_connection_value)                                                                     \
    X(queue_response)                                                                              \
    X(quiesce_daemon) X(resume_connection) X(start_daemon) X(stop_daemon) X(suspend_connection)
#define JZ_MHD_POINTER(name) __typeof__(MHD_##name) *name;
typedef struct jz_mhd_functions {
    JZ_MHD_FUNCTIONS(JZ_MHD_POINTER)
} jz_mhd_functions;
extern jz_mhd_functions jz_mhd; /* filled by jz_httpd_load() */

/* JZ_E_UNSUPPORTED where it is not installed. Threads: any. */
JZ_CHECKED jz_status jz_httpd_load(jz_err *err);

#endif
