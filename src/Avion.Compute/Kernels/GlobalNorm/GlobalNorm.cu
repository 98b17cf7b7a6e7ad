// The sum of squares of flat memory: blocks' sums, then their sum. Traffic: 4 bytes a number; ceiling: the rate of reading memory.
// Sums of up to 16 squares are float32, all others double, in an order that depends on the number of blocks alone.
#include "Reduction.cuh"

constexpr int Threads = 256;

KERNEL(256) global_norm_partial_f32(const float* x, double* partials, i64 count) {
    double total = sumOfElements<float, Threads>(count, isPackAligned(x), [=](i64 i, auto width, float& sum) {
        float values[width.value];
        load(x + i, values);
#pragma unroll
        for (int k = 0; k < width.value; k++) sum = fma(values[k], values[k], sum);
    });
    total = blockSumOfDoubles<Threads>(total);
    if (threadX() == 0) partials[blockX()] = total;
}

// One block; up to 256 partial sums.
KERNEL(256) global_norm_total_f32(const double* partials, i32 count, double* sum) {
    const double total = blockSumOfDoubles<Threads>((i32)threadX() < count ? partials[threadX()] : 0);
    if (threadX() == 0) *sum = total;
}
