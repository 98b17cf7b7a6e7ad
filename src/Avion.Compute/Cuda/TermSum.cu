// The last step of losses: the sum of terms, by one block, in double precision and in an order that the number of terms alone decides.
#include "Reduction.cuh"

constexpr int Threads = 256;

// result = factor * multiplier * sum of terms, or result += that. The multiplier, where there is one, is a scalar in device memory.
template <class T>
DEVICE void termSum(const T* terms, i64 count, double factor, const float* multiplier, i32 accumulate, float* result) {
    double sum = 0;
    for (i64 i = threadX(); i < count; i += Threads) sum += terms[i];
    sum = blockSumOfDoubles<Threads>(sum);
    if (threadX() != 0) return;
    sum *= multiplier ? factor * *multiplier : factor;
    *result = (float)(accumulate ? *result + sum : sum);
}

KERNEL(256) term_sum_f32(const float* terms, i64 count, double factor, const float* multiplier, i32 accumulate, float* result) {
    termSum(terms, count, factor, multiplier, accumulate, result);
}

KERNEL(256) term_sum_of_double_f32(const double* terms, i64 count, double factor, const float* multiplier, i32 accumulate, float* result) {
    termSum(terms, count, factor, multiplier, accumulate, result);
}
