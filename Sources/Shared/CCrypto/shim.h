#pragma once
// SHA256_Init and its kin need no provider to be loaded: the first EVP call costs 1.3 ms.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
