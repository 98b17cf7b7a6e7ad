// The numbers of CounterRandom.cs, bit by bit: Philox 4x32 with 10 rounds (Salmon, Moraes, Dror, Shaw 2011).
#pragma once
#include "../Cuda/Kernel.cuh"

// What keys a step's draws, as it lies in device memory (StepDraws.cs).
struct StepDraws {
    u64 seed, position;
    i64 firstSample, sampleStride;
};

// Four numbers at once: a block of a stream.
struct RandomBlock {
    u32 r0, r1, r2, r3;

    // Number i of the four, i a variable: an array would lie in local memory.
    __device__ u32 number(u32 i) const { return i == 0 ? r0 : i == 1 ? r1 : i == 2 ? r2 : r3; }
};

DEVICE RandomBlock randomBlock(u64 seed, u64 stream, u64 block) {
    u32 c0 = (u32)block, c1 = (u32)(block >> 32), c2 = (u32)stream, c3 = (u32)(stream >> 32), k0 = (u32)seed, k1 = (u32)(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        const u64 p0 = (u64)0xD2511F53u * c0, p1 = (u64)0xCD9E8D57u * c2;
        c0 = (u32)(p1 >> 32) ^ c1 ^ k0;
        c2 = (u32)(p0 >> 32) ^ c3 ^ k1;
        c1 = (u32)p1;
        c3 = (u32)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return {c0, c1, c2, c3};
}

// Spreads the bits of a number (SplitMix64's finalizer).
DEVICE u64 mixBits(u64 value) {
    value += 0x9E3779B97F4A7C15ull;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBull;
    return value ^ (value >> 31);
}

// The upper 24 bits as a number in [0, 1).
DEVICE float uniform(u32 number) { return (float)(number >> 8) * (1.0f / (1 << 24)); }
