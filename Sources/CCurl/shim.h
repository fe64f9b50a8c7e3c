#ifndef PARLEY_CCURL_SHIM_H
#define PARLEY_CCURL_SHIM_H

#include <curl/curl.h>
/* Swift's Glibc module leaves these two out; they carry the readiness events that drive libcurl. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

/*
 * libcurl passes options through variadic functions, which Swift does not import. Each function below is the same call
 * with one fixed argument type, named after what the option takes.
 */

/* Variadic `long`: switches, sizes, milliseconds. */
static inline CURLcode parley_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

/* Variadic `curl_off_t`: the `_LARGE` options. */
static inline CURLcode parley_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

/* Variadic `char *`: libcurl copies the string. */
static inline CURLcode parley_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

/* Variadic `struct curl_slist *`: libcurl keeps the pointer, so the list must outlive the transfer. */
static inline CURLcode parley_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

/* Variadic `void *`: what the callbacks get back, or bytes that libcurl sends from where they are. */
static inline CURLcode parley_curl_set_context(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

/* Variadic function pointer: the read, write and header callbacks have one type. */
static inline CURLcode parley_curl_set_data_callback(CURL *easy, CURLoption option, curl_write_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

/* Variadic function pointer: called with each new socket before it connects. */
static inline CURLcode parley_curl_set_socket_options_callback(CURL *easy, curl_sockopt_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, callback);
}

/* Variadic `long *`, out; 0 when libcurl does not know. */
static inline long parley_curl_get_long(CURL *easy, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

/* Variadic `void **`, out: what CURLOPT_PRIVATE was set to. */
static inline void *parley_curl_get_private(CURL *easy) {
    void *value = NULL;
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value) == CURLE_OK ? value : NULL;
}

/* Variadic `long`. */
static inline CURLMcode parley_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/* Variadic function pointer, with the pointer it gets back. */
static inline CURLMcode parley_curl_multi_set_socket_callback(CURLM *multi, curl_socket_callback callback,
                                                              void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
}

/* Variadic function pointer, with the pointer it gets back. */
static inline CURLMcode parley_curl_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback callback,
                                                             void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

/* The message's result lies in a C union that holds a pointer as well. */
static inline CURLcode parley_curl_message_result(const CURLMsg *message) {
    return message->data.result;
}

#endif
