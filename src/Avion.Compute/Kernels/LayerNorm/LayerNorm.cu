// Layer norm of rows, forward with an optional residual sum, and backward.
//
// One warp takes a row; forward, a block has as many as the launch gives it. Where a row is whole packs of 16 bytes it stays in registers
// between the passes, Packs packs a lane; the general kernels read it again from the cache. Statistics and parameter gradients are float32.
// Traffic: forward 2 elements a number (4 with the sum), backward 3 (4 where it adds); ceiling: the rate of a copy.
#include "Kernel.cuh"

// Warps of a block at most; backward, always.
constexpr int WarpsOfBlock = 8;

// Backward: a number for each column.
extern __shared__ float dynamicShared[];

// ---- Forward -----------------------------------------------------------------------------------------------------------------------

// s = x + branch, rounded as it is stored, so that backward sees the numbers that were normalized.
template <class T, int W> DEVICE void addBranch(const T* branch, T* s, float (&x)[W]) {
    float other[W];
    load(branch, other);
#pragma unroll
    for (int k = 0; k < W; k++) x[k] = toFloat(fromFloat<T>(x[k] + other[k]));
    store(s, x);
}

template <class T, int Packs>
DEVICE void forward(const T* x, const T* branch, const T* weight, const T* bias, T* s, T* y, float* mean, float* rstd, i32 rows, i32 columns,
                    float epsilon) {
    constexpr int W = PackWidth<T>;
    const i32 row = (i32)(blockX() * (blockSize() / WarpSize) + warpOf()), packs = columns / W;
    if (row >= rows) return;
    const i64 start = (i64)row * columns;
    float values[Packs][W], sum = 0;
#pragma unroll
    for (int p = 0; p < Packs; p++) {
        const i32 pack = p * WarpSize + (i32)laneOf();
        if (pack >= packs) {
#pragma unroll
            for (int k = 0; k < W; k++) values[p][k] = 0;
            continue;
        }
        load(x + start + pack * W, values[p]);
        if (branch) addBranch(branch + start + pack * W, s + start + pack * W, values[p]);
#pragma unroll
        for (int k = 0; k < W; k++) sum += values[p][k];
    }
    const float average = warpSum(sum) / columns;
    float squares = 0;
#pragma unroll
    for (int p = 0; p < Packs; p++) {
        const bool inside = p * WarpSize + (i32)laneOf() < packs;
#pragma unroll
        for (int k = 0; k < W; k++) {
            const float centred = values[p][k] - average;
            squares = inside ? fma(centred, centred, squares) : squares;
        }
    }
    const float scale = reciprocal(squareRoot(warpSum(squares) / columns + epsilon));
#pragma unroll
    for (int p = 0; p < Packs; p++) {
        const i32 pack = p * WarpSize + (i32)laneOf();
        if (pack >= packs) continue;
        float w[W], b[W];
        load(weight + pack * W, w);
        load(bias + pack * W, b);
#pragma unroll
        for (int k = 0; k < W; k++) values[p][k] = fma((values[p][k] - average) * scale, w[k], b[k]);
        store(y + start + pack * W, values[p]);
    }
    if (laneOf() == 0) mean[row] = average, rstd[row] = scale;
}

template <class T>
DEVICE void forwardOfAny(const T* x, const T* branch, const T* weight, const T* bias, T* s, T* y, float* mean, float* rstd, i32 rows,
                         i32 columns, float epsilon) {
    const i32 row = (i32)(blockX() * (blockSize() / WarpSize) + warpOf()), lane = (i32)laneOf();
    if (row >= rows) return;
    const i64 start = (i64)row * columns;
    const T* source = branch ? s : x;
    float sum = 0, squares = 0;
    for (i32 d = lane; d < columns; d += WarpSize) {
        float value[1];
        load(x + start + d, value);
        if (branch) addBranch(branch + start + d, s + start + d, value);
        sum += value[0];
    }
    const float average = warpSum(sum) / columns;
    for (i32 d = lane; d < columns; d += WarpSize) {
        const float centred = toFloat(source[start + d]) - average;
        squares = fma(centred, centred, squares);
    }
    const float scale = reciprocal(squareRoot(warpSum(squares) / columns + epsilon));
    for (i32 d = lane; d < columns; d += WarpSize)
        y[start + d] = fromFloat<T>(fma((toFloat(source[start + d]) - average) * scale, toFloat(weight[d]), toFloat(bias[d])));
    if (lane == 0) mean[row] = average, rstd[row] = scale;
}

// ---- Backward ----------------------------------------------------------------------------------------------------------------------

// Adds what each warp has for a column, warp after warp, and writes the block's sums.
template <int W, int Packs>
DEVICE void writePartials(const float (&sums)[Packs][W], i32 packs, float* shared, float* target) {
#pragma unroll 1
    for (i32 warp = 0; warp < WarpsOfBlock; warp++) {
        if ((i32)warpOf() == warp) {
#pragma unroll
            for (int p = 0; p < Packs; p++) {
                const i32 pack = p * WarpSize + (i32)laneOf();
                if (pack >= packs) continue;
                // Number k of all packs lies together, so that a warp's lanes use all banks, and write whole sectors.
#pragma unroll
                for (int k = 0; k < W; k++) {
                    float* place = shared + k * packs + pack;
                    *place = warp == 0 ? sums[p][k] : *place + sums[p][k];
                    if (warp == WarpsOfBlock - 1) target[k * packs + pack] = *place;
                }
            }
        }
        blockBarrier();
    }
}

// Writes dx, and to partials the block's sums of dy h and of dy for each column: [blocks, 2, W, packs].
template <class T, int Packs>
DEVICE void backward(const T* dy, const T* x, const T* weight, const float* mean, const float* rstd, i32 accumulate, T* dx, float* partials,
                     i32 rows, i32 columns) {
    constexpr int W = PackWidth<T>;
    const i32 packs = columns / W;
    float sums[Packs][W], biasSums[Packs][W];
#pragma unroll
    for (int p = 0; p < Packs; p++) {
#pragma unroll
        for (int k = 0; k < W; k++) sums[p][k] = 0, biasSums[p][k] = 0;
    }
#pragma unroll 1
    for (i32 row = (i32)(blockX() * WarpsOfBlock + warpOf()); row < rows; row += (i32)gridX() * WarpsOfBlock) {
        const i64 start = (i64)row * columns;
        const float average = mean[row], scale = rstd[row];
        float h[Packs][W], g[Packs][W], sumG = 0, sumGh = 0;
#pragma unroll
        for (int p = 0; p < Packs; p++) {
            const i32 pack = p * WarpSize + (i32)laneOf();
#pragma unroll
            for (int k = 0; k < W; k++) h[p][k] = 0, g[p][k] = 0;
            if (pack >= packs) continue;
            load(x + start + pack * W, h[p]);
            load(dy + start + pack * W, g[p]);
            // The weights come from the first-level cache each time: in registers they would halve the number of blocks.
            float weights[W];
            load(weight + pack * W, weights);
#pragma unroll
            for (int k = 0; k < W; k++) {
                h[p][k] = (h[p][k] - average) * scale;
                sums[p][k] = fma(g[p][k], h[p][k], sums[p][k]);
                biasSums[p][k] += g[p][k];
                g[p][k] *= weights[k];
                sumG += g[p][k];
                sumGh = fma(g[p][k], h[p][k], sumGh);
            }
        }
        if (!dx) continue;
        sumG = warpSum(sumG) / columns;
        sumGh = warpSum(sumGh) / columns;
#pragma unroll
        for (int p = 0; p < Packs; p++) {
            const i32 pack = p * WarpSize + (i32)laneOf();
            if (pack >= packs) continue;
            float old[W] = {};
            if (accumulate) load(dx + start + pack * W, old);
#pragma unroll
            for (int k = 0; k < W; k++) {
                h[p][k] = fma(scale, g[p][k] - sumG - h[p][k] * sumGh, old[k]);
            }
            store(dx + start + pack * W, h[p]);
        }
    }
    if (!partials) return;
    partials += 2 * (i64)blockX() * columns;
    writePartials(sums, packs, dynamicShared, partials);
    writePartials(biasSums, packs, dynamicShared, partials + columns);
}

template <class T>
DEVICE void backwardOfAny(const T* dy, const T* x, const T* weight, const float* mean, const float* rstd, i32 accumulate, T* dx, i32 rows,
                          i32 columns) {
    const i32 row = (i32)(blockX() * WarpsOfBlock + warpOf()), lane = (i32)laneOf();
    if (row >= rows) return;
    const i64 start = (i64)row * columns;
    const float average = mean[row], scale = rstd[row];
    float sumG = 0, sumGh = 0;
    for (i32 d = lane; d < columns; d += WarpSize) {
        const float g = toFloat(dy[start + d]) * toFloat(weight[d]);
        sumG += g;
        sumGh = fma(g, (toFloat(x[start + d]) - average) * scale, sumGh);
    }
    sumG = warpSum(sumG) / columns;
    sumGh = warpSum(sumGh) / columns;
    for (i32 d = lane; d < columns; d += WarpSize) {
        const float g = toFloat(dy[start + d]) * toFloat(weight[d]), h = (toFloat(x[start + d]) - average) * scale;
        const float gradient = scale * (g - sumG - h * sumGh);
        dx[start + d] = fromFloat<T>(accumulate ? toFloat(dx[start + d]) + gradient : gradient);
    }
}

// The sums of a block of rows for rows of any length: each block takes 32 columns and every gridDim.y-th row of eight.
template <class T>
DEVICE void columnSumsOfAny(const T* dy, const T* x, const float* mean, const float* rstd, float* partials, i32 rows, i32 columns) {
    __shared__ float shared[2][WarpsOfBlock][WarpSize];
    const i32 column = (i32)(blockX() * WarpSize + laneOf());
    float sum = 0, biasSum = 0;
    if (column < columns) {
        for (i32 row = (i32)(blockY() * WarpsOfBlock + warpOf()); row < rows; row += (i32)gridY() * WarpsOfBlock) {
            const float gradient = toFloat(dy[(i64)row * columns + column]);
            sum = fma(gradient, (toFloat(x[(i64)row * columns + column]) - mean[row]) * rstd[row], sum);
            biasSum += gradient;
        }
    }
    shared[0][warpOf()][laneOf()] = sum;
    shared[1][warpOf()][laneOf()] = biasSum;
    blockBarrier();
    if (warpOf() < 2 && column < columns) {
        float total = 0;
        for (i32 warp = 0; warp < WarpsOfBlock; warp++) total += shared[warpOf()][warp][laneOf()];
        partials[(2 * (i64)blockY() + warpOf()) * columns + column] = total;
    }
}

// dweight and dbias += the blocks' sums, in the order of the blocks. Number k of all packs of width numbers lies together.
KERNEL(64) layer_norm_parameters_f32(const float* partials, i32 blocks, float* dweight, float* dbias, i32 columns, i32 width) {
    const i32 place = (i32)(blockX() * 64 + threadX());
    if (place >= 2 * columns) return;
    float* target = place < columns ? dweight : dbias;
    if (!target) return;
    float sum = 0;
    for (i32 block = 0; block < blocks; block++) sum += partials[2 * (i64)block * columns + place];
    const i32 within = place < columns ? place : place - columns, packs = columns / width;
    target[within % packs * width + within / packs] += sum;
}

#define LAYER_NORM(packs, suffix, T)                                                                                                     \
    KERNEL(256) layer_norm_forward_##packs##_##suffix(const T* x, const T* branch, const T* weight, const T* bias, T* s, T* y,           \
                                                      float* mean, float* rstd, i32 rows, i32 columns, float epsilon) {                  \
        forward<T, packs>(x, branch, weight, bias, s, y, mean, rstd, rows, columns, epsilon);                                            \
    }                                                                                                                                    \
    KERNEL(256) layer_norm_backward_##packs##_##suffix(const T* dy, const T* x, const T* weight, const float* mean, const float* rstd,   \
                                                       i32 accumulate, T* dx, float* partials, i32 rows, i32 columns) {                  \
        backward<T, packs>(dy, x, weight, mean, rstd, accumulate, dx, partials, rows, columns);                                          \
    }

#define LAYER_NORM_OF_ANY(suffix, T)                                                                                                     \
    KERNEL(256) layer_norm_forward_##suffix(const T* x, const T* branch, const T* weight, const T* bias, T* s, T* y, float* mean,        \
                                            float* rstd, i32 rows, i32 columns, float epsilon) {                                         \
        forwardOfAny<T>(x, branch, weight, bias, s, y, mean, rstd, rows, columns, epsilon);                                              \
    }                                                                                                                                    \
    KERNEL(256) layer_norm_backward_##suffix(const T* dy, const T* x, const T* weight, const float* mean, const float* rstd,             \
                                             i32 accumulate, T* dx, i32 rows, i32 columns) {                                             \
        backwardOfAny<T>(dy, x, weight, mean, rstd, accumulate, dx, rows, columns);                                                      \
    }                                                                                                                                    \
    KERNEL(256) layer_norm_sums_##suffix(const T* dy, const T* x, const float* mean, const float* rstd, float* partials, i32 rows,       \
                                         i32 columns) {                                                                                  \
        columnSumsOfAny<T>(dy, x, mean, rstd, partials, rows, columns);                                                                  \
    }

LAYER_NORM(1, f32, float)
LAYER_NORM(2, f32, float)
LAYER_NORM(3, f32, float)
LAYER_NORM(4, f32, float)
LAYER_NORM(6, f32, float)
LAYER_NORM(1, bf16, bf16)
LAYER_NORM(2, bf16, bf16)
LAYER_NORM(3, bf16, bf16)
LAYER_NORM(4, bf16, bf16)
LAYER_NORM_OF_ANY(f32, float)
LAYER_NORM_OF_ANY(bf16, bf16)
