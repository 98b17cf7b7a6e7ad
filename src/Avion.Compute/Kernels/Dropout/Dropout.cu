// y = x k, k = 0 at random and 1 / (1 - rate) elsewhere, by elements or by sequences, with the processor's numbers.
// Traffic: 2 elements a number, 3 where it adds; ceiling: the rate of a copy, for a block of four numbers takes about 70 integer
// instructions. A lane of one column makes a block for each number.
#include "Columns.cuh"
#include "Sequences.cuh"
#include "../../Random/CounterRandom.cuh"

struct DropKey {
    u64 seed, stream;
    i64 firstRow, rowStride;
};

// The key as it is given, or from the step's draws, where the stream is that of a place in the model (DropKey.cs).
DEVICE DropKey readKey(const StepDraws* draws, u64 seed, u64 stream, i64 firstRow, i64 rowStride) {
    if (!draws) return {seed, stream, firstRow, rowStride};
    return {draws->seed, mixBits(mixBits(stream) + draws->position), draws->firstSample, draws->sampleStride};
}

template <class T, int W>
DEVICE void dropElements(DropKey key, const T* x, float rate, float kept, i32 accumulate, T* y, i32 rows, i32 columns) {
    forRows<W>(rows, columns, [=](i32 row, i32 column) {
        const i64 place = (i64)row * columns + column;
        const u64 number = (u64)((key.firstRow + row * key.rowStride) * columns + column);
        float values[W];
        load(x + place, values);
        if constexpr (W == 1) {
            const u32 drawn = randomBlock(key.seed, key.stream, number >> 2).number((u32)number & 3);
            values[0] = uniform(drawn) < rate ? 0 : values[0] * kept;
        } else {
            // Rows of whole packs begin with a block of numbers.
#pragma unroll
            for (int k = 0; k < W; k += 4) {
                const RandomBlock drawn = randomBlock(key.seed, key.stream, (number + k) >> 2);
                values[k] = uniform(drawn.r0) < rate ? 0 : values[k] * kept;
                values[k + 1] = uniform(drawn.r1) < rate ? 0 : values[k + 1] * kept;
                values[k + 2] = uniform(drawn.r2) < rate ? 0 : values[k + 2] * kept;
                values[k + 3] = uniform(drawn.r3) < rate ? 0 : values[k + 3] * kept;
            }
        }
        storeOrAdd(y + place, accumulate, values);
    });
}

template <class T, int W>
DEVICE void dropSequences(DropKey key, const T* x, const i32* offsets, i32 sequences, float rate, float kept, i32 accumulate, T* y,
                          i32 rows, i32 columns) {
    forRows<W>(rows, columns, [=](i32 row, i32 column) {
        const i64 place = (i64)row * columns + column;
        const u64 number = (u64)(key.firstRow + sequenceOfRow(offsets, sequences, row) * key.rowStride);
        const bool dropped = uniform(randomBlock(key.seed, key.stream, number >> 2).number((u32)number & 3)) < rate;
        float values[W];
        load(x + place, values);
#pragma unroll
        for (int k = 0; k < W; k++) values[k] = dropped ? 0 : values[k] * kept;
        storeOrAdd(y + place, accumulate, values);
    });
}

#define DROPOUT(suffix, T, W)                                                                                                           \
    KERNEL(256) drop_elements_##suffix(const StepDraws* draws, u64 seed, u64 stream, i64 firstRow, i64 rowStride, const T* x,           \
                                       float rate, float kept, i32 accumulate, T* y, i32 rows, i32 columns) {                           \
        dropElements<T, W>(readKey(draws, seed, stream, firstRow, rowStride), x, rate, kept, accumulate, y, rows, columns);             \
    }                                                                                                                                   \
    KERNEL(256) drop_sequences_##suffix(const StepDraws* draws, u64 seed, u64 stream, i64 firstRow, i64 rowStride, const T* x,          \
                                        const i32* offsets, i32 sequences, float rate, float kept, i32 accumulate, T* y, i32 rows,      \
                                        i32 columns) {                                                                                  \
        dropSequences<T, W>(readKey(draws, seed, stream, firstRow, rowStride), x, offsets, sequences, rate, kept, accumulate, y, rows,  \
                            columns);                                                                                                   \
    }

COLUMN_VARIANTS(DROPOUT)
