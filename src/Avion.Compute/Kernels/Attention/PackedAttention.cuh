// What attention's forward and backward share: sequences, tiles of rows in shared memory, and scores of single keys.
#pragma once
#include "Kernel.cuh"

// A warp takes 16 rows of a tile. Kernels for any head size have blocks of four warps.
constexpr int RowsOfWarp = 16, Warps = 4;

// 2^x and log2 take less than e^x and ln; scores are scaled by log2(e) / sqrt(K) once.
constexpr float Ln2 = 0.693147181f;

DEVICE float log2Approximate(float x) { float y; asm("lg2.approx.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

struct Sequence {
    i32 start, length;
};

DEVICE Sequence sequenceOf(const i32* offsets, u32 number) {
    const i32 start = offsets[number];
    return {start, offsets[number + 1] - start};
}

// Copies rows of one head from row first of the sequence on; zeros behind its end.
template <int K, int Rows, int Threads> DEVICE void copyTile(u32 tile, const bf16* rows, i32 stride, i32 first, i32 length) {
    constexpr int Chunks = K / 8, Pitch = 2 * K + 16;
#pragma unroll
    for (int i = 0; i < (Rows * Chunks + Threads - 1) / Threads; i++) {
        const i32 chunk = (i32)threadX() + i * Threads, row = chunk / Chunks, part = chunk % Chunks;
        if (Rows * Chunks % Threads != 0 && chunk >= Rows * Chunks) break;
        const bool inside = first + row < length;
        copyAsync16(tile + row * Pitch + 16 * part, rows + (i64)(inside ? first + row : 0) * stride + 8 * part, inside);
    }
    commitCopies();
}

template <class T> DEVICE float score(const T* query, const T* key, i32 size) {
    float sum = 0;
    for (i32 d = 0; d < size; d++) sum = fma(toFloat(query[d]), toFloat(key[d]), sum);
    return sum;
}
