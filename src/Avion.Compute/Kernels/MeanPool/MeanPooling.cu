// The mean of each sequence's tokens. A block takes a sequence and 32 lanes of columns, its warps the tokens in turn.
// Traffic: an element a number each way, 2 where backward adds; ceiling: the rate of reading, and of writing.
#include "Columns.cuh"
#include "Sequences.cuh"

template <class T, int W> DEVICE void forward(const T* x, const i32* offsets, T* y, i32 columns) {
    const i32 sequence = (i32)blockY(), start = offsets[sequence], end = offsets[sequence + 1];
    float sums[W];
    sumTerms({start, end}, columns, sums, [=](i32 row, i32 column, float (&sum)[W]) { addFrom(x + (i64)row * columns + column, sum); });
    addWarps(sums, columns, [=](i32 column, float sum) {
        y[(i64)sequence * columns + column] = fromFloat<T>(end > start ? sum / (float)(end - start) : 0);
    });
}

template <class T, int W>
DEVICE void backward(const T* dy, const i32* offsets, i32 sequences, i32 accumulate, T* dx, i32 rows, i32 columns) {
    forRows<W>(rows, columns, [=](i32 row, i32 column) {
        const i32 sequence = sequenceOfRow(offsets, sequences, row);
        const float share = reciprocal((float)(offsets[sequence + 1] - offsets[sequence]));
        float values[W];
        load(dy + (i64)sequence * columns + column, values);
#pragma unroll
        for (int k = 0; k < W; k++) values[k] *= share;
        storeOrAdd(dx + (i64)row * columns + column, accumulate, values);
    });
}

#define MEAN_POOLING(suffix, T, W)                                                                                                  \
    KERNEL(256) mean_pooling_forward_##suffix(const T* x, const i32* offsets, T* y, i32 columns) {                                  \
        forward<T, W>(x, offsets, y, columns);                                                                                      \
    }                                                                                                                               \
    KERNEL(256) mean_pooling_backward_##suffix(const T* dy, const i32* offsets, i32 sequences, i32 accumulate, T* dx, i32 rows,     \
                                               i32 columns) {                                                                       \
        backward<T, W>(dy, offsets, sequences, accumulate, dx, rows, columns);                                                      \
    }

COLUMN_VARIANTS(MEAN_POOLING)
