// Rows picked by number, and rows added at numbers. One warp takes a row. Traffic: gather 2 elements a number (3 where it adds);
// ceiling: the rate of a copy. A row number outside the table traps: the host cannot look at it.
#include "Kernel.cuh"

constexpr int WarpsOfBlock = 8;

DEVICE i32 rowNumber(const i32* rows, i32 place, i32 tableRows) {
    const i32 row = rows[place];
    if ((u32)row >= (u32)tableRows) asm volatile("trap;");
    return row;
}

// y[r] = x[rows[r]], or y[r] += x[rows[r]].
template <class T> DEVICE void gather(const T* x, const i32* rows, i32 accumulate, T* y, i32 rowCount, i32 tableRows, i32 columns) {
    constexpr int W = PackWidth<T>;
    const i32 r = (i32)(blockX() * WarpsOfBlock + warpOf());
    if (r >= rowCount) return;
    const T* source = x + (i64)rowNumber(rows, r, tableRows) * columns;
    T* target = y + (i64)r * columns;
    const i32 packs = isPackAligned(x, y) && columns % W == 0 ? columns / W : 0;
    for (i32 pack = (i32)laneOf(); pack < packs; pack += WarpSize) {
        float values[W], old[W];
        load(source + pack * W, values);
        if (accumulate) {
            load(target + pack * W, old);
#pragma unroll
            for (int k = 0; k < W; k++) values[k] += old[k];
        }
        store(target + pack * W, values);
    }
    for (i32 d = packs * W + (i32)laneOf(); d < columns; d += WarpSize)
        target[d] = accumulate ? fromFloat<T>(toFloat(target[d]) + toFloat(source[d])) : source[d];
}

// dx[rows[r]] += dy[r], in the order of r whatever the device: the warp of a number's first occurrence adds all its rows. Each warp reads
// the numbers before its own, and the first ones all behind it: R^2 / 2 numbers from the cache, 0.1 ms for the 8,192 tokens of a batch.
template <class T, class U> DEVICE void scatterAdd(const T* dy, const i32* rows, U* dx, i32 rowCount, i32 tableRows, i32 columns) {
    const i32 r = (i32)(blockX() * WarpsOfBlock + warpOf()), lane = (i32)laneOf();
    if (r >= rowCount) return;
    const i32 row = rowNumber(rows, r, tableRows);
    for (i32 first = 0; first < r; first += WarpSize) {
        const bool same = first + lane < r && rows[first + lane] == row;
        if (anyLane(same)) return;
    }
    for (i32 start = 0; start < columns; start += WarpSize) {
        const i32 column = start + lane;
        float sum = 0;
        for (i32 first = r; first < rowCount; first += WarpSize) {
            u32 same = lanesWhere(first + lane < rowCount && rows[first + lane] == row);
            for (; same != 0; same &= same - 1) {
                const i32 place = first + __builtin_ctz(same);
                if (column < columns) sum += toFloat(dy[(i64)place * columns + column]);
            }
        }
        if (column < columns) {
            U* target = dx + (i64)row * columns + column;
            *target = fromFloat<U>(toFloat(*target) + sum);
        }
    }
}

#define ROWS(suffix, T)                                                                                                        \
    KERNEL(256) gather_rows_##suffix(const T* x, const i32* rows, i32 accumulate, T* y, i32 rowCount, i32 tableRows,           \
                                     i32 columns) {                                                                            \
        gather(x, rows, accumulate, y, rowCount, tableRows, columns);                                                          \
    }                                                                                                                          \
    KERNEL(256) scatter_add_rows_##suffix(const T* dy, const i32* rows, T* dx, i32 rowCount, i32 tableRows, i32 columns) {     \
        scatterAdd(dy, rows, dx, rowCount, tableRows, columns);                                                                \
    }

ROWS(f32, float)
ROWS(bf16, bf16)
KERNEL(256) scatter_add_rows_to_float_bf16(const bf16* dy, const i32* rows, float* dx, i32 rowCount, i32 tableRows, i32 columns) {
    scatterAdd(dy, rows, dx, rowCount, tableRows, columns);
}
