// Sums and the like over the threads of a block, in an order that the number of threads alone decides.
#pragma once
#include "Kernel.cuh"

DEVICE i32 shuffleXor(i32 x, int mask) { return (i32)asBits(shuffleXor(asFloat((u32)x), mask)); }

// The sum over the four lanes that share a row of a product on tensor cores.
DEVICE float rowSum(float x) {
    x += shuffleXor(x, 1);
    return x + shuffleXor(x, 2);
}

// What combine makes of all threads' numbers, for every thread: lanes first, then warps.
template <int Warps, class Combine> DEVICE float blockReduce(float x, Combine combine) {
    __shared__ float shared[Warps];
#pragma unroll
    for (int mask = WarpSize / 2; mask > 0; mask /= 2) x = combine(x, shuffleXor(x, mask));
    // What an earlier call left there may still be read.
    blockBarrier();
    if (laneOf() == 0) shared[warpOf()] = x;
    blockBarrier();
    x = shared[0];
#pragma unroll
    for (int warp = 1; warp < Warps; warp++) x = combine(x, shared[warp]);
    return x;
}

template <int Warps> DEVICE float blockSum(float x) {
    return blockReduce<Warps>(x, [](float a, float b) { return a + b; });
}

// The sum over a block's threads, for thread 0. A power of two of threads; once a kernel.
template <int Threads> DEVICE double blockSumOfDoubles(double x) {
    __shared__ double shared[Threads];
    shared[threadX()] = x;
    blockBarrier();
    for (u32 half = Threads / 2; half > 0; half /= 2) {
        if (threadX() < half) shared[threadX()] += shared[threadX() + half];
        blockBarrier();
    }
    return shared[0];
}

// A thread's share of a sum over elements: body(i, Width<W>, sum) adds W elements to a float32 sum, of which each takes up to 16.
template <class T, int Threads, class Body> DEVICE double sumOfElements(i64 count, bool aligned, Body body) {
    constexpr int W = PackWidth<T>, PacksOfSum = 16 / W;
    const i64 stride = (i64)gridX() * Threads, first = (i64)blockX() * Threads + threadX(), packs = aligned ? count / W : 0;
    double total = 0;
    for (i64 p = first; p < packs; p += stride * PacksOfSum) {
        float sum = 0;
#pragma unroll
        for (int i = 0; i < PacksOfSum; i++) {
            const i64 pack = p + i * stride;
            if (pack < packs) body(pack * W, Width<W>(), sum);
        }
        total += sum;
    }
    for (i64 i = packs * W + first; i < count; i += stride) {
        float sum = 0;
        body(i, Width<1>(), sum);
        total += sum;
    }
    return total;
}
