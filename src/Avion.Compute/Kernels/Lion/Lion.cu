// One step of Lion on a range of flat memory. Traffic: 20 bytes a number (reads p, g, m, writes p, m); ceiling: the rate of a copy.
#include "../FlatUpdate/FlatUpdate.cuh"

KERNEL(256) lion_f32(float* values, const float* gradients, float* momentum, i64 count, double rateFactor, float weightDecay, double beta1,
                     double beta2, const StepScalars* step) {
    if (step->isFinite == 0) return;
    const float rate = (float)(step->learningRate * rateFactor), decay = (float)(weightDecay * step->weightDecayFactor);
    const float keep = (float)(1 - (double)rate * decay), scale = (float)step->gradientScale;
    const float b1 = (float)beta1, b2 = (float)beta2, rest1 = (float)(1 - beta1), rest2 = (float)(1 - beta2);
    forElements<float>(count, isPackAligned(values, gradients, momentum), [=](i64 i, auto width) {
        float p[width.value], g[width.value], m[width.value];
        load(values + i, p);
        load(gradients + i, g);
        load(momentum + i, m);
#pragma unroll
        for (int k = 0; k < width.value; k++) {
            const float gradient = g[k] * scale, direction = fma(b1, m[k], rest1 * gradient);
            const float sign = direction > 0 ? 1.0f : direction < 0 ? -1.0f : 0.0f;
            p[k] = p[k] * keep - rate * sign;
            m[k] = fma(b2, m[k], rest2 * gradient);
        }
        store(values + i, p);
        store(momentum + i, m);
    });
}
