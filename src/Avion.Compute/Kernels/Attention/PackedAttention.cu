// Attention of packed sequences, forward: y = softmax(q kT / sqrt(K)) v within each sequence and head, without a matrix of scores.
// Source: Dao 2023, "FlashAttention-2", algorithm 1 (arXiv:2307.08691).
//
// Tiles: a block of 4 warps takes 64 queries of one head, 16 a warp, or one of 8 warps 128, and walks the sequence's keys 64 at a time, or 32
// for long heads, whose scores would not fit the registers. How many warps share the keys changes no result. Queries stay in registers; a tile
// of keys and a tile of values lie in shared memory, each copied while the other is used. Rows of a tile lie 16 bytes further apart than they
// are long: then eight rows that a matrix load reads together use all banks once, for every head size.
// Work: 4 n^2 D operations a sequence (causal: half) on tensor cores; traffic: qkv once for queries, keys and values once for each tile of
// queries, from the second-level cache. Ceiling: the tensor cores' rate for mma.sync.
// Variants: attention_forward_K for heads of K = 64, 80, 96 and 128 in bfloat16, attention_forward_64_128 with 128 queries a block;
// attention_forward for any head size and both types.
#include "PackedAttention.cuh"
#include "Reduction.cuh"

// ---- Tensor cores ------------------------------------------------------------------------------------------------------------------

// The largest of what the four lanes that share a row have.
DEVICE float rowMaximum(float x) {
    x = maximum(x, shuffleXor(x, 1));
    return maximum(x, shuffleXor(x, 2));
}

template <int K, int KeyRows, int QueryRows>
DEVICE void forward(const bf16* qkv, const i32* offsets, bf16* y, float* lse, i32 tokens, i32 heads, i32 causal, float scaleLog2) {
    constexpr int Pitch = 2 * K + 16, Depths = K / 16, KeyTiles = KeyRows / 8, ValueTiles = K / 8;
    constexpr int Threads = QueryRows / RowsOfWarp * WarpSize;
    // The queries go through the values' place.
    alignas(16) __shared__ u8 tiles[(QueryRows + KeyRows) * Pitch];
    const Sequence sequence = sequenceOf(offsets, blockZ());
    const i32 firstQuery = (i32)blockX() * QueryRows, width = heads * K, stride = 3 * width, lane = (i32)laneOf();
    if (firstQuery >= sequence.length) return;
    const bf16* queries = qkv + (i64)sequence.start * stride + blockY() * K;
    const bf16 *keys = queries + width, *values = queries + 2 * width;
    const u32 keyTile = sharedAddress(tiles), valueTile = keyTile + KeyRows * Pitch;
    // Where a lane's row of matrices lies, for queries and values, and for keys, which are read by columns.
    const u32 valueRow = valueTile + (lane % 16) * Pitch + 16 * (lane / 16);
    const u32 keyRow = keyTile + (8 * (lane / 16) + lane % 8) * Pitch + 16 * (lane / 8 % 2);

    copyTile<K, QueryRows, Threads>(valueTile, queries, stride, firstQuery, sequence.length);
    copyTile<K, KeyRows, Threads>(keyTile, keys, stride, 0, sequence.length);
    waitForCopies<1>();
    blockBarrier();
    u32 q[Depths][4];
    const u32 queryRow = valueRow + 16 * (i32)warpOf() * Pitch;
    unrolled<Depths>([&](auto depth) { loadMatrices<32 * depth.value>(q[depth.value], queryRow); });
    blockBarrier();

    // Of each lane's two rows, 8 apart: the largest score so far, the sum of exponentials, and the values they weigh.
    const i32 row = firstQuery + 16 * (i32)warpOf() + lane / 4;
    float largest[2] = {-__builtin_inff(), -__builtin_inff()}, sum[2] = {0, 0}, output[ValueTiles][4];
#pragma unroll
    for (int tile = 0; tile < ValueTiles; tile++)
#pragma unroll
        for (int i = 0; i < 4; i++) output[tile][i] = 0;

    const i32 lastKey = causal && firstQuery + QueryRows < sequence.length ? firstQuery + QueryRows : sequence.length;
#pragma unroll 1
    for (i32 firstKey = 0; firstKey < lastKey; firstKey += KeyRows) {
        copyTile<K, KeyRows, Threads>(valueTile, values, stride, firstKey, sequence.length);
        waitForCopies<1>();
        blockBarrier();

        float scores[KeyTiles][4];
        unrolled<KeyTiles / 2>([&](auto pair) {
            constexpr int Tile = 2 * pair.value;
#pragma unroll
            for (int i = 0; i < 4; i++) scores[Tile][i] = 0, scores[Tile + 1][i] = 0;
            unrolled<Depths>([&](auto depth) {
                u32 k[4];
                loadMatrices<8 * Tile * Pitch + 32 * depth.value>(k, keyRow);
                multiplyAdd(scores[Tile], q[depth.value], k[0], k[1]);
                multiplyAdd(scores[Tile + 1], q[depth.value], k[2], k[3]);
            });
        });

        if (firstKey + KeyRows > sequence.length || (causal && firstKey + KeyRows > firstQuery)) {
#pragma unroll
            for (int tile = 0; tile < KeyTiles; tile++)
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    const i32 key = firstKey + 8 * tile + 2 * (lane % 4) + i % 2;
                    const bool seen = key < sequence.length && (!causal || key <= row + 8 * (i / 2));
                    scores[tile][i] = seen ? scores[tile][i] : -__builtin_inff();
                }
        }

        u32 weights[KeyTiles / 2][4];
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float tileLargest = largest[half];
#pragma unroll
            for (int tile = 0; tile < KeyTiles; tile++)
                tileLargest = maximum(tileLargest, maximum(scores[tile][2 * half], scores[tile][2 * half + 1]));
            tileLargest = rowMaximum(tileLargest);
            const float shrink = exp2Approximate((largest[half] - tileLargest) * scaleLog2), shift = tileLargest * scaleLog2;
            largest[half] = tileLargest;
            float tileSum = 0;
#pragma unroll
            for (int tile = 0; tile < KeyTiles; tile++) {
                const float left = exp2Approximate(fma(scores[tile][2 * half], scaleLog2, -shift));
                const float right = exp2Approximate(fma(scores[tile][2 * half + 1], scaleLog2, -shift));
                tileSum += left + right;
                weights[tile / 2][2 * (tile % 2) + half] = packBf16(left, right);
            }
            sum[half] = fma(sum[half], shrink, tileSum);
#pragma unroll
            for (int tile = 0; tile < ValueTiles; tile++) output[tile][2 * half] *= shrink, output[tile][2 * half + 1] *= shrink;
        }

        waitForCopies<0>();
        blockBarrier();
        // All warps are behind their use of the keys: the next tile of keys comes while this one's values are used.
        if (firstKey + KeyRows < lastKey) copyTile<K, KeyRows, Threads>(keyTile, keys, stride, firstKey + KeyRows, sequence.length);
        unrolled<KeyTiles / 2>([&](auto depth) {
            unrolled<ValueTiles / 2>([&](auto pair) {
                constexpr int Tile = 2 * pair.value;
                u32 v[4];
                loadMatricesTransposed<16 * depth.value * Pitch + 16 * Tile>(v, valueRow);
                multiplyAdd(output[Tile], weights[depth.value], v[0], v[1]);
                multiplyAdd(output[Tile + 1], weights[depth.value], v[2], v[3]);
            });
        });
        blockBarrier();
    }

#pragma unroll
    for (int half = 0; half < 2; half++) {
        const float total = rowSum(sum[half]), inverse = reciprocal(total);
        const i32 query = row + 8 * half;
        if (query >= sequence.length) continue;
        bf16* target = y + (i64)(sequence.start + query) * width + blockY() * K + 2 * (lane % 4);
#pragma unroll
        for (int tile = 0; tile < ValueTiles; tile++)
            *(u32*)(target + 8 * tile) = packBf16(output[tile][2 * half] * inverse, output[tile][2 * half + 1] * inverse);
        if (lane % 4 == 0)
            lse[(i64)blockY() * tokens + sequence.start + query] = (fma(largest[half], scaleLog2, log2Approximate(total))) * Ln2;
    }
}

// ---- Any head size -----------------------------------------------------------------------------------------------------------------

// One warp a query: its lanes take keys for the largest score and the sum, then columns for the weighted values.
template <class T>
DEVICE void forwardOfAny(const T* qkv, const i32* offsets, T* y, float* lse, i32 tokens, i32 heads, i32 headSize, i32 causal, float scale) {
    constexpr int MostColumns = 4;
    const Sequence sequence = sequenceOf(offsets, blockZ());
    const i32 query = (i32)(blockX() * Warps + warpOf()), width = heads * headSize, stride = 3 * width, lane = (i32)laneOf();
    if (query >= sequence.length) return;
    const T* rows = qkv + (i64)sequence.start * stride + blockY() * headSize;
    const T *own = rows + (i64)query * stride, *keys = rows + width, *values = rows + 2 * width;
    const i32 visible = causal ? query + 1 : sequence.length;
    float largest = -__builtin_inff();
    for (i32 key = lane; key < visible; key += WarpSize) largest = maximum(largest, score(own, keys + (i64)key * stride, headSize) * scale);
#pragma unroll
    for (int mask = WarpSize / 2; mask > 0; mask /= 2) largest = maximum(largest, shuffleXor(largest, mask));
    float sum = 0, output[MostColumns] = {0, 0, 0, 0};
    for (i32 first = 0; first < visible; first += WarpSize) {
        const i32 key = first + lane;
        const float weight = key < visible ? exponential(score(own, keys + (i64)key * stride, headSize) * scale - largest) : 0;
        sum += weight;
        for (i32 j = 0; j < WarpSize && first + j < visible; j++) {
            const float shared = shuffleFrom(weight, j);
#pragma unroll
            for (int column = 0; column < MostColumns; column++) {
                const i32 d = lane + column * WarpSize;
                if (d < headSize) output[column] = fma(shared, toFloat(values[(i64)(first + j) * stride + d]), output[column]);
            }
        }
    }
    sum = warpSum(sum);
#pragma unroll
    for (int column = 0; column < MostColumns; column++) {
        const i32 d = lane + column * WarpSize;
        if (d < headSize) y[(i64)(sequence.start + query) * width + blockY() * headSize + d] = fromFloat<T>(output[column] / sum);
    }
    if (lane == 0) lse[(i64)blockY() * tokens + sequence.start + query] = fma(log2Approximate(sum), Ln2, largest);
}

#define ATTENTION(name, K, KeyRows, QueryRows)                                                                                            \
    KERNEL(2 * QueryRows) attention_forward_##name##_bf16(const bf16* qkv, const i32* offsets, bf16* y, float* lse, i32 tokens, i32 heads, \
                                                          i32 causal, float scaleLog2) {                                                  \
        forward<K, KeyRows, QueryRows>(qkv, offsets, y, lse, tokens, heads, causal, scaleLog2);                                            \
    }

ATTENTION(64, 64, 64, 64)
ATTENTION(64_128, 64, 64, 128)
ATTENTION(80, 80, 64, 64)
ATTENTION(96, 96, 32, 64)
ATTENTION(128, 128, 32, 64)

KERNEL(128) attention_forward_f32(const float* qkv, const i32* offsets, float* y, float* lse, i32 tokens, i32 heads, i32 headSize, i32 causal,
                                  float scale) {
    forwardOfAny(qkv, offsets, y, lse, tokens, heads, headSize, causal, scale);
}

KERNEL(128) attention_forward_bf16(const bf16* qkv, const i32* offsets, bf16* y, float* lse, i32 tokens, i32 heads, i32 headSize, i32 causal,
                                   float scale) {
    forwardOfAny(qkv, offsets, y, lse, tokens, heads, headSize, causal, scale);
}
