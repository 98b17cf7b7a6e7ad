// The scores s x[i].y[j] of b own rows x with n rows y, tile by tile in shared memory and registers, for losses over pairs; scores never
// lie in global memory.
//
// A block of 4 warps keeps 64 rows of one side, 16 a warp, and walks the other side 64 rows at a time. Both sides' columns pass through
// shared memory in slabs of 128 bytes a row, the next slab copied while this one is used; rows of a slab lie 16 bytes further apart than
// they are long, so that eight rows read together use all banks. A thread has the same scores for both types: those that tensor cores give
// it, of rows lane / 4 and 8 below and of columns 2 (lane % 4) and one to the right, in each of 8 blocks of 8 columns.
// bfloat16 uses mma.sync; gradients of scores are split into two bfloat16 each, so that their products with rows keep 16 bits. float32
// uses multiply-adds.
// Forward: keeps own rows and sees each row's scores in the order of j. Backward: gradients of the kept side are written 256 bytes a row at
// a time by blocks of their own, which compute the scores again: kept are own rows for dx and rows of y for dy. No atomics: the order of
// additions depends on b, n and E alone.
// Work: forward 2 b n E operations; a gradient 2 b n E, and 2 b n E for each 128 columns (float32: 64) of E. Traffic: the kept rows once,
// the walked ones once for each 64 kept rows, from the second-level cache. Ceiling: the tensor cores' rate for mma.sync, of which 64 rows a
// block use as many multiprocessors as there are blocks: a batch of 256 uses 4 forward and 8 backward, which a step does not notice.
#pragma once
#include "Reduction.cuh"

// A function of an object, for the losses.
#define MEMBER inline __device__ __attribute__((always_inline))

constexpr int Warps = 4, Threads = Warps * WarpSize, TileRows = 16 * Warps, Tiles = TileRows / 8;
constexpr int SlabBytes = 128, SlabPitch = SlabBytes + 16, OutputBytes = 256, OutputPitch = OutputBytes + 16;
// A stage holds a slab of each side, or the columns of walked rows that gradients are summed of.
constexpr int StageBytes = 2 * TileRows * SlabPitch;
static_assert(TileRows * OutputPitch <= StageBytes, "the columns of walked rows fit a stage");

template <class T> constexpr int SlabColumns = SlabBytes / (int)sizeof(T);
template <class T> constexpr int OutputColumns = OutputBytes / (int)sizeof(T);

// Two columns that a thread has side by side.
template <class T> struct alignas(2 * sizeof(T)) Pair {
    T left, right;
};

// One side's rows.
template <class T> struct Side {
    const T* rows;
    i32 count;
};

// Copies Bytes of 64 rows from a column on; zeros beyond the matrix.
template <int Bytes, class T> DEVICE void copyColumns(u8* tile, Side<T> side, i32 firstRow, i32 firstColumn, i32 columns, bool aligned) {
    constexpr int Pitch = Bytes + 16, Width = Bytes / (int)sizeof(T), Chunks = Bytes / 16;
    if (aligned) {
        const u32 target = sharedAddress(tile);
#pragma unroll 1
        for (int i = 0; i < TileRows * Chunks / Threads; i++) {
            const i32 chunk = (i32)threadX() + i * Threads, row = chunk / Chunks, column = chunk % Chunks * PackWidth<T>;
            const bool inside = firstRow + row < side.count && firstColumn + column < columns;
            const i64 place = inside ? (i64)(firstRow + row) * columns + firstColumn + column : 0;
            copyAsync16(target + row * Pitch + chunk % Chunks * 16, side.rows + place, inside);
        }
        return;
    }
#pragma unroll 1
    for (i32 place = (i32)threadX(); place < TileRows * Width; place += Threads) {
        const i32 row = place / Width, column = place % Width;
        const bool inside = firstRow + row < side.count && firstColumn + column < columns;
        ((T*)(tile + row * Pitch))[column] = inside ? side.rows[(i64)(firstRow + row) * columns + firstColumn + column] : T{};
    }
}

// Puts the next tile of scores where the first was: registers have no index that changes.
DEVICE void rotate(float (&scores)[Tiles][4]) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const float first = scores[0][i];
#pragma unroll
        for (int tile = 0; tile + 1 < Tiles; tile++) scores[tile][i] = scores[tile + 1][i];
        scores[Tiles - 1][i] = first;
    }
}

// ---- Products ----------------------------------------------------------------------------------------------------------------------

// scores += the products of a slab of kept rows with one of walked rows.
DEVICE void addScores(float (&scores)[Tiles][4], const u8* kept, const u8* walked, bf16) {
    const i32 lane = (i32)laneOf();
    const u32 keptRow = sharedAddress(kept) + (16 * (i32)warpOf() + lane % 16) * SlabPitch + 16 * (lane / 16);
    const u32 walkedRow = sharedAddress(walked) + (8 * (lane / 16) + lane % 8) * SlabPitch + 16 * (lane / 8 % 2);
    unrolled<SlabBytes / 32>([&](auto depth) {
        u32 a[4];
        loadMatrices<32 * depth.value>(a, keptRow);
        unrolled<Tiles / 2>([&](auto pair) {
            u32 b[4];
            loadMatrices<16 * pair.value * SlabPitch + 32 * depth.value>(b, walkedRow);
            multiplyAdd(scores[2 * pair.value], a, b[0], b[1]);
            multiplyAdd(scores[2 * pair.value + 1], a, b[2], b[3]);
        });
    });
}

DEVICE void addScores(float (&scores)[Tiles][4], const u8* kept, const u8* walked, float) {
    const i32 lane = (i32)laneOf();
    const u8 *upper = kept + (16 * (i32)warpOf() + lane / 4) * SlabPitch, *lower = upper + 8 * SlabPitch;
#pragma unroll 1
    for (int depth = 0; depth < SlabBytes; depth += 16) {
        float a[2][4];
        load((const float*)(upper + depth), a[0]);
        load((const float*)(lower + depth), a[1]);
#pragma unroll
        for (int tile = 0; tile < Tiles; tile++)
#pragma unroll
            for (int c = 0; c < 2; c++) {
                float b[4];
                load((const float*)(walked + (8 * tile + 2 * (lane % 4) + c) * SlabPitch + depth), b);
#pragma unroll
                for (int half = 0; half < 2; half++)
#pragma unroll
                    for (int k = 0; k < 4; k++) scores[tile][2 * half + c] = fma(a[half][k], b[k], scores[tile][2 * half + c]);
            }
    }
}

// sums += the products of gradients of scores with columns of walked rows.
template <int OutputTiles>
DEVICE void addProducts(float (&sums)[OutputTiles][4], float (&scores)[Tiles][4], const u8* walked, bf16) {
    const i32 lane = (i32)laneOf();
    const u32 walkedRow = sharedAddress(walked) + lane % 16 * OutputPitch + 16 * (lane / 16);
    unrolled<Tiles / 2>([&](auto depth) {
        // What is left of a number rounded to bfloat16 is rounded to another.
        u32 rounded[4], rest[4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const float left = scores[2 * depth.value + i / 2][2 * (i % 2)], right = scores[2 * depth.value + i / 2][2 * (i % 2) + 1];
            rounded[i] = packBf16(left, right);
            rest[i] = packBf16(left - asFloat(rounded[i] << 16), right - asFloat(rounded[i] & 0xFFFF0000u));
        }
        unrolled<OutputTiles / 2>([&](auto pair) {
            u32 b[4];
            loadMatricesTransposed<16 * depth.value * OutputPitch + 32 * pair.value>(b, walkedRow);
            multiplyAdd(sums[2 * pair.value], rounded, b[0], b[1]);
            multiplyAdd(sums[2 * pair.value + 1], rounded, b[2], b[3]);
            multiplyAdd(sums[2 * pair.value], rest, b[0], b[1]);
            multiplyAdd(sums[2 * pair.value + 1], rest, b[2], b[3]);
        });
    });
}

template <int OutputTiles>
DEVICE void addProducts(float (&sums)[OutputTiles][4], float (&scores)[Tiles][4], const u8* walked, float) {
    const i32 lane = (i32)laneOf();
    const u8* columns = walked + 8 * (lane % 4);
#pragma unroll 1
    for (int tile = 0; tile < Tiles; tile++) {
#pragma unroll
        for (int row = 0; row < 8; row++) {
            // Of the four lanes that share two rows of scores, the one that has this column.
            const float upper = shuffleFrom(scores[0][row % 2], (lane & ~3) | row / 2);
            const float lower = shuffleFrom(scores[0][2 + row % 2], (lane & ~3) | row / 2);
#pragma unroll
            for (int t = 0; t < OutputTiles; t++) {
                const Pair<float> b = *(const Pair<float>*)(columns + (8 * tile + row) * OutputPitch + 32 * t);
                sums[t][0] = fma(upper, b.left, sums[t][0]);
                sums[t][1] = fma(upper, b.right, sums[t][1]);
                sums[t][2] = fma(lower, b.left, sums[t][2]);
                sums[t][3] = fma(lower, b.right, sums[t][3]);
            }
        }
        rotate(scores);
    }
}

// ---- The walk ----------------------------------------------------------------------------------------------------------------------

// Walks tiles of the walked side: see(scores, first walked row) has the scaled scores of one, and may replace them by gradients, of which
// with HasSums the products with columns from firstColumn on are added to sums. The first lead tiles are taken beforehand, from tile
// firstLead on, for losses that must know some scores before they see all.
template <class T, bool HasSums, int OutputTiles, class See>
DEVICE void walk(Side<T> kept, Side<T> walked, i32 columns, float scale, i32 lead, i32 firstLead, i32 firstColumn,
                 float (&sums)[OutputTiles][4], bool wantsSums, See see) {
    alignas(16) __shared__ u8 stages[2 * StageBytes];
    const i32 firstKept = (i32)blockX() * TileRows, slabs = (columns + SlabColumns<T> - 1) / SlabColumns<T>;
    const i32 parts = HasSums && wantsSums ? slabs + 1 : slabs, tiles = lead + (walked.count + TileRows - 1) / TileRows;
    const bool aligned = isPackAligned(kept.rows, walked.rows) && columns % PackWidth<T> == 0;
    const auto tileOf = [=](i32 step) { return step < lead ? firstLead + step : step - lead; };
    const auto copy = [&](i32 step, i32 part, u8* stage) {
        const i32 firstWalked = tileOf(step) * TileRows;
        if (part < slabs) {
            copyColumns<SlabBytes>(stage, kept, firstKept, part * SlabColumns<T>, columns, aligned);
            copyColumns<SlabBytes>(stage + TileRows * SlabPitch, walked, firstWalked, part * SlabColumns<T>, columns, aligned);
        } else if constexpr (HasSums) {
            copyColumns<OutputBytes>(stage, walked, firstWalked, firstColumn, columns, aligned);
        }
        commitCopies();
    };

    i32 stage = 0;
    if (tiles > 0) copy(0, 0, stages);
#pragma unroll 1
    for (i32 step = 0; step < tiles; step++) {
        float scores[Tiles][4];
#pragma unroll
        for (int tile = 0; tile < Tiles; tile++)
#pragma unroll
            for (int i = 0; i < 4; i++) scores[tile][i] = 0;
#pragma unroll 1
        for (i32 part = 0; part < parts; part++, stage ^= 1) {
            // This part is there, and all warps are behind their use of the one before, whose place the next one takes.
            waitForCopies<0>();
            blockBarrier();
            const bool isLast = part + 1 == parts;
            if (!isLast || step + 1 < tiles) copy(isLast ? step + 1 : step, isLast ? 0 : part + 1, stages + (stage ^ 1) * StageBytes);
            const u8* current = stages + stage * StageBytes;
            if (part < slabs) addScores(scores, current, current + TileRows * SlabPitch, T{});
            if (part + 1 == slabs) {
#pragma unroll
                for (int tile = 0; tile < Tiles; tile++)
#pragma unroll
                    for (int i = 0; i < 4; i++) scores[tile][i] *= scale;
                see(scores, step, tileOf(step) * TileRows);
            }
            if constexpr (HasSums)
                if (part == slabs) addProducts(sums, scores, current, T{});
        }
    }
}

// The rows of a thread's scores: of the walked side by tile and column, of the kept side by half.
DEVICE i32 walkedRow(i32 firstWalked, int tile, int c) { return firstWalked + 8 * tile + 2 * (i32)(laneOf() % 4) + c; }

DEVICE i32 keptRow(int half) { return (i32)(blockX() * TileRows + 16 * warpOf() + laneOf() / 4) + 8 * half; }

DEVICE float scaleOf(const float* logScale) { return logScale ? exponential(*logScale) : 1.0f; }

// ---- Forward -----------------------------------------------------------------------------------------------------------------------

// Shows a loss all scores of each own row. The loss has
//   Row                                                       what a lane keeps of a row;
//   Row begin()                                               before the first score;
//   see(Row&, own, const float (&z)[Tiles][2], firstWalked)   the scores with rows walkedRow(firstWalked, tile, c) of y below the last;
//   Row merge(Row, Row)                                       what two lanes have of one row;
//   end(Row, own)                                             writes.
// One that LooksAtPartners first gets findPartner(Row&, own, z, firstWalked) for the tiles of the block's partners, and then has
// Row::partner in all lanes.
template <class T, class Loss>
DEVICE void forwardPairs(const Loss& loss, const T* x, i32 ownRows, const T* y, i32 allRows, i32 columns, const float* logScale,
                         i32 firstLabel) {
    typename Loss::Row rows[2] = {loss.begin(), loss.begin()};
    const auto merge = [&](typename Loss::Row& row) {
        row = loss.merge(row, row.shuffle(1));
        row = loss.merge(row, row.shuffle(2));
    };
    i32 lead = 0, firstLead = 0;
    if constexpr (Loss::LooksAtPartners) {
        const i32 first = (i32)blockX() * TileRows, last = first + TileRows < ownRows ? first + TileRows - 1 : ownRows - 1;
        firstLead = (firstLabel + first) / TileRows;
        lead = (firstLabel + last) / TileRows - firstLead + 1;
    }
    float none[1][4];
    walk<T, false>({x, ownRows}, {y, allRows}, columns, scaleOf(logScale), lead, firstLead, 0, none, false,
                   [&](const float (&scores)[Tiles][4], i32 step, i32 firstWalked) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float z[Tiles][2];
#pragma unroll
            for (int tile = 0; tile < Tiles; tile++) z[tile][0] = scores[tile][2 * half], z[tile][1] = scores[tile][2 * half + 1];
            if constexpr (Loss::LooksAtPartners) {
                if (step < lead) {
                    loss.findPartner(rows[half], keptRow(half), z, firstWalked);
                    if (step + 1 == lead) rows[half].partner = rowSum(rows[half].partner);
                    continue;
                }
            }
            if (keptRow(half) < ownRows) loss.see(rows[half], keptRow(half), z, firstWalked);
        }
    });
#pragma unroll
    for (int half = 0; half < 2; half++) {
        merge(rows[half]);
        if (laneOf() % 4 == 0 && keptRow(half) < ownRows) loss.end(rows[half], keptRow(half));
    }
}

// ---- Backward ----------------------------------------------------------------------------------------------------------------------

// target = a, b, or += that, for as many of the two columns as there are.
template <class T> DEVICE void writePair(T* target, i32 count, i32 accumulate, float a, float b) {
    if (count < 1) return;
    if (accumulate) a += toFloat(target[0]);
    if (accumulate && count > 1) b += toFloat(target[1]);
    if (count > 1 && (u64)target % sizeof(Pair<T>) == 0) {
        *(Pair<T>*)target = {fromFloat<T>(a), fromFloat<T>(b)};
        return;
    }
    target[0] = fromFloat<T>(a);
    if (count > 1) target[1] = fromFloat<T>(b);
}

// gradient = factor dloss s sum of g times walked rows, or gradient += that, for kept rows; g(own, other) are the loss's gradients of
// scores. The loss has
//   Anchor anchor(own)                          what gradients need of an own row;
//   float slope(Anchor, z, own, other)          the gradient of a score.
// If there are row terms (own rows kept), writes the sums of g z and of g of each own row to them, [2, b]. Gradient may be absent then.
template <bool KeepsOwn, class T, class Loss>
DEVICE void backwardPairs(const Loss& loss, const float* dloss, float factor, const T* x, i32 ownRows, const T* y, i32 allRows, i32 columns,
                          const float* logScale, float* rowTerms, i32 accumulate, T* gradient) {
    constexpr int OutputTiles = OutputColumns<T> / 8;
    const float scale = scaleOf(logScale);
    const Side<T> own = {x, ownRows}, other = {y, allRows}, kept = KeepsOwn ? own : other, walked = KeepsOwn ? other : own;
    const i32 firstColumn = (i32)blockY() * OutputColumns<T>, lastOwn = ownRows - 1;
    float sums[OutputTiles][4], scoreSums[2] = {0, 0}, slopeSums[2] = {0, 0};
#pragma unroll
    for (int tile = 0; tile < OutputTiles; tile++)
#pragma unroll
        for (int i = 0; i < 4; i++) sums[tile][i] = 0;
    const auto anchorOf = [&](i32 row) { return loss.anchor(row < lastOwn ? row : lastOwn); };
    typename Loss::Anchor anchors[2];
    if constexpr (KeepsOwn) anchors[0] = anchorOf(keptRow(0)), anchors[1] = anchorOf(keptRow(1));
    walk<T, true>(kept, walked, columns, scale, 0, 0, firstColumn, sums, gradient != nullptr,
                  [&](float (&scores)[Tiles][4], i32, i32 firstWalked) {
        // One tile of scores after another: their gradients side by side would take all registers.
#pragma unroll 1
        for (int tile = 0; tile < Tiles; tile++) {
#pragma unroll
            for (int c = 0; c < 2; c++) {
                const i32 there = walkedRow(firstWalked, tile, c);
                if constexpr (!KeepsOwn) anchors[0] = anchorOf(there);
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    const i32 here = keptRow(half), i = KeepsOwn ? here : there, j = KeepsOwn ? there : here;
                    const float z = scores[0][2 * half + c];
                    const float g = i < ownRows && j < allRows ? loss.slope(anchors[KeepsOwn ? half : 0], z, i, j) : 0.0f;
                    scores[0][2 * half + c] = g;
                    if constexpr (KeepsOwn) scoreSums[half] = fma(g, z, scoreSums[half]), slopeSums[half] += g;
                }
            }
            rotate(scores);
        }
    });
    const float all = factor * *dloss * scale;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const i32 row = keptRow(half);
        if constexpr (KeepsOwn) {
            const float scoreSum = rowSum(scoreSums[half]), slopeSum = rowSum(slopeSums[half]);
            if (rowTerms && blockY() == 0 && laneOf() % 4 == 0 && row < ownRows) rowTerms[row] = scoreSum, rowTerms[ownRows + row] = slopeSum;
        }
        if (!gradient || row >= kept.count) continue;
#pragma unroll
        for (int tile = 0; tile < OutputTiles; tile++) {
            const i32 column = firstColumn + 8 * tile + 2 * (i32)(laneOf() % 4);
            writePair(gradient + (i64)row * columns + column, columns - column, accumulate, all * sums[tile][2 * half],
                      all * sums[tile][2 * half + 1]);
        }
    }
}
