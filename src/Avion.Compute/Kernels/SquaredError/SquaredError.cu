// The mean of squared differences. Forward: blocks' sums, which TermSum.cu adds up; sums of up to 16 squares are float32, all others
// double. Traffic: forward 2 elements a number, backward 3 (4 where it adds); ceiling: the rate of reading memory, and that of a copy.
#include "Reduction.cuh"

constexpr int Threads = 256;

template <class T> DEVICE void partialSums(const T* x, const T* target, double* partials, i64 count) {
    double total = sumOfElements<T, Threads>(count, isPackAligned(x, target), [=](i64 i, auto width, float& sum) {
        float a[width.value], b[width.value];
        load(x + i, a);
        load(target + i, b);
#pragma unroll
        for (int k = 0; k < width.value; k++) sum = fma(a[k] - b[k], a[k] - b[k], sum);
    });
    total = blockSumOfDoubles<Threads>(total);
    if (threadX() == 0) partials[blockX()] = total;
}

// dx = dloss 2 (x - target) / count, or dx += that.
template <class T> DEVICE void backward(const float* dloss, const T* x, const T* target, i32 accumulate, T* dx, i64 count) {
    const float factor = 2 * *dloss / (float)count;
    forElements<T>(count, isPackAligned(x, target, dx), [=](i64 i, auto width) {
        float a[width.value], b[width.value], old[width.value] = {};
        load(x + i, a);
        load(target + i, b);
        if (accumulate) load(dx + i, old);
#pragma unroll
        for (int k = 0; k < width.value; k++) a[k] = fma(factor, a[k] - b[k], old[k]);
        store(dx + i, a);
    });
}

#define SQUARED_ERROR(suffix, T)                                                                                                \
    KERNEL(256) squared_error_partial_##suffix(const T* x, const T* target, double* partials, i64 count) {                      \
        partialSums(x, target, partials, count);                                                                                \
    }                                                                                                                           \
    KERNEL(256) squared_error_backward_##suffix(const float* dloss, const T* x, const T* target, i32 accumulate, T* dx, i64 count) { \
        backward(dloss, x, target, accumulate, dx, count);                                                                      \
    }

SQUARED_ERROR(f32, float)
SQUARED_ERROR(bf16, bf16)
