// Visible tokens at their places and the mask token elsewhere; backward moves the gradients back and sums the mask token's.
// Traffic: forward 2 elements a number, backward 2; ceiling: the rate of a copy. A source that is no visible row traps: the host cannot
// look at it.
#include "Columns.cuh"

template <class T, int W>
DEVICE void forward(const T* visible, const T* mask, const i32* sources, T* y, i32 rows, i32 columns, i32 visibleRows) {
    forRows<W>(rows, columns, [=](i32 row, i32 column) {
        const i32 source = sources[row];
        if (source < -1 || source >= visibleRows) asm volatile("trap;");
        float values[W];
        load((source < 0 ? mask : visible + (i64)source * columns) + column, values);
        store(y + (i64)row * columns + column, values);
    });
}

// dvisible[sources[m]] = dy[m], or += dy[m]; each row has one place at most.
template <class T, int W>
DEVICE void backwardVisible(const T* dy, const i32* sources, i32 accumulate, T* dvisible, i32 rows, i32 columns) {
    forRows<W>(rows, columns, [=](i32 row, i32 column) {
        const i32 source = sources[row];
        if (source < 0) return;
        float values[W];
        load(dy + (i64)row * columns + column, values);
        storeOrAdd(dvisible + (i64)source * columns + column, accumulate, values);
    });
}

// parts[block] = the sums of those of the block's rows that the mask token fills.
template <class T, int W> DEVICE void sumMasked(const T* dy, const i32* sources, float* parts, i32 rows, i32 columns) {
    float sums[W];
    sumTerms(rowsOfBlock(rows), columns, sums, [=](i32 row, i32 column, float (&sum)[W]) {
        if (sources[row] < 0) addFrom(dy + (i64)row * columns + column, sum);
    });
    addWarps(sums, columns, [=](i32 column, float sum) { parts[(i64)blockY() * columns + column] = sum; });
}

#define MASK_TOKENS(suffix, T, W)                                                                                                    \
    KERNEL(256) mask_tokens_forward_##suffix(const T* visible, const T* mask, const i32* sources, T* y, i32 rows, i32 columns,       \
                                             i32 visibleRows) {                                                                      \
        forward<T, W>(visible, mask, sources, y, rows, columns, visibleRows);                                                        \
    }                                                                                                                                \
    KERNEL(256) mask_tokens_visible_##suffix(const T* dy, const i32* sources, i32 accumulate, T* dvisible, i32 rows, i32 columns) {  \
        backwardVisible<T, W>(dy, sources, accumulate, dvisible, rows, columns);                                                     \
    }                                                                                                                                \
    KERNEL(256) mask_tokens_sum_##suffix(const T* dy, const i32* sources, float* parts, i32 rows, i32 columns) {                     \
        sumMasked<T, W>(dy, sources, parts, rows, columns);                                                                          \
    }

COLUMN_VARIANTS(MASK_TOKENS)
