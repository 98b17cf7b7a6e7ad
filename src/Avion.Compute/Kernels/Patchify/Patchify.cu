// Patches of pixels, normalized and mirrored on the way: patches[(b, t, h, w), (c, p0, p1, p2)] = (pixel - mean_c) / deviation_c.
// Each thread writes Run numbers that lie side by side in a patch's row, as many as divide the patch's side.
// Traffic: a byte read and a number written; ceiling: the rate of a copy, for reads of a warp lie in few rows of pixels.
#include "Kernel.cuh"

struct Grid {
    i32 clips, frames, height, width, side, tubelet;
};

struct Normalization {
    float mean[3], deviation[3];
};

template <int Run, class P, class T>
DEVICE void patchify(const P* pixels, const u8* mirrored, T* patches, const Grid& grid, const Normalization& normalization, i64 count) {
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
        const bool mirror = mirrored && mirrored[b] != 0;
        const i64 row = ((((i64)b * grid.frames + t * grid.tubelet + p0) * 3 + channel) * grid.height + h * grid.side + p1) * grid.width;
        const float mean = channel == 0 ? normalization.mean[0] : channel == 1 ? normalization.mean[1] : normalization.mean[2];
        const float deviation = channel == 0 ? normalization.deviation[0] : channel == 1 ? normalization.deviation[1] : normalization.deviation[2];
        float values[Run];
#pragma unroll
        for (int k = 0; k < Run; k++) {
            const i32 x = w * grid.side + p2 + k;
            values[k] = ((float)(mirror ? pixels[row + grid.width - 1 - x] : pixels[row + x]) - mean) / deviation;
        }
        store(patches + (i64)i * Run, values);
    }
}

// bfloat16 pixels are read as what they stand for.
struct Bf16Pixel {
    u16 bits;
    __device__ operator float() const { return asFloat((u32)bits << 16); }
};

#define PATCHIFY(name, Run, P, suffix, T)                                                                                             \
    KERNEL(256) patchify_##name##_##suffix(const P* pixels, const u8* mirrored, T* patches, i32 clips, i32 frames, i32 height,        \
                                           i32 width, i32 side, i32 tubelet, float mean0, float mean1, float mean2, float deviation0, \
                                           float deviation1, float deviation2, i64 count) {                                           \
        patchify<Run>(pixels, mirrored, patches, {clips, frames, height, width, side, tubelet},                                       \
                      {{mean0, mean1, mean2}, {deviation0, deviation1, deviation2}}, count);                                          \
    }

PATCHIFY(bytes_8, 8, u8, f32, float)
PATCHIFY(bytes_8, 8, u8, bf16, bf16)
PATCHIFY(bytes_1, 1, u8, f32, float)
PATCHIFY(bytes_1, 1, u8, bf16, bf16)
PATCHIFY(numbers_1, 1, float, f32, float)
PATCHIFY(numbers_1, 1, Bf16Pixel, bf16, bf16)
