// Rows picked by number, and rows added at numbers. One warp takes a row. Traffic: gather 2 elements a number (3 where it adds), adding 3,
// and 8 bytes for each row of the table; ceiling: the rate of a copy. A row number outside the table traps: the host cannot look at it.
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

// Notes for each number of the table how often it occurs, and rowCount minus the place where it does first, so that 0 says never. Atomic
// operations on whole numbers: the result does not depend on their order.
KERNEL(256) note_rows_f32(const i32* rows, u32* firsts, u32* counts, i32 rowCount, i32 tableRows) {
    const i32 r = (i32)(blockX() * 256 + threadX());
    if (r >= rowCount) return;
    const i32 row = rowNumber(rows, r, tableRows);
    asm volatile("red.max.u32 [%0], %1;" ::"l"(firsts + row), "r"(rowCount - r) : "memory");
    asm volatile("red.add.u32 [%0], %1;" ::"l"(counts + row), "r"(1) : "memory");
}

// Adds rows to one of the table's, W columns a lane: that of place r, and those behind it with the same number, count in all.
template <int W, class T, class U>
DEVICE void addRows(const T* dy, const i32* rows, U* target, i32 r, i32 row, i32 count, i32 rowCount, i32 columns) {
    constexpr i32 Chunk = WarpSize * W;
    const i32 lane = (i32)laneOf();
    for (i32 start = (i32)blockY() * Chunk; start < columns; start += (i32)gridY() * Chunk) {
        const i32 column = start + lane * W;
        const bool inside = column < columns;
        float sums[W] = {};
        i32 left = count;
        for (i32 first = r; left > 0; first += WarpSize) {
            u32 same = lanesWhere(first + lane < rowCount && rows[first + lane] == row);
            left -= __builtin_popcount(same);
            for (; same != 0; same &= same - 1) {
                const i32 place = first + __builtin_ctz(same);
                float values[W];
                if (!inside) continue;
                load(dy + (i64)place * columns + column, values);
#pragma unroll
                for (int k = 0; k < W; k++) sums[k] += values[k];
            }
        }
        if (!inside) continue;
        float old[W];
        load(target + column, old);
#pragma unroll
        for (int k = 0; k < W; k++) sums[k] += old[k];
        store(target + column, sums);
    }
}

// dx[rows[r]] += dy[r], in the order of r whatever the device: the warp of a number's first occurrence adds all its rows. A number that
// occurs once is not searched for; one that occurs often keeps one warp for each 512 bytes of a row busy, from its first to its last place.
template <class T, class U>
DEVICE void scatterAdd(const T* dy, const i32* rows, const u32* firsts, const u32* counts, U* dx, i32 rowCount, i32 columns) {
    const i32 r = (i32)(blockX() * WarpsOfBlock + warpOf());
    if (r >= rowCount) return;
    const i32 row = rows[r];
    if (firsts[row] != (u32)(rowCount - r)) return;
    U* target = dx + (i64)row * columns;
    if (isPackAligned(dy, dx) && columns % PackWidth<T> == 0)
        addRows<PackWidth<T>>(dy, rows, target, r, row, (i32)counts[row], rowCount, columns);
    else
        addRows<1>(dy, rows, target, r, row, (i32)counts[row], rowCount, columns);
}

#define ROWS(suffix, T)                                                                                                        \
    KERNEL(256) gather_rows_##suffix(const T* x, const i32* rows, i32 accumulate, T* y, i32 rowCount, i32 tableRows,           \
                                     i32 columns) {                                                                            \
        gather(x, rows, accumulate, y, rowCount, tableRows, columns);                                                          \
    }                                                                                                                          \
    KERNEL(256) scatter_add_rows_##suffix(const T* dy, const i32* rows, const u32* firsts, const u32* counts, T* dx,           \
                                          i32 rowCount, i32 columns) {                                                         \
        scatterAdd(dy, rows, firsts, counts, dx, rowCount, columns);                                                           \
    }

ROWS(f32, float)
ROWS(bf16, bf16)
KERNEL(256) scatter_add_rows_to_float_bf16(const bf16* dy, const i32* rows, const u32* firsts, const u32* counts, float* dx,
                                           i32 rowCount, i32 columns) {
    scatterAdd(dy, rows, firsts, counts, dx, rowCount, columns);
}
