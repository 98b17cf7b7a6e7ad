// Walks over a matrix by columns: a warp's lanes lie along a row, W columns side by side each (16 bytes, or one where memory is not
// aligned), and the warps of all blocks take rows in turn. So a lane keeps in registers what belongs to its columns: a bias, a sum.
// Sums over rows are taken in an order that the number of rows alone decides: a warp's rows in order, then the warps of a block in order,
// then, where there are several blocks, their partial sums in order (ColumnSum.cu).
#pragma once
#include "Kernel.cuh"

constexpr int ColumnWarps = 8;
constexpr int ColumnThreads = ColumnWarps * WarpSize;

// The first of this lane's columns.
template <int W> DEVICE i32 laneColumn() { return (i32)(blockX() * WarpSize + laneOf()) * W; }

// Calls body(row, column) for this lane's columns of the rows of its warp, of all rows.
template <int W, class Body> DEVICE void forRows(i32 rows, i32 columns, Body body) {
    const i32 column = laneColumn<W>();
    if (column >= columns) return;
    for (i32 row = (i32)(blockY() * ColumnWarps + warpOf()); row < rows; row += (i32)gridY() * ColumnWarps) body(row, column);
}

// The stretch of rows that block blockY of gridY takes.
struct RowRange {
    i32 first, end;
};

DEVICE RowRange rowsOfBlock(i32 rows) {
    return {(i32)((i64)rows * blockY() / gridY()), (i32)((i64)rows * (blockY() + 1) / gridY())};
}

// Calls addTerm(i, column, sums) for the terms of this warp, in order; sums begin at zero. Several terms at once keep memory busy.
template <int Unroll = 4, int W, class AddTerm> DEVICE void sumTerms(RowRange range, i32 columns, float (&sums)[W], AddTerm addTerm) {
    const i32 column = laneColumn<W>();
#pragma unroll
    for (int k = 0; k < W; k++) sums[k] = 0;
    if (column >= columns) return;
#pragma unroll Unroll
    for (i32 i = range.first + (i32)warpOf(); i < range.end; i += ColumnWarps) addTerm(i, column, sums);
}

// Adds the sums of the block's warps and calls write(column, sum) once for each of its columns. Once in a kernel.
template <int W, class Write> DEVICE void addWarps(const float (&sums)[W], i32 columns, Write write) {
    // Number k of all lanes lies together, with room between, so that neither the lanes that write nor those that read share a bank.
    constexpr int Stride = W == 1 ? WarpSize : WarpSize + WarpSize / W;
    __shared__ float shared[ColumnWarps][W * Stride];
#pragma unroll
    for (int k = 0; k < W; k++) shared[warpOf()][k * Stride + laneOf()] = sums[k];
    blockBarrier();
    const i32 place = (i32)threadX(), column = (i32)blockX() * WarpSize * W + place;
    if (place >= WarpSize * W || column >= columns) return;
    float total = 0;
#pragma unroll
    for (int warp = 0; warp < ColumnWarps; warp++) total += shared[warp][place % W * Stride + place / W];
    write(column, total);
}

// x[k] += what lies there.
template <int W, class T> DEVICE void addFrom(const T* source, float (&x)[W]) {
    float other[W];
    load(source, other);
#pragma unroll
    for (int k = 0; k < W; k++) x[k] += other[k];
}

// Writes x, or adds it to what lies there. Each way has its own store: clang splits one that both share into four.
template <int W, class T> DEVICE void storeOrAdd(T* target, bool accumulate, float (&x)[W]) {
    if (accumulate) {
        addFrom(target, x);
        store(target, x);
    } else {
        store(target, x);
    }
}

// Calls a macro for the variants that CudaColumnKernel chooses among: suffix of the name, type, columns of a lane.
#define COLUMN_VARIANTS(DEFINE)   \
    DEFINE(f32, float, 1)         \
    DEFINE(packs_f32, float, 4)   \
    DEFINE(bf16, bf16, 1)         \
    DEFINE(packs_bf16, bf16, 8)
