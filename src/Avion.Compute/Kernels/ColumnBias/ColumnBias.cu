// x[n, j] += bias[j] for some of the columns. A lane keeps its biases in registers. Traffic: 2 elements a number; ceiling: the rate of a
// copy.
#include "Columns.cuh"

template <class T, int W> DEVICE void addBias(const T* bias, T* x, i64 stride, i32 rows, i32 columns) {
    float biases[W];
    if (laneColumn<W>() < columns) load(bias + laneColumn<W>(), biases);
    forRows<W>(rows, columns, [&](i32 row, i32 column) {
        float values[W];
        load(x + row * stride + column, values);
#pragma unroll
        for (int k = 0; k < W; k++) values[k] += biases[k];
        store(x + row * stride + column, values);
    });
}

#define COLUMN_BIAS(suffix, T, W)                                                                      \
    KERNEL(256) column_bias_##suffix(const T* bias, T* x, i64 stride, i32 rows, i32 columns) {         \
        addBias<T, W>(bias, x, stride, rows, columns);                                                 \
    }

COLUMN_VARIANTS(COLUMN_BIAS)
