// The rows of the patches that a step keeps, drawn as the processor draws them: one thread takes a clip, for each draw depends on how
// many were kept before. Time: that of one clip's draws, about 50 microseconds for 784 patches; hardly any traffic.
#include "../../Random/CounterRandom.cuh"

// Numbers of a stream in their order (CounterRandom.cs).
struct RandomStream {
    u64 seed, stream, block;
    RandomBlock numbers;
    u32 taken;
};

DEVICE u32 nextNumber(RandomStream& random) {
    if (random.taken % 4 == 0) random.numbers = randomBlock(random.seed, random.stream, random.block++);
    return random.numbers.number(random.taken++ % 4);
}

// Uniform over 0 to range - 1, without bias (Lemire 2019).
DEVICE u32 nextBelow(RandomStream& random, u32 range) {
    u64 product = (u64)nextNumber(random) * range;
    if ((u32)product < range) {
        const u32 threshold = (0u - range) % range;
        while ((u32)product < threshold) product = (u64)nextNumber(random) * range;
    }
    return (u32)(product >> 32);
}

KERNEL(32) patch_dropout_f32(const StepDraws* draws, u64 purpose, i32 clips, i32 classTokens, i32 patches, i32 kept, i32* rows) {
    const i32 clip = (i32)(blockX() * 32 + threadX()), firstRow = clip * (classTokens + patches);
    if (clip >= clips) return;
    const u64 sample = (u64)(draws->firstSample + clip * draws->sampleStride);
    RandomStream random = {mixBits(draws->seed ^ mixBits(purpose)), mixBits(mixBits(purpose + draws->position) + sample), 0, {}, 0};
    i32* next = rows + (i64)clip * (classTokens + kept);
    for (i32 token = 0; token < classTokens; token++) *next++ = firstRow + token;
    i32 wanted = kept;
    for (i32 patch = 0; patch < patches && wanted > 0; patch++) {
        if ((i32)nextBelow(random, (u32)(patches - patch)) < wanted) {
            *next++ = firstRow + classTokens + patch;
            wanted--;
        }
    }
}
