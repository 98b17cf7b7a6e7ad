// y[row] = x[row] + positions[place of the row in its sequence], and the table's gradient. The sequence of a row is searched for, so that
// the grid needs the number of tokens alone. Traffic: forward 3 elements a number, the table from the cache; backward one element.
// Ceiling: the rate of a copy.
#include "Columns.cuh"
#include "Sequences.cuh"

template <class T, int W>
DEVICE void forward(const T* x, const T* positions, const i32* offsets, i32 sequences, T* y, i32 rows, i32 columns) {
    forRows<W>(rows, columns, [=](i32 row, i32 column) {
        const i32 place = row - offsets[sequenceOfRow(offsets, sequences, row)];
        float values[W];
        load(x + (i64)row * columns + column, values);
        addFrom(positions + (i64)place * columns + column, values);
        store(y + (i64)row * columns + column, values);
    });
}

// Block y of the grid sums the tokens at place y of all sequences that are long enough: the warps take sequences in turn.
template <class T, int W> DEVICE void backward(const T* dy, const i32* offsets, i32 sequences, float* dpositions, i32 columns) {
    const i32 place = (i32)blockY();
    float sums[W];
    sumTerms({0, sequences}, columns, sums, [=](i32 sequence, i32 column, float (&sum)[W]) {
        const i32 row = offsets[sequence] + place;
        if (row < offsets[sequence + 1]) addFrom(dy + (i64)row * columns + column, sum);
    });
    addWarps(sums, columns, [=](i32 column, float sum) { dpositions[(i64)place * columns + column] += sum; });
}

#define POSITIONS(suffix, T, W)                                                                                                    \
    KERNEL(256) positions_forward_##suffix(const T* x, const T* positions, const i32* offsets, i32 sequences, T* y, i32 rows,      \
                                           i32 columns) {                                                                          \
        forward<T, W>(x, positions, offsets, sequences, y, rows, columns);                                                         \
    }                                                                                                                              \
    KERNEL(256) positions_backward_##suffix(const T* dy, const i32* offsets, i32 sequences, float* dpositions, i32 columns) {      \
        backward<T, W>(dy, offsets, sequences, dpositions, columns);                                                               \
    }

COLUMN_VARIANTS(POSITIONS)
