// The backward of GELU after a linear layer: du = dy GELU'(u), written over u, and its sums, which are the bias's gradient, in two stages
// as ColumnSum's. Forward the product's library adds the bias, and GELU's own kernel reads what it wrote.
// Traffic: 3 elements a number; ceiling: the rate of a copy.
#include "Columns.cuh"
#include "../Gelu/Gelu.cuh"

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
    KERNEL(256) linear_gelu_##name##_backward_##suffix(const T* dy, T* u, float* parts, i32 rows, i32 columns) {                       \
        backward<Function, T, W>(dy, u, parts, rows, columns);                                                                         \
    }

#define KINDS(suffix, T, W)                         \
    LINEAR_GELU(erf, ErfGelu, suffix, T, W)         \
    LINEAR_GELU(quick, QuickGelu, suffix, T, W)     \
    LINEAR_GELU(tanh, TanhGelu, suffix, T, W)

COLUMN_VARIANTS(KINDS)
