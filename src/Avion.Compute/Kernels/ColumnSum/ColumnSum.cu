// y += the sum of the rows of x, in two stages: each block sums a stretch of rows, a second kernel adds the blocks' sums in their order.
// Traffic: an element a number, and a partial sum for 64 rows or more; ceiling: the rate of reading.
#include "Columns.cuh"

// parts[block] = the sums of the block's rows.
template <class T, int W> DEVICE void columnSum(const T* x, i64 stride, float* parts, i32 rows, i32 columns) {
    float sums[W];
    sumTerms(rowsOfBlock(rows), columns, sums, [=](i32 row, i32 column, float (&sum)[W]) { addFrom(x + row * stride + column, sum); });
    addWarps(sums, columns, [=](i32 column, float sum) { parts[(i64)blockY() * columns + column] = sum; });
}

#define COLUMN_SUM(suffix, T, W)                                                                                                  \
    KERNEL(256) column_sum_##suffix(const T* x, i64 stride, float* parts, i32 rows, i32 columns) {                                \
        columnSum<T, W>(x, stride, parts, rows, columns);                                                                         \
    }

COLUMN_VARIANTS(COLUMN_SUM)

// y += the parts, in their order.
KERNEL(64) add_parts_f32(const float* parts, i32 count, float* y, i32 columns) {
    const i32 column = (i32)(blockX() * 64 + threadX());
    if (column >= columns) return;
    float sum = 0;
#pragma unroll 8
    for (i32 part = 0; part < count; part++) sum += parts[(i64)part * columns + column];
    y[column] += sum;
}
