// Packed sequences: sequence b holds rows offsets[b] to offsets[b + 1] - 1 (SequenceOffsets.cs).
#pragma once
#include "Kernel.cuh"

// The sequence that holds a row, of count sequences; some may be empty.
DEVICE i32 sequenceOfRow(const i32* offsets, i32 count, i32 row) {
    i32 low = 0, high = count;
    while (high - low > 1) {
        const i32 middle = (low + high) / 2;
        if (offsets[middle] <= row) low = middle;
        else high = middle;
    }
    return low;
}
