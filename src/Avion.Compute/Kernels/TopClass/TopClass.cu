// Whether the first class of each row is the wanted one; TermSum.cu makes the share of it. One warp takes a row.
// Traffic: 1 element and 4 bytes a number; ceiling: the rate of reading memory.
#include "Reduction.cuh"

constexpr int WarpsOfBlock = 8;

// The column of the largest number, of equals the first, for every lane.
template <class T> DEVICE i32 firstOfLargest(const T* row, i32 columns) {
    float largest = -__builtin_inff();
    i32 first = 0x7FFFFFFF;
    for (i32 column = (i32)laneOf(); column < columns; column += WarpSize) {
        const float value = toFloat(row[column]);
        if (value > largest || first == 0x7FFFFFFF) largest = value, first = column;
    }
#pragma unroll
    for (int mask = WarpSize / 2; mask > 0; mask /= 2) {
        const float otherLargest = shuffleXor(largest, mask);
        const i32 otherFirst = shuffleXor(first, mask);
        if (otherLargest > largest || (otherLargest == largest && otherFirst < first)) largest = otherLargest, first = otherFirst;
    }
    return first;
}

template <class T> DEVICE void hits(const T* logits, const float* target, float* hits, i32 rows, i32 columns) {
    const i32 row = (i32)(blockX() * WarpsOfBlock + warpOf());
    if (row >= rows) return;
    const i64 start = (i64)row * columns;
    const bool hit = columns > 0 && firstOfLargest(logits + start, columns) == firstOfLargest(target + start, columns);
    if (laneOf() == 0) hits[row] = hit ? 1 : 0;
}

KERNEL(256) top_class_f32(const float* logits, const float* target, float* rowHits, i32 rows, i32 columns) {
    hits(logits, target, rowHits, rows, columns);
}

KERNEL(256) top_class_bf16(const bf16* logits, const float* target, float* rowHits, i32 rows, i32 columns) {
    hits(logits, target, rowHits, rows, columns);
}
