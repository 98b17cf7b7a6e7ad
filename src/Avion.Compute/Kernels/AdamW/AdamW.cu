// One step of AdamW. Traffic: 28 bytes a number (reads p, g, m, v, writes p, m, v); ceiling: the rate of a copy.
#include "../FlatUpdate/FlatUpdate.cuh"

// All scalars of an update, in double precision where rounding would build up.
struct Factors {
    float scale, keep, rate, inverseRootCorrection2;
};

KERNEL(256) adamw_f32(const UpdatePiece* pieces, const StepScalars* step, float* values, const float* gradients, float* first, float* second,
                      double beta1, double beta2, double epsilon) {
    const float b1 = (float)beta1, b2 = (float)beta2, rest1 = (float)(1 - beta1), rest2 = (float)(1 - beta2), small = (float)epsilon;
    const auto factorsOf = [=](float rate, float decay) {
        return Factors{(float)step->gradientScale, (float)(1 - (double)rate * decay), (float)(rate / (1 - power(beta1, step->updateCount))),
                       (float)(1 / __nvvm_sqrt_rn_d(1 - power(beta2, step->updateCount)))};
    };
    updatePiece(pieces, step, isPackAligned(values, gradients, first, second), factorsOf, [=](const Factors& factors, i64 i, auto width) {
        float p[width.value], g[width.value], m[width.value], v[width.value];
        load(values + i, p);
        load(gradients + i, g);
        load(first + i, m);
        load(second + i, v);
#pragma unroll
        for (int k = 0; k < width.value; k++) {
            const float gradient = g[k] * factors.scale;
            m[k] = fma(b1, m[k], rest1 * gradient);
            v[k] = fma(b2, v[k], rest2 * gradient * gradient);
            const float root = fma(squareRoot(v[k]), factors.inverseRootCorrection2, small);
            p[k] = p[k] * factors.keep - factors.rate * m[k] / root;
        }
        store(values + i, p);
        store(first + i, m);
        store(second + i, v);
    });
}
