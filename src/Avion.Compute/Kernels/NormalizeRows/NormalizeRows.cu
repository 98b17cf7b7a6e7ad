// Rows scaled to length one. One warp takes a row and reads it twice, the second time from the cache.
// Traffic: forward 2 elements a number, backward 3 (4 where it adds); ceiling: the rate of a copy.
#include "Kernel.cuh"

constexpr int WarpsOfBlock = 8;
constexpr float SmallestNorm = 1e-12f;

// Calls body(d, Width<W>) so that a warp meets every column once.
template <class T, class Body> DEVICE void forColumns(i32 columns, bool aligned, Body body) {
    constexpr int W = PackWidth<T>;
    const i32 packs = aligned ? columns / W : 0, lane = (i32)laneOf();
    for (i32 pack = lane; pack < packs; pack += WarpSize) body(pack * W, Width<W>());
    for (i32 d = packs * W + lane; d < columns; d += WarpSize) body(d, Width<1>());
}

template <class T> DEVICE void forward(const T* x, T* y, float* inverseNorms, i32 rows, i32 columns) {
    const i32 row = (i32)(blockX() * WarpsOfBlock + warpOf());
    if (row >= rows) return;
    const bool aligned = columns % PackWidth<T> == 0 && isPackAligned(x, y);
    x += (i64)row * columns, y += (i64)row * columns;
    float squares = 0;
    forColumns<T>(columns, aligned, [&](i32 d, auto width) {
        float values[width.value];
        load(x + d, values);
#pragma unroll
        for (int k = 0; k < width.value; k++) squares = fma(values[k], values[k], squares);
    });
    // A norm that is not a number stays so.
    const float norm = squareRoot(warpSum(squares)), scale = reciprocal(norm < SmallestNorm ? SmallestNorm : norm);
    forColumns<T>(columns, aligned, [=](i32 d, auto width) {
        float values[width.value];
        load(x + d, values);
#pragma unroll
        for (int k = 0; k < width.value; k++) values[k] *= scale;
        store(y + d, values);
    });
    if (laneOf() == 0) inverseNorms[row] = scale;
}

template <class T>
DEVICE void backward(const T* dy, const T* y, const float* inverseNorms, i32 accumulate, T* dx, i32 rows, i32 columns) {
    const i32 row = (i32)(blockX() * WarpsOfBlock + warpOf());
    if (row >= rows) return;
    const bool aligned = columns % PackWidth<T> == 0 && isPackAligned(dy, y, dx);
    dy += (i64)row * columns, y += (i64)row * columns, dx += (i64)row * columns;
    const float scale = inverseNorms[row];
    float along = 0;
    forColumns<T>(columns, aligned, [&](i32 d, auto width) {
        float gradients[width.value], values[width.value];
        load(dy + d, gradients);
        load(y + d, values);
#pragma unroll
        for (int k = 0; k < width.value; k++) along = fma(values[k], gradients[k], along);
    });
    // Below the smallest norm the scale is a constant.
    along = scale < 1.0f / SmallestNorm ? warpSum(along) : 0;
    forColumns<T>(columns, aligned, [=](i32 d, auto width) {
        float gradients[width.value], values[width.value], old[width.value] = {};
        load(dy + d, gradients);
        load(y + d, values);
        if (accumulate) load(dx + d, old);
#pragma unroll
        for (int k = 0; k < width.value; k++) gradients[k] = fma(scale, fma(-along, values[k], gradients[k]), old[k]);
        store(dx + d, gradients);
    });
}

#define NORMALIZE_ROWS(suffix, T)                                                                                             \
    KERNEL(256) normalize_rows_forward_##suffix(const T* x, T* y, float* inverseNorms, i32 rows, i32 columns) {               \
        forward(x, y, inverseNorms, rows, columns);                                                                           \
    }                                                                                                                         \
    KERNEL(256) normalize_rows_backward_##suffix(const T* dy, const T* y, const float* inverseNorms, i32 accumulate, T* dx,   \
                                                 i32 rows, i32 columns) {                                                     \
        backward(dy, y, inverseNorms, accumulate, dx, rows, columns);                                                         \
    }

NORMALIZE_ROWS(f32, float)
NORMALIZE_ROWS(bf16, bf16)
