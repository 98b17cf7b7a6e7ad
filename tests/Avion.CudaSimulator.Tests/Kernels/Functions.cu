// The functions that kernels compute themselves, one number a thread, for tests of their accuracy.
#include "../../../src/Avion.Compute/Kernels/Gelu/Gelu.cuh"
#include "Logarithm.cuh"

template <class Function> DEVICE void apply(const float* x, float* y, Function function) {
    const i32 i = (i32)(blockX() * 256 + threadX());
    y[i] = function(x[i]);
}

KERNEL(256) exponential_of(const float* x, float* y) {
    apply(x, y, [](float value) { return exponential(value); });
}

KERNEL(256) normal_tail_of(const float* x, float* y) {
    apply(x, y, [](float value) {
        float density;
        return normalTail(value, density);
    });
}

KERNEL(256) logarithm_of(const float* x, float* y) {
    apply(x, y, [](float value) { return logarithm(value); });
}
