// The multiply-add rate of one core: 16 independent chains in registers, which never wait for memory.
#include <immintrin.h>

// Each step is 16 instructions of 32 products and 32 sums of bfloat16 pairs: 1,024 operations.
float multiply_bf16(long steps) {
    __m512 sums[16];
    __m512bh factor = (__m512bh)_mm512_set1_ps(1e-3f);
    for (int chain = 0; chain < 16; chain++)
        sums[chain] = _mm512_set1_ps(chain);
    for (long step = 0; step < steps; step++)
        for (int chain = 0; chain < 16; chain++)
            sums[chain] = _mm512_dpbf16_ps(sums[chain], factor, factor);
    float total = 0;
    for (int chain = 0; chain < 16; chain++)
        total += _mm512_reduce_add_ps(sums[chain]);
    return total;
}
