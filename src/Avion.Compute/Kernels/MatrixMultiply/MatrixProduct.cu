// C = op(A) op(B) + bias, or C += op(A) op(B), for the products that cuBLASLt does not take: any sizes, layouts and addresses.
// A block of 256 threads computes a tile of 16 x 16 numbers of C, one a thread, from tiles of 16 terms in shared memory, as float32,
// with one addition after another. Traffic: each factor is read once for every 16 rows or columns of C; nothing hot comes here.
#include "Kernel.cuh"

constexpr int Tile = 16;

// T is the factors' type, Result that of C; the bias is of float32 or of T.
template <class T, class Result>
DEVICE void product(const T* a, i32 transposeA, const T* b, i32 transposeB, const void* bias, i32 hasFloatBias, i32 accumulate, Result* c, i32 m,
                    i32 n, i32 k) {
    // One number more than a tile's row, so that a column of the tile lies in as many banks as a row.
    __shared__ float as[Tile][Tile + 1], bs[Tile][Tile + 1];
    i32 y = (i32)threadX() / Tile, x = (i32)threadX() % Tile;
    i32 row = (i32)blockX() * Tile + y, column = (i32)blockY() * Tile + x;
    i32 rowOfA = (i32)blockX() * Tile + (transposeA ? x : y), columnOfB = (i32)blockY() * Tile + (transposeB ? y : x);
    float sum = 0.0f;
    for (i32 first = 0; first < k; first += Tile) {
        // Neighbouring threads read neighbouring numbers, whichever way a factor is stored.
        i32 termOfA = first + (transposeA ? y : x), termOfB = first + (transposeB ? x : y);
        float left = 0.0f, right = 0.0f;
        if (rowOfA < m && termOfA < k) left = toFloat(a[transposeA ? (i64)termOfA * m + rowOfA : (i64)rowOfA * k + termOfA]);
        if (columnOfB < n && termOfB < k) right = toFloat(b[transposeB ? (i64)columnOfB * k + termOfB : (i64)termOfB * n + columnOfB]);
        as[transposeA ? x : y][transposeA ? y : x] = left;
        bs[transposeB ? x : y][transposeB ? y : x] = right;
        blockBarrier();
#pragma unroll
        for (i32 term = 0; term < Tile; term++) sum = fma(as[y][term], bs[term][x], sum);
        blockBarrier();
    }

    if (row >= m || column >= n) return;
    i64 at = (i64)row * n + column;
    if (bias) sum += hasFloatBias ? ((const float*)bias)[column] : toFloat(((const T*)bias)[column]);
    if (accumulate) sum += toFloat(c[at]);
    c[at] = fromFloat<Result>(sum);
}

#define PRODUCT(name, T, Result)                                                                                                     \
    KERNEL(256) name(const T* a, i32 transposeA, const T* b, i32 transposeB, const void* bias, i32 hasFloatBias, i32 accumulate,     \
                     Result* c, i32 m, i32 n, i32 k) {                                                                               \
        product<T, Result>(a, transposeA, b, transposeB, bias, hasFloatBias, accumulate, c, m, n, k);                                \
    }

PRODUCT(matrix_product_f32, float, float)
PRODUCT(matrix_product_bf16, bf16, bf16)
PRODUCT(matrix_product_wide_bf16, bf16, float)
