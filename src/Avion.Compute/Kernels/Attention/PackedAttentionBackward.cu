// Attention of packed sequences, backward: scores are computed again from lse, p = e^(s - lse), and with delta = sum_d dy y of each query
// ds = p (dy vT - delta) / sqrt(K), dq = ds k, dk = dsT q, dv = pT dy.
// Source: Dao 2023, "FlashAttention-2", algorithm 2 (arXiv:2307.08691), but in two passes, one over tiles of queries for dq and one over
// tiles of keys for dk and dv, so that nothing is added by atomics and results are the same bits each time: 7 products instead of 5.
//
// Tiles: a block of 4 warps takes 64 rows (queries, or keys), 16 a warp, or one of 8 warps 128, and walks 32 columns (keys, or queries) at a
// time. Both passes are one piece of code with the parts changed: rows r1, r2 and columns c1, c2 are q, dy and k, v in the first pass, k, v and
// q, dy in the second. Rows and columns lie in shared memory, 16 bytes further apart than they are long, so that matrix loads meet no bank
// twice.
// Variants: _64_128 has 128 rows a block for heads of 64, with the same results.
// Work: 14 n^2 D operations a sequence (causal: half). Ceiling: the tensor cores' rate for mma.sync.
#include "PackedAttention.cuh"

constexpr int ColumnRows = 32;
constexpr float Log2E = 1.44269504f;

// Two tiles of rows and two of columns.
extern __shared__ Words4 dynamicTiles[];

// delta[head, row] = sum over the head's columns of dy y. One warp takes a row of a head.
template <class T> DEVICE void rowProducts(const T* dy, const T* y, float* delta, i32 tokens, i32 heads, i32 headSize) {
    const i32 row = (i32)(blockX() * Warps + warpOf());
    if (row >= tokens) return;
    const i64 start = ((i64)row * heads + blockY()) * headSize;
    float sum = 0;
    for (i32 d = (i32)laneOf(); d < headSize; d += WarpSize) sum = fma(toFloat(dy[start + d]), toFloat(y[start + d]), sum);
    sum = warpSum(sum);
    if (laneOf() == 0) delta[(i64)blockY() * tokens + row] = sum;
}

// ---- Tensor cores ------------------------------------------------------------------------------------------------------------------

// Writes or adds a warp's 16 rows of a gradient.
template <int K, int Tiles>
DEVICE void writeRows(const float (&output)[Tiles][4], float scale, i32 accumulate, bf16* rows, i32 stride, i32 row, i32 length) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
        if (row + 8 * half >= length) continue;
        u32* target = (u32*)(rows + (i64)(row + 8 * half) * stride + 2 * (laneOf() % 4));
#pragma unroll
        for (int tile = 0; tile < Tiles; tile++) {
            const u32 old = accumulate ? target[4 * tile] : 0;
            target[4 * tile] = packBf16(fma(output[tile][2 * half], scale, asFloat(old << 16)),
                                        fma(output[tile][2 * half + 1], scale, asFloat(old & 0xFFFF0000u)));
        }
    }
}

template <int K, int Rows, bool ForKeys>
DEVICE void backward(const bf16* dy, const bf16* qkv, const float* lse, const float* delta, const i32* offsets, i32 accumulate, bf16* dqkv,
                     i32 tokens, i32 heads, i32 causal, float scale) {
    constexpr int Pitch = 2 * K + 16, Depths = K / 16, ColumnTiles = ColumnRows / 8, OutputTiles = K / 8;
    constexpr int Threads = Rows / RowsOfWarp * WarpSize;
    const Sequence sequence = sequenceOf(offsets, blockZ());
    const i32 firstRow = (i32)blockX() * Rows, width = heads * K, stride = 3 * width, lane = (i32)laneOf();
    if (firstRow >= sequence.length) return;
    const i64 start = (i64)sequence.start * stride + blockY() * K, statistics = (i64)blockY() * tokens + sequence.start;
    const bf16 *q = qkv + start, *k = q + width, *v = k + width, *g = dy + (i64)sequence.start * width + blockY() * K;
    const u32 rows = sharedAddress(dynamicTiles), columns = rows + 2 * Rows * Pitch;
    constexpr int SecondRows = Rows * Pitch, SecondColumns = ColumnRows * Pitch;
    const u32 ownRow = rows + (16 * (i32)warpOf() + lane % 16) * Pitch + 16 * (lane / 16);
    const u32 columnRow = columns + (8 * (lane / 16) + lane % 8) * Pitch + 16 * (lane / 8 % 2);
    const u32 columnRowTransposed = columns + (lane % 16) * Pitch + 16 * (lane / 16);
    const float scaleLog2 = scale * Log2E;

    copyTile<K, Rows, Threads>(rows, ForKeys ? k : q, stride, firstRow, sequence.length);
    copyTile<K, Rows, Threads>(rows + SecondRows, ForKeys ? v : g, ForKeys ? stride : width, firstRow, sequence.length);

    const i32 row = firstRow + 16 * (i32)warpOf() + lane / 4;
    float first[OutputTiles][4], second[OutputTiles][4], rowLse[2] = {0, 0}, rowDelta[2] = {0, 0};
#pragma unroll
    for (int tile = 0; tile < OutputTiles; tile++)
#pragma unroll
        for (int i = 0; i < 4; i++) first[tile][i] = 0, second[tile][i] = 0;
#pragma unroll
    for (int half = 0; half < 2; half++)
        if (!ForKeys && row + 8 * half < sequence.length)
            rowLse[half] = lse[statistics + row + 8 * half] * Log2E, rowDelta[half] = delta[statistics + row + 8 * half];

    const i32 begin = ForKeys && causal ? firstRow : 0;
    const i32 end = !ForKeys && causal && firstRow + Rows < sequence.length ? firstRow + Rows : sequence.length;
#pragma unroll 1
    for (i32 firstColumn = begin; firstColumn < end; firstColumn += ColumnRows) {
        copyTile<K, ColumnRows, Threads>(columns, ForKeys ? q : k, stride, firstColumn, sequence.length);
        copyTile<K, ColumnRows, Threads>(columns + SecondColumns, ForKeys ? g : v, ForKeys ? width : stride, firstColumn, sequence.length);
        waitForCopies<0>();
        blockBarrier();

        float scores[ColumnTiles][4], products[ColumnTiles][4];
#pragma unroll
        for (int tile = 0; tile < ColumnTiles; tile++)
#pragma unroll
            for (int i = 0; i < 4; i++) scores[tile][i] = 0, products[tile][i] = 0;
        unrolled<Depths>([&](auto depth) {
            u32 r1[4], r2[4];
            loadMatrices<32 * depth.value>(r1, ownRow);
            loadMatrices<SecondRows + 32 * depth.value>(r2, ownRow);
            unrolled<ColumnTiles / 2>([&](auto pair) {
                constexpr int Tile = 2 * pair.value, Offset = 8 * Tile * Pitch + 32 * depth.value;
                u32 c1[4], c2[4];
                loadMatrices<Offset>(c1, columnRow);
                multiplyAdd(scores[Tile], r1, c1[0], c1[1]);
                multiplyAdd(scores[Tile + 1], r1, c1[2], c1[3]);
                loadMatrices<SecondColumns + Offset>(c2, columnRow);
                multiplyAdd(products[Tile], r2, c2[0], c2[1]);
                multiplyAdd(products[Tile + 1], r2, c2[2], c2[3]);
            });
        });

        u32 p[ColumnTiles / 2][4], ds[ColumnTiles / 2][4];
#pragma unroll
        for (int tile = 0; tile < ColumnTiles; tile++) {
            const i32 column = firstColumn + 8 * tile + 2 * (lane % 4);
            float columnLse[2] = {0, 0}, columnDelta[2] = {0, 0};
#pragma unroll
            for (int i = 0; i < 2; i++)
                if (ForKeys && column + i < sequence.length)
                    columnLse[i] = lse[statistics + column + i] * Log2E, columnDelta[i] = delta[statistics + column + i];
#pragma unroll
            for (int half = 0; half < 2; half++) {
                float weight[2], slope[2];
#pragma unroll
                for (int i = 0; i < 2; i++) {
                    const i32 own = row + 8 * half, other = column + i, query = ForKeys ? other : own, key = ForKeys ? own : other;
                    const bool seen = query < sequence.length && key < sequence.length && (!causal || key <= query);
                    const float shift = ForKeys ? columnLse[i] : rowLse[half], correction = ForKeys ? columnDelta[i] : rowDelta[half];
                    weight[i] = seen ? exp2Approximate(fma(scores[tile][2 * half + i], scaleLog2, -shift)) : 0;
                    slope[i] = weight[i] * (products[tile][2 * half + i] - correction);
                }
                p[tile / 2][2 * (tile % 2) + half] = packBf16(weight[0], weight[1]);
                ds[tile / 2][2 * (tile % 2) + half] = packBf16(slope[0], slope[1]);
            }
        }

        unrolled<ColumnTiles / 2>([&](auto depth) {
            unrolled<OutputTiles / 2>([&](auto pair) {
                constexpr int Tile = 2 * pair.value, Offset = 16 * depth.value * Pitch + 16 * Tile;
                u32 c[4];
                loadMatricesTransposed<Offset>(c, columnRowTransposed);
                multiplyAdd(first[Tile], ds[depth.value], c[0], c[1]);
                multiplyAdd(first[Tile + 1], ds[depth.value], c[2], c[3]);
                if constexpr (ForKeys) {
                    loadMatricesTransposed<SecondColumns + Offset>(c, columnRowTransposed);
                    multiplyAdd(second[Tile], p[depth.value], c[0], c[1]);
                    multiplyAdd(second[Tile + 1], p[depth.value], c[2], c[3]);
                }
            });
        });
        blockBarrier();
    }

    writeRows<K>(first, scale, accumulate, dqkv + start + (ForKeys ? width : 0), stride, row, sequence.length);
    if constexpr (ForKeys) writeRows<K>(second, 1, accumulate, dqkv + start + 2 * width, stride, row, sequence.length);
}

// ---- Any head size -----------------------------------------------------------------------------------------------------------------

// One warp a row: its lanes take columns for p and ds, then dimensions for the gradients.
template <class T, bool ForKeys>
DEVICE void backwardOfAny(const T* dy, const T* qkv, const float* lse, const float* delta, const i32* offsets, i32 accumulate, T* dqkv, i32 tokens,
                          i32 heads, i32 headSize, i32 causal, float scale) {
    constexpr int MostColumns = 4;
    const Sequence sequence = sequenceOf(offsets, blockZ());
    const i32 own = (i32)(blockX() * Warps + warpOf()), width = heads * headSize, stride = 3 * width, lane = (i32)laneOf();
    if (own >= sequence.length) return;
    const i64 start = (i64)sequence.start * stride + blockY() * headSize, statistics = (i64)blockY() * tokens + sequence.start;
    const T *q = qkv + start, *k = q + width, *v = k + width, *g = dy + (i64)sequence.start * width + blockY() * headSize;
    const i32 begin = ForKeys && causal ? own : 0, end = !ForKeys && causal ? own + 1 : sequence.length;
    float first[MostColumns] = {0, 0, 0, 0}, second[MostColumns] = {0, 0, 0, 0};
    for (i32 start = begin; start < end; start += WarpSize) {
        const i32 other = start + lane, query = ForKeys ? other : own, key = ForKeys ? own : other;
        float p = 0, ds = 0;
        if (other < end) {
            p = exponential(score(q + (i64)query * stride, k + (i64)key * stride, headSize) * scale - lse[statistics + query]);
            ds = p * (score(g + (i64)query * width, v + (i64)key * stride, headSize) - delta[statistics + query]) * scale;
        }
        for (i32 j = 0; j < WarpSize && start + j < end; j++) {
            const float weight = shuffleFrom(p, j), slope = shuffleFrom(ds, j);
#pragma unroll
            for (int column = 0; column < MostColumns; column++) {
                const i32 d = lane + column * WarpSize;
                if (d >= headSize) continue;
                first[column] = fma(slope, toFloat((ForKeys ? q : k)[(i64)(start + j) * stride + d]), first[column]);
                if (ForKeys) second[column] = fma(weight, toFloat(g[(i64)(start + j) * width + d]), second[column]);
            }
        }
    }
    T* target = dqkv + start + (i64)own * stride + (ForKeys ? width : 0);
#pragma unroll
    for (int column = 0; column < MostColumns; column++) {
        const i32 d = lane + column * WarpSize;
        if (d >= headSize) continue;
        target[d] = fromFloat<T>((accumulate ? toFloat(target[d]) : 0) + first[column]);
        if (ForKeys) target[width + d] = fromFloat<T>((accumulate ? toFloat(target[width + d]) : 0) + second[column]);
    }
}

#define ATTENTION(name, K, Rows, part, ForKeys)                                                                                           \
    KERNEL(2 * Rows) attention_backward_##part##_##name##_bf16(const bf16* dy, const bf16* qkv, const float* lse, const float* delta,      \
                                                               const i32* offsets, i32 accumulate, bf16* dqkv, i32 tokens, i32 heads,      \
                                                               i32 causal, float scale) {                                                  \
        backward<K, Rows, ForKeys>(dy, qkv, lse, delta, offsets, accumulate, dqkv, tokens, heads, causal, scale);                         \
    }

#define ATTENTION_OF_ANY(part, ForKeys, suffix, T)                                                                                        \
    KERNEL(128) attention_backward_##part##_##suffix(const T* dy, const T* qkv, const float* lse, const float* delta, const i32* offsets, \
                                                     i32 accumulate, T* dqkv, i32 tokens, i32 heads, i32 headSize, i32 causal,            \
                                                     float scale) {                                                                       \
        backwardOfAny<T, ForKeys>(dy, qkv, lse, delta, offsets, accumulate, dqkv, tokens, heads, headSize, causal, scale);                \
    }

ATTENTION(64, 64, 64, queries, false)
ATTENTION(64_128, 64, 128, queries, false)
ATTENTION(80, 80, 64, queries, false)
ATTENTION(96, 96, 64, queries, false)
ATTENTION(128, 128, 64, queries, false)
ATTENTION(64, 64, 64, keys, true)
ATTENTION(64_128, 64, 128, keys, true)
ATTENTION(80, 80, 64, keys, true)
ATTENTION(96, 96, 64, keys, true)
ATTENTION(128, 128, 64, keys, true)
ATTENTION_OF_ANY(queries, false, f32, float)
ATTENTION_OF_ANY(queries, false, bf16, bf16)
ATTENTION_OF_ANY(keys, true, f32, float)
ATTENTION_OF_ANY(keys, true, bf16, bf16)

KERNEL(128) attention_row_products_f32(const float* dy, const float* y, float* delta, i32 tokens, i32 heads, i32 headSize) {
    rowProducts(dy, y, delta, tokens, heads, headSize);
}

KERNEL(128) attention_row_products_bf16(const bf16* dy, const bf16* y, float* delta, i32 tokens, i32 heads, i32 headSize) {
    rowProducts(dy, y, delta, tokens, heads, headSize);
}
