// One step of SGD with momentum. Traffic: 20 bytes a number (reads p, g, u, writes p, u); ceiling: the rate of a copy.
#include "../FlatUpdate/FlatUpdate.cuh"

struct Factors {
    float scale, decay, rate;
};

KERNEL(256) sgd_f32(const UpdatePiece* pieces, const StepScalars* step, float* values, const float* gradients, float* velocity,
                    double momentum) {
    const float keep = (float)momentum;
    const auto factorsOf = [=](float rate, float decay) { return Factors{(float)step->gradientScale, decay, rate}; };
    updatePiece(pieces, step, isPackAligned(values, gradients, velocity), factorsOf, [=](const Factors& factors, i64 i, auto width) {
        float p[width.value], g[width.value], u[width.value];
        load(values + i, p);
        load(gradients + i, g);
        load(velocity + i, u);
#pragma unroll
        for (int k = 0; k < width.value; k++) {
            u[k] = fma(keep, u[k], fma(factors.decay, p[k], g[k] * factors.scale));
            p[k] -= factors.rate * u[k];
        }
        store(values + i, p);
        store(velocity + i, u);
    });
}
