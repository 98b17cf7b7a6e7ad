// Relevancies of a batch's pairs, a thread each: y[t, v] = levels[codes[row of v, column of t]]. Traffic: a sector of codes a number, for
// their columns lie anywhere; ceiling: the rate of such reads. A pair outside the matrix traps: the host cannot look at it.
#include "Kernel.cuh"

KERNEL(256) pair_relevancy_f32(const u8* codes, const float* levels, const i32* pairs, float* y, i32 count, i32 rows, i32 columns) {
    const i64 place = (i64)blockX() * blockSize() + threadX();
    if (place >= (i64)count * count) return;
    const i32 text = (i32)(place / count), clip = (i32)(place % count), row = pairs[2 * clip], column = pairs[2 * text + 1];
    if ((u32)row >= (u32)rows || column < -1 || column >= columns) asm volatile("trap;");
    y[place] = column >= 0 ? levels[codes[(i64)row * columns + column]] : text == clip ? 1.0f : 0.0f;
}
