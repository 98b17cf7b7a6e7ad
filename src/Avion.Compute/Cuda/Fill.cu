// Fills that the driver has no call for.
#include "Kernel.cuh"

// y[i] = value.
KERNEL(256) fill_double_f32(double* y, double value, i64 count) {
    for (i64 i = (i64)blockX() * blockSize() + threadX(); i < count; i += (i64)gridX() * blockSize()) y[i] = value;
}

// y[i] = first + i step.
KERNEL(256) ramp_f32(i32* y, i32 first, i32 step, i64 count) {
    for (i64 i = (i64)blockX() * blockSize() + threadX(); i < count; i += (i64)gridX() * blockSize()) y[i] = first + (i32)i * step;
}
