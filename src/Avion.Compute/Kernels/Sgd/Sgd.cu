// One step of SGD with momentum on a range of flat memory. Traffic: 20 bytes a number; ceiling: the rate of a copy.
#include "../FlatUpdate/FlatUpdate.cuh"

KERNEL(256) sgd_f32(float* values, const float* gradients, float* velocity, i64 count, double rateFactor, float weightDecay, double momentum,
                    const StepScalars* step) {
    if (step->isFinite == 0) return;
    const float rate = (float)(step->learningRate * rateFactor), decay = (float)(weightDecay * step->weightDecayFactor);
    const float scale = (float)step->gradientScale, keep = (float)momentum;
    forElements<float>(count, isPackAligned(values, gradients, velocity), [=](i64 i, auto width) {
        float p[width.value], g[width.value], u[width.value];
        load(values + i, p);
        load(gradients + i, g);
        load(velocity + i, u);
#pragma unroll
        for (int k = 0; k < width.value; k++) {
            u[k] = fma(keep, u[k], fma(decay, p[k], g[k] * scale));
            p[k] -= rate * u[k];
        }
        store(values + i, p);
        store(velocity + i, u);
    });
}
