// y = x rounded to bfloat16. Traffic: 6 bytes an element; ceiling: the rate of a copy.
#include "Kernel.cuh"

KERNEL(256) cast_f32(const float* x, bf16* y, i64 count) {
    const i64 first = (i64)blockX() * blockSize() + threadX(), stride = (i64)gridX() * blockSize();
    const i64 packs = isPackAligned(x, y) ? count / 8 : 0;
    for (i64 p = first; p < packs; p += stride) {
        float values[8];
        load(x + 8 * p, values);
        store(y + 8 * p, values);
    }
    for (i64 i = 8 * packs + first; i < count; i += stride) y[i] = fromFloat<bf16>(x[i]);
}
