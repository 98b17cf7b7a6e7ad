// Reads structures that the host writes into device memory, member by member. Each kernel reads the second of two: their size counts too.
#include "../Kernels/FlatUpdate/FlatUpdate.cuh"
#include "../Random/CounterRandom.cuh"

KERNEL(1) read_step_scalars(const StepScalars* pair, double* members) {
    const StepScalars& step = pair[1];
    members[0] = step.learningRate;
    members[1] = step.normBound;
    members[2] = step.weightDecayFactor;
    members[3] = step.sumOfSquares;
    members[4] = step.gradientNorm;
    members[5] = step.gradientScale;
    members[6] = (double)step.isFinite;
    members[7] = (double)step.updateCount;
    members[8] = (double)step.skippedCount;
}

KERNEL(1) read_step_draws(const StepDraws* pair, double* members) {
    const StepDraws& draws = pair[1];
    members[0] = (double)draws.seed;
    members[1] = (double)draws.position;
    members[2] = (double)draws.firstSample;
    members[3] = (double)draws.sampleStride;
}

KERNEL(1) read_update_piece(const UpdatePiece* pair, double* members) {
    const UpdatePiece& piece = pair[1];
    members[0] = (double)piece.first;
    members[1] = piece.rateFactor;
    members[2] = piece.count;
    members[3] = piece.weightDecay;
}
