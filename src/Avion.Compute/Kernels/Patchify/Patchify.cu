// Patches of pixels, normalized and mirrored on the way: patches[(b, t, h, w), (c, p0, p1, p2)] = (pixel - mean_c) / deviation_c.
// Each thread writes Run numbers that lie side by side in a patch's row, as many as divide the patch's side. Mixed: a clip takes a share of
// another's numbers, and all of them within a box (ClipMixing.cs).
// Traffic: a byte read, two where clips are mixed, and a number written; ceiling: the rate of a copy, for reads of a warp lie in few rows
// of pixels.
#include "Kernel.cuh"

struct Grid {
    i32 clips, frames, height, width, side, tubelet;
};

struct Normalization {
    float mean[3], deviation[3];
};

// With which clip a clip is mixed: partner, and first and end of the box's rows and columns.
struct Mixing {
    const i32* places;
    const float* shares;
};

struct Box {
    i32 partner, top, bottom, left, right;
};

// One row of pixels of a clip, normalized, from left to right as the clip is shown.
template <class P> struct PixelRow {
    const P* pixels;
    i32 width;
    bool mirror;
    float mean, deviation;

    __device__ float at(i32 x) const { return ((float)(mirror ? pixels[width - 1 - x] : pixels[x]) - mean) / deviation; }
};

template <bool Mixes, int Run, class P, class T>
DEVICE void patchify(const P* pixels, const u8* mirrored, T* patches, const Grid& grid, const Normalization& normalization,
                     const Mixing& mixing, i64 count) {
    const i32 columns = grid.width / grid.side, rows = grid.height / grid.side, times = grid.frames / grid.tubelet;
    const i32 runs = grid.side / Run, elements = 3 * grid.tubelet * grid.side * runs;
    // The caller sees to it that the number of runs fits 31 bits: divisions of 64 bits are slow.
    for (u32 i = blockX() * blockSize() + threadX(); i < (u32)(count / Run); i += gridX() * blockSize()) {
        i32 within = (i32)i % elements, patch = (i32)i / elements;
        const i32 p2 = within % runs * Run, p1 = within / runs % grid.side;
        within /= runs * grid.side;
        const i32 p0 = within % grid.tubelet, channel = within / grid.tubelet;
        const i32 w = patch % columns, h = patch / columns % rows;
        patch /= columns * rows;
        const i32 t = patch % times, b = patch / times;
        const i32 y = h * grid.side + p1;
        // Where the row lies in its clip.
        const i64 clipPixels = (i64)grid.frames * 3 * grid.height * grid.width;
        const i64 row = (((i64)(t * grid.tubelet + p0) * 3 + channel) * grid.height + y) * grid.width;
        const float mean = channel == 0 ? normalization.mean[0] : channel == 1 ? normalization.mean[1] : normalization.mean[2];
        const float deviation = channel == 0 ? normalization.deviation[0] : channel == 1 ? normalization.deviation[1] : normalization.deviation[2];
        const auto rowOf = [&](i32 clip) {
            return PixelRow<P>{pixels + clip * clipPixels + row, grid.width, mirrored && mirrored[clip] != 0, mean, deviation};
        };
        const PixelRow<P> own = rowOf(b);
        float values[Run];
#pragma unroll
        for (int k = 0; k < Run; k++) values[k] = own.at(w * grid.side + p2 + k);
        if constexpr (Mixes) {
            const Box box = ((const Box*)mixing.places)[b];
            const float share = mixing.shares[b];
            const bool boxHere = y >= box.top && y < box.bottom && box.left < box.right;
            if ((u32)box.partner >= (u32)grid.clips) asm volatile("trap;");
            if (box.partner != b && (share != 1 || boxHere)) {
                const PixelRow<P> partner = rowOf(box.partner);
#pragma unroll
                for (int k = 0; k < Run; k++) {
                    const i32 x = w * grid.side + p2 + k;
                    const float other = partner.at(x);
                    values[k] = boxHere && x >= box.left && x < box.right ? other : fma(share, values[k], (1 - share) * other);
                }
            }
        }
        store(patches + (i64)i * Run, values);
    }
}

// bfloat16 pixels are read as what they stand for.
struct Bf16Pixel {
    u16 bits;
    __device__ operator float() const { return asFloat((u32)bits << 16); }
};

#define PATCHIFY(name, Mixes, Run, P, suffix, T)                                                                                      \
    KERNEL(256) patchify_##name##_##suffix(const P* pixels, const u8* mirrored, const i32* places, const float* shares, T* patches,   \
                                           i32 clips, i32 frames, i32 height, i32 width, i32 side, i32 tubelet, float mean0,          \
                                           float mean1, float mean2, float deviation0, float deviation1, float deviation2,            \
                                           i64 count) {                                                                               \
        patchify<Mixes, Run>(pixels, mirrored, patches, {clips, frames, height, width, side, tubelet},                                \
                             {{mean0, mean1, mean2}, {deviation0, deviation1, deviation2}}, {places, shares}, count);                 \
    }

#define VARIANTS(suffix, T, Number)                            \
    PATCHIFY(bytes_8, false, 8, u8, suffix, T)                 \
    PATCHIFY(bytes_1, false, 1, u8, suffix, T)                 \
    PATCHIFY(numbers_1, false, 1, Number, suffix, T)           \
    PATCHIFY(mixed_bytes_8, true, 8, u8, suffix, T)            \
    PATCHIFY(mixed_bytes_1, true, 1, u8, suffix, T)            \
    PATCHIFY(mixed_numbers_1, true, 1, Number, suffix, T)

VARIANTS(f32, float, float)
VARIANTS(bf16, bf16, Bf16Pixel)
