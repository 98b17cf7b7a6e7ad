// What optimizers share: the scalars of a step as they lie in device memory (StepScalars.cs), the pieces of flat memory that are updated
// alike (UpdateTable.cs), and the walk over one. A block takes a piece; each number is met once, by packs of 16 bytes where memory is
// aligned.
#pragma once
#include "Kernel.cuh"

struct StepScalars {
    double learningRate, normBound, weightDecayFactor, sumOfSquares, gradientNorm, gradientScale;
    i64 isFinite, updateCount, skippedCount;
};

struct UpdatePiece {
    i64 first;
    double rateFactor;
    i32 count;
    float weightDecay;
};

DEVICE double power(double base, i64 exponent) {
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 != 0) result *= base;
        base *= base;
    }
    return result;
}

// Calls update(factors, i, Width<W>) for the numbers of the block's piece, unless the step is not finite. One thread computes the factors,
// by factorsOf(learning rate, weight decay), so that few multiply in double precision.
template <class FactorsOf, class Update>
DEVICE void updatePiece(const UpdatePiece* pieces, const StepScalars* step, bool aligned, FactorsOf factorsOf, Update update) {
    __shared__ decltype(factorsOf(0.0f, 0.0f)) shared;
    if (step->isFinite == 0) return;
    const UpdatePiece piece = pieces[blockX()];
    if (threadX() == 0)
        shared = factorsOf((float)(step->learningRate * piece.rateFactor), (float)(piece.weightDecay * step->weightDecayFactor));
    blockBarrier();
    const auto factors = shared;
    constexpr int W = PackWidth<float>;
    const i32 packs = aligned && piece.first % W == 0 ? piece.count / W : 0, thread = (i32)threadX(), threads = (i32)blockSize();
    for (i32 pack = thread; pack < packs; pack += threads) update(factors, piece.first + pack * W, Width<W>());
    for (i32 i = packs * W + thread; i < piece.count; i += threads) update(factors, piece.first + i, Width<1>());
}
