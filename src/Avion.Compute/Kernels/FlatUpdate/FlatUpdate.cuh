// What optimizers share: the scalars of a step as they lie in device memory (StepScalars.cs), and powers of whole numbers.
#pragma once
#include "Kernel.cuh"

struct StepScalars {
    double learningRate, normBound, weightDecayFactor, sumOfSquares, gradientNorm, gradientScale;
    i64 isFinite, updateCount, skippedCount;
};

DEVICE double power(double base, i64 exponent) {
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 != 0) result *= base;
        base *= base;
    }
    return result;
}
