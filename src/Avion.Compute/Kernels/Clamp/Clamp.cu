// Holds a scalar within bounds; what is not a number stays so. One thread: the cost is the launch.
#include "Kernel.cuh"

template <class T> DEVICE void clamp(T* x, float minimum, float maximum) {
    if (threadX() != 0) return;
    const float value = toFloat(*x);
    *x = fromFloat<T>(value < minimum ? minimum : value > maximum ? maximum : value);
}

KERNEL(32) clamp_f32(float* x, float minimum, float maximum) { clamp(x, minimum, maximum); }
KERNEL(32) clamp_bf16(bf16* x, float minimum, float maximum) { clamp(x, minimum, maximum); }
