// The update of one row; included once for each instruction set, with LODESTAR_NAME set.
#define load LODESTAR_NAME(load)
#define loadu LODESTAR_NAME(loadu)
#define store LODESTAR_NAME(store)
#define storeu LODESTAR_NAME(storeu)
#define high LODESTAR_NAME(high)
#define pick LODESTAR_NAME(pick)
#define maximum LODESTAR_NAME(maximum)
#define minimum LODESTAR_NAME(minimum)
#define weakness LODESTAR_NAME(weakness)
#define magnitude LODESTAR_NAME(magnitude)
#define gather LODESTAR_NAME(gather)
#define scatter LODESTAR_NAME(scatter)
#define update LODESTAR_NAME(update)

INLINE S load(const int16_t *p) { S v; memcpy(&v, p, sizeof v); return v; }
INLINE U loadu(const uint16_t *p) { U v; memcpy(&v, p, sizeof v); return v; }
INLINE void store(int16_t *p, S v) { memcpy(p, &v, sizeof v); }
INLINE void storeu(uint16_t *p, U v) { memcpy(p, &v, sizeof v); }
INLINE U high(U a, U b) {
#ifdef LODESTAR_AVX2
    // By name: the compiler may find another way that multiplies 32-bit numbers.
    return (U)__builtin_ia32_pmulhuw256((V)a, (V)b);
#else
    return __builtin_convertvector(
        (__builtin_convertvector(a, W) * __builtin_convertvector(b, W)) >> 16, U);
#endif
}
INLINE S pick(S mask, S a, S b) { return b ^ ((a ^ b) & mask); }
INLINE U maximum(U a, U b) { return __builtin_elementwise_max(a, b); }
INLINE U minimum(U a, U b) { return __builtin_elementwise_min(a, b); }

/// 1 - tanh(x/2) in units of 2^-16, for x in units of 1/96.
INLINE U weakness(S magnitude) {
    S x = __builtin_elementwise_min(magnitude, (S){} + CLIP);
    U z = (U)x * (uint16_t)75;
    U p = (U){} + C3 - high(z, (U){} + C4);
    p = (U){} + C2 - high(z, p);
    p = (U){} + C1 + high(z, p);
    p = (U){} + C0 - high(z, p);
    p = high(p, p);
    p = high(p, p);
    p = high(p, p);
    p = high(p, p);
    // Where the polynomial ends an edge counts as certain, else many of them add up to a doubt.
    return p - minimum(p, (U){} + FLOOR);
}

/// Magnitude of 2 artanh(t / 65536), by table.
INLINE S magnitude(U t, const int16_t *coarse, const int16_t *fine) {
    // Through memory once: lane by lane the compiler would go through it sixteen times.
    uint16_t in[LANES];
    int16_t out[LANES];
    memcpy(in, &t, sizeof in);
    for (int i = 0; i < LANES; i++) {
        const int16_t *entry = in[i] >= 61440 ? fine + (65535 - in[i]) : coarse + (in[i] >> 4);
        out[i] = *entry;
    }
    S result;
    memcpy(&result, out, sizeof result);
    return result;
}

/// Reads the row's edges, leaves in `scratch` what each column says without this row.
INLINE int gather(const lodestar_check_row *row, const int16_t *posterior) {
    const int size = row->size, edges = row->edges;
    S broken = {};
    for (int z = 0; z < size; z += LANES) {
        S oldLeast = load(row->least + z), oldOthers = load(row->others + z);
        S oldWeakest = load(row->weakest + z), parity = load(row->parities + z);
        S before = parity, sign = parity, weakest = {}, number = {};
        U product = (U){} + 65535, worst = {}, old = {}, fresh = {};
        uint16_t *signs = row->signs + z;
        for (int e = 0; e < edges; e++) {
            if (e % GROUP == 0) old = loadu(signs + (size_t)(e / GROUP) * size);
            int at = z + row->rotations[e];
            at = at >= size ? at - size : at;
            S value = load(posterior + row->columns[e] + at);
            before ^= value;
            S told = pick(oldWeakest == number, oldLeast, oldOthers);
            S minus = (S)old >> 15;
            old += old;
            S rest = value - ((told ^ minus) - minus);
            store(row->scratch + (size_t)e * size + z, rest);
            S negative = rest >> 15;
            sign ^= negative;
            fresh = (fresh + fresh) - (U)negative;
            U weak = weakness((rest ^ negative) - negative);
            weakest = pick((S)(weak > worst), number, weakest);
            U better = minimum(weak, worst);
            worst = maximum(weak, worst);
            product -= high(product, better);
            number += 1;
            if (e % GROUP == GROUP - 1) {
                storeu(signs + (size_t)(e / GROUP) * size, fresh);
                fresh = (U){};
            }
        }
        if (edges % GROUP != 0)
            storeu(signs + (size_t)(edges / GROUP) * size, fresh << (GROUP - edges % GROUP));
        sign >>= 15;
        for (int g = 0; g < (edges + GROUP - 1) / GROUP; g++) {
            uint16_t *word = signs + (size_t)g * size;
            storeu(word, loadu(word) ^ (U)sign);
        }
        store(row->least + z, magnitude(product, row->coarse, row->fine));
        store(row->others + z,
              magnitude(product - high(product, worst), row->coarse, row->fine));
        store(row->weakest + z, weakest);
        broken |= before;
    }
    int any = 0;
    for (int i = 0; i < LANES; i++) any |= broken[i] < 0;
    return any;
}

/// Adds to each column what the row now tells it, in the row's own order.
INLINE void scatter(const lodestar_check_row *row, int16_t *posterior) {
    const int size = row->size, edges = row->edges;
    for (int e = 0; e < edges; e++) {
        const uint16_t *signs = row->signs + (size_t)(e / GROUP) * size;
        const int16_t *rest = row->scratch + (size_t)e * size;
        int16_t *column = posterior + row->columns[e];
        const int place = e % GROUP;
        const S number = (S){} + (int16_t)e;
        for (int z = 0; z < size; z += LANES) {
            S minus = (S)(loadu(signs + z) << place) >> 15;
            S told = pick(load(row->weakest + z) == number, load(row->least + z),
                          load(row->others + z));
            store(column + z, load(rest + z) + ((told ^ minus) - minus));
        }
        store(column + size, load(column));
    }
}

static int update(const lodestar_check_row *row, int16_t *posterior) {
    int broken = gather(row, posterior);
    scatter(row, posterior);
    return broken;
}

#undef load
#undef loadu
#undef store
#undef storeu
#undef high
#undef pick
#undef maximum
#undef minimum
#undef weakness
#undef magnitude
#undef gather
#undef scatter
#undef update
