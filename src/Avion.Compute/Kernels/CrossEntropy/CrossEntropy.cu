// Cross-entropy of predicted and wanted distributions. A block takes a row and reads it three times, after the first from the cache.
// Traffic: forward 1 element and 4 bytes a number, backward 2 elements (3 where it adds) and 4 bytes; ceiling: the rate of reading memory,
// which tables of classes are too small to reach. Sums over a row are float32, by threads, then lanes, then warps; TermSum.cu adds up rows.
#include "Logarithm.cuh"
#include "Reduction.cuh"

constexpr int Threads = 256, Warps = Threads / WarpSize;

// logSumExp of a row, and rowLosses = sum of target (logSumExp - logit).
template <class T> DEVICE void forward(const T* logits, const float* target, float* logSumExp, float* rowLosses, i32 columns) {
    logits += (i64)blockX() * columns, target += (i64)blockX() * columns;
    float largest = -__builtin_inff(), sum = 0, loss = 0;
    for (i32 c = (i32)threadX(); c < columns; c += Threads) largest = maximum(largest, toFloat(logits[c]));
    largest = blockReduce<Warps>(largest, [](float a, float b) { return maximum(a, b); });
    for (i32 c = (i32)threadX(); c < columns; c += Threads) sum += exponential(toFloat(logits[c]) - largest);
    const float logSum = largest + logarithm(blockSum<Warps>(sum));
    for (i32 c = (i32)threadX(); c < columns; c += Threads) loss = fma(target[c], logSum - toFloat(logits[c]), loss);
    loss = blockSum<Warps>(loss);
    if (threadX() == 0) logSumExp[blockX()] = logSum, rowLosses[blockX()] = loss;
}

// dlogits = dloss / rows (e^(logit - logSumExp) sum of targets - target), or dlogits += that.
template <class T>
DEVICE void backward(const float* dloss, const T* logits, const float* target, const float* logSumExp, i32 accumulate, T* dlogits,
                     i32 columns) {
    const i64 start = (i64)blockX() * columns;
    logits += start, target += start, dlogits += start;
    float mass = 0;
    for (i32 c = (i32)threadX(); c < columns; c += Threads) mass += target[c];
    mass = blockSum<Warps>(mass);
    const float factor = *dloss / (float)gridX(), logSum = logSumExp[blockX()];
    for (i32 c = (i32)threadX(); c < columns; c += Threads) {
        const float gradient = factor * fma(exponential(toFloat(logits[c]) - logSum), mass, -target[c]);
        dlogits[c] = fromFloat<T>(accumulate ? toFloat(dlogits[c]) + gradient : gradient);
    }
}

#define CROSS_ENTROPY(suffix, T)                                                                                             \
    KERNEL(256) cross_entropy_forward_##suffix(const T* logits, const float* target, float* logSumExp, float* rowLosses,     \
                                               i32 columns) {                                                                \
        forward(logits, target, logSumExp, rowLosses, columns);                                                              \
    }                                                                                                                        \
    KERNEL(256) cross_entropy_backward_##suffix(const float* dloss, const T* logits, const float* target,                    \
                                                const float* logSumExp, i32 accumulate, T* dlogits, i32 columns) {           \
        backward(dloss, logits, target, logSumExp, accumulate, dlogits, columns);                                            \
    }

CROSS_ENTROPY(f32, float)
CROSS_ENTROPY(bf16, bf16)
