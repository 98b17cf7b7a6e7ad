// What kernels need of CUDA C++ where no SDK is: attributes, indices, bfloat16, 16-byte packs, sums over a warp, exponentials,
// asynchronous copies and tensor cores. Compiles with clang for NVPTX and with NVRTC; nothing of CUDA's own headers is used.
#pragma once

#ifndef __CUDACC_RTC__
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#endif

#define DEVICE static inline __device__ __attribute__((always_inline))
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using i32 = int;
using i64 = long long;

constexpr int WarpSize = 32;
constexpr u32 AllLanes = 0xFFFFFFFFu;

// ---- Where a thread is -------------------------------------------------------------------------------------------------------------

#ifdef __CUDACC_RTC__
DEVICE u32 threadX() { return threadIdx.x; }
DEVICE u32 blockX() { return blockIdx.x; }
DEVICE u32 blockY() { return blockIdx.y; }
DEVICE u32 blockZ() { return blockIdx.z; }
DEVICE u32 blockSize() { return blockDim.x; }
DEVICE u32 gridX() { return gridDim.x; }
DEVICE u32 gridY() { return gridDim.y; }
#else
DEVICE u32 threadX() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE u32 blockX() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE u32 blockY() { return __nvvm_read_ptx_sreg_ctaid_y(); }
DEVICE u32 blockZ() { return __nvvm_read_ptx_sreg_ctaid_z(); }
DEVICE u32 blockSize() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE u32 gridX() { return __nvvm_read_ptx_sreg_nctaid_x(); }
DEVICE u32 gridY() { return __nvvm_read_ptx_sreg_nctaid_y(); }
#endif

DEVICE u32 laneOf() { return threadX() % WarpSize; }
DEVICE u32 warpOf() { return threadX() / WarpSize; }
DEVICE void blockBarrier() { __syncthreads(); }
DEVICE void warpBarrier() { asm volatile("bar.warp.sync -1;" ::: "memory"); }

// ---- Numbers -----------------------------------------------------------------------------------------------------------------------

// Upper half of a float.
struct bf16 { u16 bits; };

#ifdef __CUDACC_RTC__
DEVICE float asFloat(u32 bits) { return __uint_as_float(bits); }
DEVICE u32 asBits(float x) { return __float_as_uint(x); }
#else
DEVICE float asFloat(u32 bits) { return __builtin_bit_cast(float, bits); }
DEVICE u32 asBits(float x) { return __builtin_bit_cast(u32, x); }
#endif
DEVICE float toFloat(float x) { return x; }
DEVICE float toFloat(bf16 x) { return asFloat((u32)x.bits << 16); }

// Two numbers rounded to the nearest bfloat16, the first in the lower half.
DEVICE u32 packBf16(float low, float high) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

template <class T> DEVICE T fromFloat(float x) {
    if constexpr (sizeof(T) == sizeof(float)) return x;
    else return {(u16)packBf16(x, 0.0f)};
}

DEVICE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
DEVICE float maximum(float a, float b) { return a > b ? a : b; }
DEVICE float absolute(float x) { return __builtin_fabsf(x); }
DEVICE float reciprocal(float x) { return 1.0f / x; }
DEVICE float squareRoot(float x) { float y; asm("sqrt.rn.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

// 2^x by the special function unit: relative error at most 2^-22; 0 for x below -126 or so.
DEVICE float exp2Approximate(float x) { float y; asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x)); return y; }

// e^x to 2e-7 relative, as the processor's kernels compute it: x = n ln 2 + r, |r| <= ln 2 / 2, a polynomial of degree 7
// (Moshier's Cephes, expf), times 2^n. At least e^-86.9, infinite from 88.73 on; not a number stays so.
DEVICE float exponential(float x) {
    x = x < -86.9f ? -86.9f : x;
    x = x > 88.8f ? 88.8f : x;
    float n;
    asm("cvt.rni.f32.f32 %0, %1;" : "=f"(n) : "f"(x * 1.44269504f));
    float r = fma(n, -0.693359375f, x);
    r = fma(n, 2.12194440e-4f, r);
    float p = fma(1.9875691500e-4f, r, 1.3981999507e-3f);
    p = fma(p, r, 8.3334519073e-3f);
    p = fma(p, r, 4.1665795894e-2f);
    p = fma(p, r, 1.6666665459e-1f);
    p = fma(p, r, 5.0000001201e-1f);
    p = fma(p, r * r, r) + 1.0f;
    // n reaches 128, one more than an exponent field holds: one factor of two is taken beforehand.
    return (p + p) * asFloat((u32)((i32)n - 1 + 127) << 23);
}

// ---- Packs: 16 bytes at once -------------------------------------------------------------------------------------------------------

struct alignas(16) Words4 { u32 x, y, z, w; };

template <int Value> struct Width { static constexpr int value = Value; };

// Calls body(Width<0>()) to body(Width<Count - 1>()): a loop whose counter is a constant.
template <int Count, class Body> DEVICE void unrolled(Body body) {
    if constexpr (Count > 0) {
        unrolled<Count - 1>(body);
        body(Width<Count - 1>());
    }
}

// How many numbers fill 16 bytes.
template <class T> constexpr int PackWidth = 16 / (int)sizeof(T);

template <int W> DEVICE void load(const float* source, float (&x)[W]) {
    if constexpr (W % 4 == 0) {
#pragma unroll
        for (int i = 0; i < W; i += 4) {
            Words4 words = *(const Words4*)(source + i);
            x[i] = asFloat(words.x), x[i + 1] = asFloat(words.y), x[i + 2] = asFloat(words.z), x[i + 3] = asFloat(words.w);
        }
    } else {
#pragma unroll
        for (int i = 0; i < W; i++) x[i] = source[i];
    }
}

template <int W> DEVICE void load(const bf16* source, float (&x)[W]) {
    if constexpr (W == 8) {
        Words4 words = *(const Words4*)source;
        const u32 pairs[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
        for (int i = 0; i < 4; i++) x[2 * i] = asFloat(pairs[i] << 16), x[2 * i + 1] = asFloat(pairs[i] & 0xFFFF0000u);
    } else {
#pragma unroll
        for (int i = 0; i < W; i++) x[i] = toFloat(source[i]);
    }
}

template <int W> DEVICE void store(float* target, const float (&x)[W]) {
    if constexpr (W % 4 == 0) {
#pragma unroll
        for (int i = 0; i < W; i += 4) *(Words4*)(target + i) = {asBits(x[i]), asBits(x[i + 1]), asBits(x[i + 2]), asBits(x[i + 3])};
    } else {
#pragma unroll
        for (int i = 0; i < W; i++) target[i] = x[i];
    }
}

template <int W> DEVICE void store(bf16* target, const float (&x)[W]) {
    if constexpr (W == 8) {
        *(Words4*)target = {packBf16(x[0], x[1]), packBf16(x[2], x[3]), packBf16(x[4], x[5]), packBf16(x[6], x[7])};
    } else {
#pragma unroll
        for (int i = 0; i < W; i++) target[i] = fromFloat<bf16>(x[i]);
    }
}

DEVICE bool isPackAligned(const void* a, const void* b = nullptr, const void* c = nullptr, const void* d = nullptr) {
    return (((u64)a | (u64)b | (u64)c | (u64)d) & 15) == 0;
}

// Calls body(i, Width<W>) so that every element is met once: by packs where memory is aligned, the rest one by one.
template <class T, class Body> DEVICE void forElements(i64 count, bool aligned, Body body) {
    constexpr int W = PackWidth<T>;
    const i64 first = (i64)blockX() * blockSize() + threadX(), stride = (i64)gridX() * blockSize(), packs = aligned ? count / W : 0;
    for (i64 p = first; p < packs; p += stride) body(p * W, Width<W>());
    for (i64 i = packs * W + first; i < count; i += stride) body(i, Width<1>());
}

// ---- Asynchronous copies and tensor cores ------------------------------------------------------------------------------------------

// The 32-bit address of shared memory, which copies and matrix loads take.
DEVICE u32 sharedAddress(const void* generic) {
    u64 address;
    asm("cvta.to.shared.u64 %0, %1;" : "=l"(address) : "l"(generic));
    return (u32)address;
}

// 16 bytes to shared memory past the first cache; zeros where they are not wanted.
DEVICE void copyAsync16(u32 shared, const void* global, bool wanted) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(global), "r"(wanted ? 16 : 0) : "memory");
}

DEVICE void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits until at most so many of this thread's groups of copies are under way.
template <int Newest> DEVICE void waitForCopies() { asm volatile("cp.async.wait_group %0;" ::"n"(Newest) : "memory"); }

// Four 8 x 8 matrices of 16-bit numbers; lane i gives the address of row i % 8 of matrix i / 8. The offset is part of the instruction:
// sums that differ by constants would each take a register.
template <int Offset = 0> DEVICE void loadMatrices(u32 (&m)[4], u32 shared) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4 + %5];"
                 : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3]) : "r"(shared), "n"(Offset) : "memory");
}

template <int Offset = 0> DEVICE void loadMatricesTransposed(u32 (&m)[4], u32 shared) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4 + %5];"
                 : "=r"(m[0]), "=r"(m[1]), "=r"(m[2]), "=r"(m[3]) : "r"(shared), "n"(Offset) : "memory");
}

// sum += a b, with a 16 x 16 and b 16 x 8 of bfloat16.
DEVICE void multiplyAdd(float (&sum)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// ---- Warps -------------------------------------------------------------------------------------------------------------------------

DEVICE float shuffleXor(float x, int mask) {
    float y;
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=f"(y) : "f"(x), "r"(mask));
    return y;
}

// Another lane's number, the same lane's for all.
DEVICE float shuffleFrom(float x, int lane) {
    float y;
    asm volatile("shfl.sync.idx.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=f"(y) : "f"(x), "r"(lane));
    return y;
}

// The sum over a warp's lanes, in every lane; the order of addition is fixed.
DEVICE float warpSum(float x) {
#pragma unroll
    for (int mask = WarpSize / 2; mask > 0; mask /= 2) x += shuffleXor(x, mask);
    return x;
}

// The lanes for which something holds, as bits.
#ifdef __CUDACC_RTC__
DEVICE u32 lanesWhere(bool holds) { return __ballot_sync(AllLanes, holds); }
#else
DEVICE u32 lanesWhere(bool holds) { return __nvvm_vote_ballot_sync(AllLanes, holds); }
#endif
