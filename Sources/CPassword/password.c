#define _GNU_SOURCE
#include "CPassword.h"

#include <crypt.h>
#include <string.h>

static int hash_with(const char *password, const char *setting, char *hash, size_t room) {
    struct crypt_data data;
    memset(&data, 0, sizeof data);
    const char *made = crypt_r(password, setting, &data);
    // A failure gives NULL or a text that no hash begins with.
    int code = -1;
    if (made && made[0] != '*' && strlen(made) < room) {
        memcpy(hash, made, strlen(made) + 1);
        code = 0;
    }
    explicit_bzero(&data, sizeof data);
    return code;
}

int lodestar_password_fits(const char *password, const char *hash) {
    char made[CRYPT_OUTPUT_SIZE];
    // An empty or traditional setting would compare with what DES makes: only modern ones count.
    if (hash[0] != '$' || hash_with(password, hash, made, sizeof made) != 0) return 0;
    size_t length = strlen(hash);
    if (strlen(made) != length) return 0;
    unsigned char difference = 0;
    for (size_t i = 0; i < length; i++) difference |= (unsigned char)(made[i] ^ hash[i]);
    explicit_bzero(made, sizeof made);
    return difference == 0;
}

int lodestar_password_hash(const char *password, char *hash, size_t room) {
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof setting)) return -1;
    return hash_with(password, setting, hash, room);
}
