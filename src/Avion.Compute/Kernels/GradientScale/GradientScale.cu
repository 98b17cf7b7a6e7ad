// What the norm of all gradients means for the update, by one thread.
#include "../FlatUpdate/FlatUpdate.cuh"

DEVICE bool isFinite(double x) { return x - x == 0; }

DEVICE void setScale(double loss, StepScalars* step) {
    const double norm = __nvvm_sqrt_rn_d(step->sumOfSquares), bound = step->normBound, limited = bound / (norm + 1e-6);
    const bool finite = isFinite(norm) && isFinite(loss);
    step->gradientNorm = norm;
    step->gradientScale = bound > 0 && limited < 1 ? limited : 1;
    step->isFinite = finite;
    step->updateCount += finite;
    step->skippedCount += !finite;
}

KERNEL(1) gradient_scale_f32(const float* loss, StepScalars* step) { setScale(loss ? (double)*loss : 0, step); }
KERNEL(1) gradient_scale_of_double_f32(const double* loss, StepScalars* step) { setScale(*loss, step); }
