// Passwords by crypt(3) of the system, whose library wipes what it needs.
#ifndef LODESTAR_C_PASSWORD_H
#define LODESTAR_C_PASSWORD_H

#include <stddef.h>

// 1 if `password` has `hash`, as of crypt(5); the comparison does not stop at the first difference.
int lodestar_password_fits(const char *password, const char *hash);

// Writes a hash of `password` with fresh salt into `hash`. Returns 0, or -1.
int lodestar_password_hash(const char *password, char *hash, size_t room);

#endif
