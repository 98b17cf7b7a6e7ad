// y = a + b. Traffic: 3 elements a sum; ceiling: the rate of a copy.
#include "Kernel.cuh"

template <class T> DEVICE void add(const T* a, const T* b, T* y, i64 count) {
    forElements<T>(count, isPackAligned(a, b, y), [=](i64 i, auto width) {
        float left[width.value], right[width.value];
        load(a + i, left);
        load(b + i, right);
#pragma unroll
        for (int k = 0; k < width.value; k++) left[k] += right[k];
        store(y + i, left);
    });
}

// y += x, with x of bfloat16 and y of float32: a gradient of activations onto one that adds up.
KERNEL(256) accumulate_bf16(const bf16* x, float* y, i64 count) {
    for (i64 i = (i64)blockX() * blockSize() + threadX(); i < count; i += (i64)gridX() * blockSize()) y[i] += toFloat(x[i]);
}

KERNEL(256) add_f32(const float* a, const float* b, float* y, i64 count) { add(a, b, y, count); }
KERNEL(256) add_bf16(const bf16* a, const bf16* b, bf16* y, i64 count) { add(a, b, y, count); }
