#pragma once
#include <curl/curl.h>

// Swift cannot call variadic functions: one inline shim per kind of argument.

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_callback(CURL *easy, CURLoption option, curl_write_callback value) {
  return curl_easy_setopt(easy, option, value);
}

// The bytes are copied.
static inline CURLcode ccurl_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
  struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
  return curl_easy_setopt(easy, option, &blob);
}

static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}

// The handle and code of a finished transfer; null where there is none left.
static inline CURL *ccurl_finished(CURLM *multi, CURLcode *code) {
  int left;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left))) {
    if (message->msg == CURLMSG_DONE) {
      *code = message->data.result;
      return message->easy_handle;
    }
  }
  return 0;
}

static inline size_t ccurl_pause(void) { return CURL_WRITEFUNC_PAUSE; }
static inline size_t ccurl_pause_reading(void) { return CURL_READFUNC_PAUSE; }
static inline size_t ccurl_abort_reading(void) { return CURL_READFUNC_ABORT; }

// The file of authorities that libcurl was built with; null where there is none.
static inline const char *ccurl_bundle(void) { return curl_version_info(CURLVERSION_NOW)->cainfo; }

// The directory of authorities that libcurl was built with; null where there is none.
static inline const char *ccurl_directory(void) { return curl_version_info(CURLVERSION_NOW)->capath; }
