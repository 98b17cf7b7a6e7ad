// Attention from one query of each sequence to all its tokens, forward and backward. A block takes a sequence, a head and 32 to 128 of
// the head's numbers (all of them where heads are no larger); its warps take tokens in turn, a lane every 32nd number, and each warp
// keeps a softmax of its own, which the block joins in the order of the warps.
// Traffic: forward each key and value once (2 N D elements), backward 4, 6 where it adds; ceiling: the rate of reading, less where a
// score's five shuffles are not hidden. No score is stored.
#include "Kernel.cuh"

constexpr int WarpsOfBlock = 8;
constexpr float Log2E = 1.44269504f, Ln2 = 0.693147181f;

DEVICE float log2Approximate(float x) { float y; asm("lg2.approx.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

// Where a block's query, keys and numbers are.
struct Place {
    i32 start, end, size, first;
    i64 query, tokenStride, valueOffset, firstKey;
};

template <int Parts> DEVICE Place placeOfBlock(const i32* offsets, i32 width, i32 heads) {
    const i32 sequence = (i32)blockX(), head = (i32)blockY(), size = width / heads;
    const i64 headStart = (i64)head * size;
    return {offsets[sequence], offsets[sequence + 1], size, (i32)blockZ() * Parts * WarpSize,
            (i64)sequence * width + headStart, 2 * (i64)width, width, headStart};
}

// The product of two rows of a head, in every lane.
template <class T> DEVICE float rowProduct(const T* a, const T* b, i32 size) {
    float sum = 0;
    for (i32 i = (i32)laneOf(); i < size; i += WarpSize) sum = fma(toFloat(a[i]), toFloat(b[i]), sum);
    return warpSum(sum);
}

// This lane's numbers of a row; zeros behind its end.
template <int Parts, class T> DEVICE void loadParts(const T* row, const Place& place, float (&x)[Parts]) {
#pragma unroll
    for (int p = 0; p < Parts; p++) {
        const i32 i = place.first + p * WarpSize + (i32)laneOf();
        x[p] = i < place.size ? toFloat(row[i]) : 0;
    }
}

template <int Parts, class T> DEVICE void storeParts(T* row, const Place& place, i32 accumulate, const float (&x)[Parts]) {
#pragma unroll
    for (int p = 0; p < Parts; p++) {
        const i32 i = place.first + p * WarpSize + (i32)laneOf();
        if (i < place.size) row[i] = fromFloat<T>(accumulate ? toFloat(row[i]) + x[p] : x[p]);
    }
}

template <class T, int Parts>
DEVICE void forward(const T* q, const T* keyValue, const i32* offsets, T* y, float* logSumExp, i32 width, i32 heads, float scale) {
    __shared__ float largests[WarpsOfBlock], totals[WarpsOfBlock], results[WarpsOfBlock][Parts * WarpSize];
    const Place place = placeOfBlock<Parts>(offsets, width, heads);
    const float minusInfinity = asFloat(0xFF800000u);
    float largest = minusInfinity, total = 0, result[Parts] = {};
    for (i32 j = place.start + (i32)warpOf(); j < place.end; j += WarpsOfBlock) {
        const T* key = keyValue + place.firstKey + j * place.tokenStride;
        const float score = rowProduct(q + place.query, key, place.size) * (scale * Log2E);
        float value[Parts];
        loadParts(key + place.valueOffset, place, value);
        // Rescaled whenever the largest score grows; the first time from nothing, by 2 to minus infinity.
        const float before = largest;
        largest = maximum(largest, score);
        const float shrink = exp2Approximate(before - largest), weight = exp2Approximate(score - largest);
        total = fma(total, shrink, weight);
#pragma unroll
        for (int p = 0; p < Parts; p++) result[p] = fma(result[p], shrink, weight * value[p]);
    }
    if (laneOf() == 0) largests[warpOf()] = largest, totals[warpOf()] = total;
#pragma unroll
    for (int p = 0; p < Parts; p++) results[warpOf()][p * WarpSize + laneOf()] = result[p];
    blockBarrier();
    const bool isEmpty = place.start >= place.end;
    float all = minusInfinity, sum = 0, joined = 0;
#pragma unroll
    for (int warp = 0; warp < WarpsOfBlock; warp++) all = maximum(all, largests[warp]);
    const i32 within = (i32)threadX() % (Parts * WarpSize);
#pragma unroll
    for (int warp = 0; warp < WarpsOfBlock; warp++) {
        const float factor = isEmpty ? 0 : exp2Approximate(largests[warp] - all);
        sum = fma(totals[warp], factor, sum);
        joined = fma(results[warp][within], factor, joined);
    }
    const i32 number = place.first + within;
    if ((i32)threadX() < Parts * WarpSize && number < place.size) y[place.query + number] = fromFloat<T>(isEmpty ? 0 : joined / sum);
    if (threadX() == 0 && blockZ() == 0)
        logSumExp[(i64)blockX() * heads + blockY()] = isEmpty ? minusInfinity : (all + log2Approximate(sum)) * Ln2;
}

template <class T, int Parts>
DEVICE void backward(const T* dy, const T* q, const T* keyValue, const T* y, const float* logSumExp, const i32* offsets,
                     i32 accumulateQuery, i32 accumulateKeyValue, T* dq, T* dkeyValue, i32 width, i32 heads, float scale) {
    __shared__ float sums[WarpsOfBlock][Parts * WarpSize];
    const Place place = placeOfBlock<Parts>(offsets, width, heads);
    const float delta = rowProduct(dy + place.query, y + place.query, place.size);
    const float lse = logSumExp[(i64)blockX() * heads + blockY()];
    float query[Parts], gradient[Parts], sum[Parts] = {};
    loadParts(q + place.query, place, query);
    loadParts(dy + place.query, place, gradient);
    for (i32 j = place.start + (i32)warpOf(); j < place.end; j += WarpsOfBlock) {
        const i64 row = place.firstKey + j * place.tokenStride;
        const T* key = keyValue + row;
        const float score = rowProduct(q + place.query, key, place.size) * scale;
        const float weight = exp2Approximate((score - lse) * Log2E);
        const float slope = scale * weight * (rowProduct(dy + place.query, key + place.valueOffset, place.size) - delta);
        float keys[Parts], keyGradient[Parts], valueGradient[Parts];
        loadParts(key, place, keys);
#pragma unroll
        for (int p = 0; p < Parts; p++) {
            sum[p] = fma(slope, keys[p], sum[p]);
            keyGradient[p] = slope * query[p];
            valueGradient[p] = weight * gradient[p];
        }
        storeParts(dkeyValue + row, place, accumulateKeyValue, keyGradient);
        storeParts(dkeyValue + row + place.valueOffset, place, accumulateKeyValue, valueGradient);
    }
#pragma unroll
    for (int p = 0; p < Parts; p++) sums[warpOf()][p * WarpSize + laneOf()] = sum[p];
    blockBarrier();
    const i32 within = (i32)threadX(), number = place.first + within;
    if (within >= Parts * WarpSize || number >= place.size) return;
    float total = accumulateQuery ? toFloat(dq[place.query + number]) : 0;
#pragma unroll
    for (int warp = 0; warp < WarpsOfBlock; warp++) total += sums[warp][within];
    dq[place.query + number] = fromFloat<T>(total);
}

#define POOLED_ATTENTION(parts, suffix, T)                                                                                              \
    KERNEL(256) pooled_attention_forward_##parts##_##suffix(const T* q, const T* keyValue, const i32* offsets, T* y, float* logSumExp,  \
                                                            i32 width, i32 heads, float scale) {                                        \
        forward<T, parts>(q, keyValue, offsets, y, logSumExp, width, heads, scale);                                                     \
    }                                                                                                                                   \
    KERNEL(256) pooled_attention_backward_##parts##_##suffix(const T* dy, const T* q, const T* keyValue, const T* y,                    \
                                                             const float* logSumExp, const i32* offsets, i32 accumulateQuery,           \
                                                             i32 accumulateKeyValue, T* dq, T* dkeyValue, i32 width, i32 heads,         \
                                                             float scale) {                                                             \
        backward<T, parts>(dy, q, keyValue, y, logSumExp, offsets, accumulateQuery, accumulateKeyValue, dq, dkeyValue, width, heads,    \
                           scale);                                                                                                      \
    }

POOLED_ATTENTION(1, f32, float)
POOLED_ATTENTION(2, f32, float)
POOLED_ATTENTION(4, f32, float)
POOLED_ATTENTION(1, bf16, bf16)
POOLED_ATTENTION(2, bf16, bf16)
POOLED_ATTENTION(4, bf16, bf16)
