#include "CAravis.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// Finds one function and writes its address to the function pointer at `pointer`.
static bool find(void *library, const char *name, void *pointer) {
    void *address = dlsym(library, name);
    memcpy(pointer, &address, sizeof address);
    return address != NULL;
}

bool lodestar_aravis_load(const char *file, struct lodestar_aravis *found, char *words,
                          size_t capacity) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    bool is_whole = library != NULL;
    // GLib is not asked for by name: a library's functions include those of what it is linked with.
    // A library that lacks one stays as well, as GLib must not be unloaded.
#define LODESTAR_FUNCTION(result, name, arguments) \
    is_whole = is_whole && find(library, #name, &found->name);
    LODESTAR_ARAVIS_FUNCTIONS(LODESTAR_FUNCTION)
#undef LODESTAR_FUNCTION
    if (!is_whole) {
        const char *reason = dlerror();
        snprintf(words, capacity, "%s", reason ? reason : file);
    }
    return is_whole;
}

int lodestar_aravis_take(const struct lodestar_aravis *aravis, struct _GError *error, char *words,
                         size_t capacity) {
    const struct lodestar_glib_error *inner = (const struct lodestar_glib_error *)error;
    int code = inner->domain == aravis->arv_device_error_quark() ? inner->code : -1;
    snprintf(words, capacity, "%s", inner->message ? inner->message : "");
    aravis->g_error_free(error);
    return code;
}
