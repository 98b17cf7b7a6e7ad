// y = GELU(x), and dx = dy GELU'(x). Traffic: 2 elements forward, 3 backward (4 where it adds); ceiling: the rate of a copy.
#include "Kernel.cuh"
#include "Gelu.cuh"

template <class Function, class T> DEVICE void forward(const T* x, T* y, i64 count) {
    forElements<T>(count, isPackAligned(x, y), [=](i64 i, auto width) {
        float values[width.value];
        load(x + i, values);
#pragma unroll
        for (int k = 0; k < width.value; k++) {
            float slope;
            values[k] = Function::valueAndSlope(values[k], slope);
        }
        store(y + i, values);
    });
}

template <class Function, class T> DEVICE void backward(const T* dy, const T* x, i32 accumulate, T* dx, i64 count) {
    forElements<T>(count, isPackAligned(dy, x, dx), [=](i64 i, auto width) {
        float values[width.value], gradients[width.value], sums[width.value] = {};
        load(x + i, values);
        load(dy + i, gradients);
        if (accumulate) load(dx + i, sums);
#pragma unroll
        for (int k = 0; k < width.value; k++) {
            float slope;
            Function::valueAndSlope(values[k], slope);
            gradients[k] = fma(gradients[k], slope, sums[k]);
        }
        store(dx + i, gradients);
    });
}

#define GELU(name, Function, suffix, T)                                                                                        \
    KERNEL(256) gelu_##name##_forward_##suffix(const T* x, T* y, i64 count) { forward<Function>(x, y, count); }                \
    KERNEL(256) gelu_##name##_backward_##suffix(const T* dy, const T* x, i32 accumulate, T* dx, i64 count) {                   \
        backward<Function>(dy, x, accumulate, dx, count);                                                                      \
    }

GELU(erf, ErfGelu, f32, float)
GELU(erf, ErfGelu, bf16, bf16)
GELU(quick, QuickGelu, f32, float)
GELU(quick, QuickGelu, bf16, bf16)
GELU(tanh, TanhGelu, f32, float)
GELU(tanh, TanhGelu, bf16, bf16)
