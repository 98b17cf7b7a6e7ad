// Kernels with one bug each, and what is right beside it: the simulator must find the first and pass the second.
#include "Kernel.cuh"

extern __shared__ float dynamicShared[];

KERNEL(64) read_past_the_end(const float* x, float* y) { y[threadX()] = x[threadX() + 1]; }

KERNEL(64) read_unaligned(const float* x, float* y) {
    float pack[4];
    load(x + 1 + 4 * threadX(), pack);
    store(y + 4 * threadX(), pack);
}

KERNEL(64) write_half(float* y) {
    if (threadX() % 2 == 0) y[threadX()] = 1;
}

// Each thread takes what its neighbour of the other warp wrote.
template <bool Waits> DEVICE void exchange(const float* x, float* y) {
    __shared__ float place[64];
    place[threadX()] = x[threadX()];
    if (Waits) blockBarrier();
    y[threadX()] = place[threadX() ^ 32];
}

KERNEL(64) exchange_with_barrier(const float* x, float* y) { exchange<true>(x, y); }
KERNEL(64) exchange_without_barrier(const float* x, float* y) { exchange<false>(x, y); }

// The same within a warp, where the warp's own barrier is enough.
template <bool Waits> DEVICE void exchangeInWarp(const float* x, float* y) {
    __shared__ volatile float place[64];
    place[threadX()] = x[threadX()];
    if (Waits) warpBarrier();
    y[threadX()] = place[threadX() ^ 1];
}

KERNEL(64) exchange_with_warp_barrier(const float* x, float* y) { exchangeInWarp<true>(x, y); }
KERNEL(64) exchange_without_warp_barrier(const float* x, float* y) { exchangeInWarp<false>(x, y); }

// A place is used again before all have read it: the barrier behind the reads is missing.
template <bool Waits> DEVICE void reuse(const float* x, float* y) {
    __shared__ float place[64];
    float sum = 0;
    for (int round = 0; round < 3; round++) {
        place[threadX()] = x[threadX()] + round;
        blockBarrier();
        sum += place[63 - threadX()];
        if (Waits) blockBarrier();
    }
    y[threadX()] = sum;
}

KERNEL(64) reuse_with_barrier(const float* x, float* y) { reuse<true>(x, y); }
KERNEL(64) reuse_without_barrier(const float* x, float* y) { reuse<false>(x, y); }

KERNEL(64) all_write_one_place(float* y) {
    __shared__ volatile float place[1];
    place[0] = threadX();
    blockBarrier();
    y[threadX()] = place[0];
}

KERNEL(64) read_unwritten_shared(float* y) {
    __shared__ volatile float place[64];
    if (threadX() != 5) place[threadX()] = 1;
    blockBarrier();
    y[threadX()] = place[threadX()];
}

KERNEL(64) write_past_shared(const float* x, float* y) {
    dynamicShared[threadX() + 1] = x[threadX()];
    blockBarrier();
    y[threadX()] = dynamicShared[threadX() + 1];
}

KERNEL(64) barrier_of_some(const float* x, float* y) {
    if (x[threadX()] > 0) {
        asm volatile("bar.sync 0;" ::: "memory");
        y[threadX()] = 1;
    } else {
        y[threadX()] = 2;
    }
}

KERNEL(64) shuffle_of_some(const float* x, float* y) {
    float value = x[threadX()];
    if (value > 0) value = shuffleXor(value, 1);
    y[threadX()] = value;
}

KERNEL(64) shuffle_after_some_left(const float* x, float* y) {
    float value = x[threadX()];
    if (value <= 0) return;
    y[threadX()] = shuffleXor(value, 1);
}

// Tiles by asynchronous copies: Waits tells whether the copies are waited for, Barrier whether the other threads' are.
template <bool Waits, bool Barrier> DEVICE void copyTile(const float* x, float* y) {
    alignas(16) __shared__ float tile[256];
    copyAsync16(sharedAddress(tile + 4 * threadX()), x + 4 * threadX(), true);
    commitCopies();
    if (Waits) waitForCopies<0>();
    if (Barrier) blockBarrier();
    for (int i = 0; i < 4; i++) y[64 * i + threadX()] = tile[64 * i + threadX()];
    if (!Waits) waitForCopies<0>();
}

KERNEL(64) copy_tile(const float* x, float* y) { copyTile<true, true>(x, y); }
KERNEL(64) copy_tile_not_waited_for(const float* x, float* y) { copyTile<false, true>(x, y); }
KERNEL(64) copy_tile_without_barrier(const float* x, float* y) { copyTile<true, false>(x, y); }

KERNEL(64) copy_never_waited_for(const float* x) {
    alignas(16) __shared__ float tile[256];
    copyAsync16(sharedAddress(tile + 4 * threadX()), x + 4 * threadX(), true);
    commitCopies();
}

// A 32 x 32 tile is transposed through shared memory whose rows lie Stride numbers apart.
template <int Stride> DEVICE void transpose(const float* x, float* y) {
    __shared__ float tile[32 * Stride];
    const u32 lane = laneOf(), warp = warpOf();
    for (u32 row = warp; row < 32; row += 2) tile[row * Stride + lane] = x[row * 32 + lane];
    blockBarrier();
    for (u32 row = warp; row < 32; row += 2) y[row * 32 + lane] = tile[lane * Stride + row];
}

KERNEL(64) transpose_in_conflict(const float* x, float* y) { transpose<32>(x, y); }
KERNEL(64) transpose_padded(const float* x, float* y) { transpose<33>(x, y); }

KERNEL(64) read_by_columns(const float* x, float* y) { y[threadX()] = x[threadX() * 16]; }

// Lanes go round for different times, meet again, and add up what they have: whole numbers, so that the sum is exact.
KERNEL(64) loops_of_different_length(const u32* start, u32* steps) {
    u32 value = start[threadX()], count = 0;
    while (value != 1) {
        value = value % 2 == 0 ? value / 2 : 3 * value + 1;
        count++;
    }
    float sum = warpSum((float)count);
    steps[threadX()] = count;
    if (laneOf() == 0) steps[64 + warpOf()] = (u32)sum;
}

KERNEL(64) count_by_atomics(u32* counts, float* sums) {
    asm volatile("red.global.add.u32 [%0], 1;" ::"l"(counts + threadX() % 4) : "memory");
    asm volatile("red.global.add.f32 [%0], %1;" ::"l"(sums + threadX() % 4), "f"(0.5f) : "memory");
}

// y = a b: a 16 x 64 by rows, b 64 x 8 by columns, of bfloat16, one warp. The tile of a is swizzled so that no two of eight rows that are
// read together share a bank, and read by ldmatrix.
KERNEL(32) multiply_tile(const bf16* a, const bf16* b, float* y) {
    alignas(16) __shared__ bf16 left[16 * 64], right[8 * 64];
    const u32 lane = laneOf(), leftAt = sharedAddress(left), rightAt = sharedAddress(right);
    for (u32 chunk = lane; chunk < 16 * 8; chunk += 32)
        copyAsync16(leftAt + 128 * (chunk / 8) + 16 * ((chunk % 8) ^ (chunk / 8 % 8)), a + 8 * chunk, true);
    for (u32 chunk = lane; chunk < 8 * 8; chunk += 32)
        copyAsync16(rightAt + 128 * (chunk / 8) + 16 * ((chunk % 8) ^ (chunk / 8 % 8)), b + 8 * chunk, true);
    commitCopies();
    waitForCopies<0>();
    warpBarrier();
    float sum[4] = {0, 0, 0, 0};
#pragma unroll
    for (u32 k = 0; k < 4; k += 2) {
        u32 columns[4];
        loadMatrices(columns, rightAt + 128 * (lane % 8) + 16 * ((2 * k + lane / 8) ^ (lane % 8)));
#pragma unroll
        for (u32 half = 0; half < 2; half++) {
            u32 rows[4];
            loadMatrices(rows, leftAt + 128 * (lane % 16) + 16 * ((2 * (k + half) + lane / 16) ^ (lane % 8)));
            multiplyAdd(sum, rows, columns[2 * half], columns[2 * half + 1]);
        }
    }
    const u32 row = lane / 4, column = 2 * (lane % 4);
    y[8 * row + column] = sum[0], y[8 * row + column + 1] = sum[1];
    y[8 * (row + 8) + column] = sum[2], y[8 * (row + 8) + column + 1] = sum[3];
}
