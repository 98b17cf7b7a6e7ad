// What a linear layer with GELU does besides its product: bias and GELU forward; backward du = dy GELU'(u) over u, with its sums, which
// are the bias's gradient. Traffic: forward 2 elements a number where the product's library has added the bias and u is not kept, 3
// otherwise; backward 3. Ceiling: the rate of a copy.
#include "Columns.cuh"
#include "../Gelu/Gelu.cuh"

// u = x + bias, y = GELU(u). Bias and u may be absent; x may be u or y.
template <class Function, class T, int W> DEVICE void forward(const T* x, const T* bias, T* u, T* y, i32 rows, i32 columns) {
    float biases[W] = {};
    if (bias && laneColumn<W>() < columns) load(bias + laneColumn<W>(), biases);
    forRows<W>(rows, columns, [&](i32 row, i32 column) {
        const i64 place = (i64)row * columns + column;
        float values[W];
        load(x + place, values);
#pragma unroll
        for (int k = 0; k < W; k++) values[k] = toFloat(fromFloat<T>(values[k] + biases[k]));
        if (u) store(u + place, values);
#pragma unroll
        for (int k = 0; k < W; k++) {
            float slope;
            values[k] = Function::valueAndSlope(values[k], slope);
        }
        store(y + place, values);
    });
}

// u = dy GELU'(u); parts[block] = the sums of the block's rows, unless absent.
template <class Function, class T, int W> DEVICE void backward(const T* dy, T* u, float* parts, i32 rows, i32 columns) {
    float sums[W];
    sumTerms<1>(rowsOfBlock(rows), columns, sums, [=](i32 row, i32 column, float (&sum)[W]) {
        const i64 place = (i64)row * columns + column;
        float values[W], gradients[W];
        load(u + place, values);
        load(dy + place, gradients);
#pragma unroll
        for (int k = 0; k < W; k++) {
            float slope;
            Function::valueAndSlope(values[k], slope);
            gradients[k] *= slope;
            sum[k] += gradients[k];
        }
        store(u + place, gradients);
    });
    if (parts) addWarps(sums, columns, [=](i32 column, float sum) { parts[(i64)blockY() * columns + column] = sum; });
}

#define LINEAR_GELU(name, Function, suffix, T, W)                                                                                      \
    KERNEL(256) linear_gelu_##name##_forward_##suffix(const T* x, const T* bias, T* u, T* y, i32 rows, i32 columns) {                  \
        forward<Function, T, W>(x, bias, u, y, rows, columns);                                                                         \
    }                                                                                                                                  \
    KERNEL(256) linear_gelu_##name##_backward_##suffix(const T* dy, T* u, float* parts, i32 rows, i32 columns) {                       \
        backward<Function, T, W>(dy, u, parts, rows, columns);                                                                         \
    }

#define KINDS(suffix, T, W)                         \
    LINEAR_GELU(erf, ErfGelu, suffix, T, W)         \
    LINEAR_GELU(quick, QuickGelu, suffix, T, W)     \
    LINEAR_GELU(tanh, TanhGelu, suffix, T, W)

COLUMN_VARIANTS(KINDS)
