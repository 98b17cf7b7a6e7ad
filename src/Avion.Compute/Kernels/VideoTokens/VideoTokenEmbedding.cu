// Tokens of clips from patches, class token, positions and time steps, and the gradients of all four.
// Traffic: forward 2 elements a number, the tables from the cache; backward one to copy (2 elements), one for each table's sum.
// Ceiling: the rate of a copy. The table of times has few rows, so that blocks share a row's sum and a second kernel adds theirs.
#include "Columns.cuh"

struct Clips {
    i32 clips, times, patches, classTokens, columns;

    __device__ i32 patchesOfClip() const { return times * patches; }
    __device__ i32 tokensOfClip() const { return classTokens + patchesOfClip(); }
};

template <class T, int W>
DEVICE void forward(const Clips& shape, const T* patches, const T* classToken, const T* positions, const T* time, T* y) {
    forRows<W>(shape.clips * shape.tokensOfClip(), shape.columns, [=](i32 token, i32 column) {
        const i32 clip = token / shape.tokensOfClip(), place = token % shape.tokensOfClip() - shape.classTokens;
        const i32 t = place / shape.patches, s = place % shape.patches;
        float values[W];
        if (place < 0) {
            load(classToken + column, values);
            addFrom(positions + column, values);
        } else {
            load(patches + ((i64)clip * shape.patchesOfClip() + place) * shape.columns + column, values);
            addFrom(positions + (i64)(shape.classTokens + s) * shape.columns + column, values);
            if (time) addFrom(time + (i64)t * shape.columns + column, values);
        }
        store(y + (i64)token * shape.columns + column, values);
    });
}

template <class T, int W> DEVICE void backwardPatches(const Clips& shape, const T* dy, i32 accumulate, T* dpatches) {
    forRows<W>(shape.clips * shape.patchesOfClip(), shape.columns, [=](i32 patch, i32 column) {
        const i64 token = (i64)patch + (i64)(patch / shape.patchesOfClip() + 1) * shape.classTokens;
        float values[W];
        load(dy + token * shape.columns + column, values);
        storeOrAdd(dpatches + (i64)patch * shape.columns + column, accumulate, values);
    });
}

// Block y of the grid sums the tokens of row y of the positions' table, over clips and time steps; the first row with a class token is the
// class token's.
template <class T, int W> DEVICE void backwardPositions(const Clips& shape, const T* dy, float* dclassToken, float* dpositions) {
    const i32 row = (i32)blockY(), times = row < shape.classTokens ? 1 : shape.times;
    float sums[W];
    sumTerms({0, shape.clips * times}, shape.columns, sums, [=](i32 i, i32 column, float (&sum)[W]) {
        const i64 token = (i64)(i / times) * shape.tokensOfClip() + (i64)(i % times) * shape.patches + row;
        addFrom(dy + token * shape.columns + column, sum);
    });
    addWarps(sums, shape.columns, [=](i32 column, float sum) {
        if (dpositions) dpositions[(i64)row * shape.columns + column] += sum;
        if (dclassToken && row < shape.classTokens) dclassToken[column] += sum;
    });
}

// parts[y, t] = the sum of the block's share of the patches of time step t, t the third index of the grid.
template <class T, int W> DEVICE void sumTimes(const Clips& shape, const T* dy, float* parts) {
    const i32 t = (i32)blockZ();
    float sums[W];
    sumTerms(rowsOfBlock(shape.clips * shape.patches), shape.columns, sums, [=](i32 i, i32 column, float (&sum)[W]) {
        const i64 token = (i64)(i / shape.patches) * shape.tokensOfClip() + shape.classTokens + (i64)t * shape.patches + i % shape.patches;
        addFrom(dy + token * shape.columns + column, sum);
    });
    addWarps(sums, shape.columns, [=](i32 column, float sum) { parts[((i64)blockY() * shape.times + t) * shape.columns + column] = sum; });
}

#define VIDEO_TOKENS(suffix, T, W)                                                                                                   \
    KERNEL(256) video_tokens_forward_##suffix(i32 clips, i32 times, i32 patchCount, i32 classTokens, i32 columns, const T* patches,  \
                                              const T* classToken, const T* positions, const T* time, T* y) {                        \
        forward<T, W>({clips, times, patchCount, classTokens, columns}, patches, classToken, positions, time, y);                    \
    }                                                                                                                                \
    KERNEL(256) video_tokens_patches_##suffix(i32 clips, i32 times, i32 patchCount, i32 classTokens, i32 columns, const T* dy,       \
                                              i32 accumulate, T* dpatches) {                                                         \
        backwardPatches<T, W>({clips, times, patchCount, classTokens, columns}, dy, accumulate, dpatches);                           \
    }                                                                                                                                \
    KERNEL(256) video_tokens_positions_##suffix(i32 clips, i32 times, i32 patchCount, i32 classTokens, i32 columns, const T* dy,     \
                                                float* dclassToken, float* dpositions) {                                             \
        backwardPositions<T, W>({clips, times, patchCount, classTokens, columns}, dy, dclassToken, dpositions);                      \
    }                                                                                                                                \
    KERNEL(256) video_tokens_times_##suffix(i32 clips, i32 times, i32 patchCount, i32 classTokens, i32 columns, const T* dy,         \
                                            float* parts) {                                                                          \
        sumTimes<T, W>({clips, times, patchCount, classTokens, columns}, dy, parts);                                                 \
    }

COLUMN_VARIANTS(VIDEO_TOKENS)
