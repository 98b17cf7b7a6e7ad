// One step of Lion. Traffic: 20 bytes a number (reads p, g, m, writes p, m); ceiling: the rate of a copy.
#include "../FlatUpdate/FlatUpdate.cuh"

struct Factors {
    float scale, keep, rate;
};

KERNEL(256) lion_f32(const UpdatePiece* pieces, const StepScalars* step, float* values, const float* gradients, float* momentum, double beta1,
                     double beta2) {
    const float b1 = (float)beta1, b2 = (float)beta2, rest1 = (float)(1 - beta1), rest2 = (float)(1 - beta2);
    const auto factorsOf = [=](float rate, float decay) {
        return Factors{(float)step->gradientScale, (float)(1 - (double)rate * decay), rate};
    };
    updatePiece(pieces, step, isPackAligned(values, gradients, momentum), factorsOf, [=](const Factors& factors, i64 i, auto width) {
        float p[width.value], g[width.value], m[width.value];
        load(values + i, p);
        load(gradients + i, g);
        load(momentum + i, m);
#pragma unroll
        for (int k = 0; k < width.value; k++) {
            const float gradient = g[k] * factors.scale, direction = fma(b1, m[k], rest1 * gradient);
            const float sign = direction > 0 ? 1.0f : direction < 0 ? -1.0f : 0.0f;
            p[k] = p[k] * factors.keep - factors.rate * sign;
            m[k] = fma(b2, m[k], rest2 * gradient);
        }
        store(values + i, p);
        store(momentum + i, m);
    });
}
