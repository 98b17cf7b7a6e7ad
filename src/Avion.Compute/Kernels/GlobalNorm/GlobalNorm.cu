// The sum of squares of flat memory: blocks' sums, then their sum. Traffic: 4 bytes a number; ceiling: the rate of reading memory.
// Sums of up to 16 squares are float32, all others double, in an order that depends on the number of blocks alone.
#include "Kernel.cuh"

constexpr int Threads = 256;

// The sum over a block's threads, for thread 0.
DEVICE double blockSum(double value) {
    __shared__ double shared[Threads];
    shared[threadX()] = value;
    blockBarrier();
    for (u32 half = Threads / 2; half > 0; half /= 2) {
        if (threadX() < half) shared[threadX()] += shared[threadX() + half];
        blockBarrier();
    }
    return shared[0];
}

KERNEL(256) global_norm_partial_f32(const float* x, double* partials, i64 count) {
    constexpr int Numbers = 16;
    const i64 stride = (i64)gridX() * Threads, first = (i64)blockX() * Threads + threadX();
    const i64 packs = isPackAligned(x) ? count / 4 : 0;
    double total = 0;
    for (i64 p = first; p < packs; p += stride * (Numbers / 4)) {
        float sum = 0;
#pragma unroll
        for (int i = 0; i < Numbers / 4; i++) {
            const i64 pack = p + i * stride;
            if (pack < packs) {
                float values[4];
                load(x + 4 * pack, values);
#pragma unroll
                for (int k = 0; k < 4; k++) sum = fma(values[k], values[k], sum);
            }
        }
        total += sum;
    }
    for (i64 i = 4 * packs + first; i < count; i += stride) total += (double)(x[i] * x[i]);
    total = blockSum(total);
    if (threadX() == 0) partials[blockX()] = total;
}

// One block; up to 256 partial sums.
KERNEL(256) global_norm_total_f32(const double* partials, i32 count, double* sum) {
    const double total = blockSum((i32)threadX() < count ? partials[threadX()] : 0);
    if (threadX() == 0) *sum = total;
}
