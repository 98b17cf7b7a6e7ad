// average += share (value - average). Traffic: 12 bytes a number; ceiling: the rate of a copy.
#include "../FlatUpdate/FlatUpdate.cuh"

KERNEL(256) moving_average_f32(const float* values, float* average, i64 count, float share, const StepScalars* step) {
    if (step->isFinite == 0) return;
    forElements<float>(count, isPackAligned(values, average), [=](i64 i, auto width) {
        float value[width.value], old[width.value];
        load(values + i, value);
        load(average + i, old);
#pragma unroll
        for (int k = 0; k < width.value; k++) old[k] = fma(share, value[k] - old[k], old[k]);
        store(average + i, old);
    });
}
