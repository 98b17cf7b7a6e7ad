// What a masked autoencoder has to predict: chosen patches, each channel normalized by itself, channels side by side. One warp takes a
// patch: it reads each channel twice for its statistics, the second time and the third from the cache, and writes whole sectors.
// Traffic: 2 elements a number; ceiling: the rate of a copy. Statistics are float32 of the differences from a channel's first pixel:
// those of a flat patch are exactly zero, so that what a sum rounds is never divided by the deviation's offset alone.
#include "Kernel.cuh"

constexpr int WarpsOfBlock = 8;

// What y = (x - first - mean) factor subtracts and multiplies by.
struct Scale {
    float first, mean, factor;
};

template <class T> DEVICE Scale scaleOf(const T* x, i32 pixels, float offset) {
    const float first = toFloat(x[0]);
    float sum = 0, squares = 0;
    for (i32 i = (i32)laneOf(); i < pixels; i += WarpSize) sum += toFloat(x[i]) - first;
    const float mean = warpSum(sum) / (float)pixels;
    for (i32 i = (i32)laneOf(); i < pixels; i += WarpSize) {
        const float centred = toFloat(x[i]) - first - mean;
        squares = fma(centred, centred, squares);
    }
    return {first, mean, reciprocal(squareRoot(warpSum(squares) / (float)(pixels - 1)) + offset)};
}

// offset: 1e-6 over the channel's deviation.
template <class T>
DEVICE void targets(const T* patches, const i32* rows, i32 normalizes, float redOffset, float greenOffset, float blueOffset, T* y,
                    i32 rowCount, i32 pixels, i32 patchCount) {
    const i32 r = (i32)(blockX() * WarpsOfBlock + warpOf());
    if (r >= rowCount) return;
    const i32 row = rows[r];
    if ((u32)row >= (u32)patchCount) asm volatile("trap;");
    const T* x = patches + (i64)row * 3 * pixels;
    Scale red = {0, 0, 1}, green = {0, 0, 1}, blue = {0, 0, 1};
    if (normalizes) {
        red = scaleOf(x, pixels, redOffset);
        green = scaleOf(x + pixels, pixels, greenOffset);
        blue = scaleOf(x + 2 * (i64)pixels, pixels, blueOffset);
    }
    for (i32 i = (i32)laneOf(); i < 3 * pixels; i += WarpSize) {
        const i32 channel = i % 3;
        const Scale scale = channel == 0 ? red : channel == 1 ? green : blue;
        y[(i64)r * 3 * pixels + i] = fromFloat<T>((toFloat(x[(i64)channel * pixels + i / 3]) - scale.first - scale.mean) * scale.factor);
    }
}

#define PATCH_TARGETS(suffix, T)                                                                                                       \
    KERNEL(256) patch_targets_##suffix(const T* patches, const i32* rows, i32 normalizes, float redOffset, float greenOffset,          \
                                       float blueOffset, T* y, i32 rowCount, i32 pixels, i32 patchCount) {                             \
        targets(patches, rows, normalizes, redOffset, greenOffset, blueOffset, y, rowCount, pixels, patchCount);                       \
    }

PATCH_TARGETS(f32, float)
PATCH_TARGETS(bf16, bf16)
