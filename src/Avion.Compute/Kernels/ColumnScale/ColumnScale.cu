// y = x scale, dx = dy scale, and dscale += the sums of dy x, by columns. A lane keeps its factors in registers; sums in two stages, as
// ColumnSum's. Traffic: forward 2 elements a number, backward 3 (4 where it adds); ceiling: the rate of a copy.
#include "Columns.cuh"

template <class T, int W> DEVICE void forward(const T* x, const T* scale, T* y, i32 rows, i32 columns) {
    float factors[W];
    if (laneColumn<W>() < columns) load(scale + laneColumn<W>(), factors);
    forRows<W>(rows, columns, [&](i32 row, i32 column) {
        const i64 place = (i64)row * columns + column;
        float values[W];
        load(x + place, values);
#pragma unroll
        for (int k = 0; k < W; k++) values[k] *= factors[k];
        store(y + place, values);
    });
}

// Dx and parts may be absent; parts[block] = the sums of the block's rows.
template <class T, int W>
DEVICE void backward(const T* dy, const T* x, const T* scale, i32 accumulate, T* dx, float* parts, i32 rows, i32 columns) {
    float factors[W], sums[W];
    if (laneColumn<W>() < columns) load(scale + laneColumn<W>(), factors);
    sumTerms<1>(rowsOfBlock(rows), columns, sums, [&](i32 row, i32 column, float (&sum)[W]) {
        const i64 place = (i64)row * columns + column;
        float gradients[W], values[W];
        load(dy + place, gradients);
        if (parts) {
            load(x + place, values);
#pragma unroll
            for (int k = 0; k < W; k++) sum[k] = fma(gradients[k], values[k], sum[k]);
        }
        if (dx) {
#pragma unroll
            for (int k = 0; k < W; k++) gradients[k] *= factors[k];
            storeOrAdd(dx + place, accumulate, gradients);
        }
    });
    if (parts) addWarps(sums, columns, [=](i32 column, float sum) { parts[(i64)blockY() * columns + column] = sum; });
}

#define COLUMN_SCALE(suffix, T, W)                                                                                                   \
    KERNEL(256) column_scale_forward_##suffix(const T* x, const T* scale, T* y, i32 rows, i32 columns) {                             \
        forward<T, W>(x, scale, y, rows, columns);                                                                                   \
    }                                                                                                                                \
    KERNEL(256) column_scale_backward_##suffix(const T* dy, const T* x, const T* scale, i32 accumulate, T* dx, float* parts,         \
                                               i32 rows, i32 columns) {                                                              \
        backward<T, W>(dy, x, scale, accumulate, dx, parts, rows, columns);                                                          \
    }

COLUMN_VARIANTS(COLUMN_SCALE)
