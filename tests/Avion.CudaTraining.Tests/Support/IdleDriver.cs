using System.Runtime.InteropServices;

namespace Avion.CudaTraining.Tests;

/// <summary>NVIDIA's libraries that do nothing and take no managed memory: what a step allocates on them is Avion's own.</summary>
/// <remarks>Every call succeeds; device memory is fictitious, and no number is computed: losses are 0 and every step is finite.</remarks>
internal static unsafe class IdleDriver
{
    private static readonly nint s_nothing = (nint)(delegate* unmanaged<int>)&Nothing, s_first = (nint)(delegate* unmanaged<nint*, int>)&HandleFirst,
        s_second = (nint)(delegate* unmanaged<nint, nint*, int>)&HandleSecond;

    private static long s_nextAddress;

    /// <summary>How often device memory was taken.</summary>
    public static long Allocations { get; private set; }

    /// <summary>The address of a function.</summary>
    public static nint Find(string function) => function switch
    {
        "cuDeviceGetCount" => (nint)(delegate* unmanaged<int*, int>)&DeviceCount,
        "ncclGetVersion" => (nint)(delegate* unmanaged<int*, int>)&NcclVersion,
        "ncclCommGetAsyncError" => (nint)(delegate* unmanaged<nint, int*, int>)&NoError,
        "ncclCommInitRank" => s_first,
        "cuDeviceGetAttribute" => (nint)(delegate* unmanaged<int*, int, int, int>)&Attribute,
        "cuMemGetInfo_v2" => (nint)(delegate* unmanaged<nuint*, nuint*, int>)&MemoryInformation,
        "cuMemAlloc_v2" => (nint)(delegate* unmanaged<ulong*, nuint, int>)&Allocate,
        "cuMemHostAlloc" => (nint)(delegate* unmanaged<nint*, nuint, uint, int>)&AllocateHost,
        "cuMemFreeHost" => (nint)(delegate* unmanaged<nint, int>)&FreeHost,
        "cuMemcpyDtoHAsync_v2" => (nint)(delegate* unmanaged<void*, ulong, nuint, nint, int>)&CopyToHost,
        "cublasLtMatmulAlgoGetHeuristic" =>
            (nint)(delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, int, CublasLtChoice*, int*, int>)&Choose,
        "cublasLtGetStatusString" => 0,
        "cuStreamEndCapture" => s_second,
        _ when function.Contains("Create", StringComparison.Ordinal) || function.Contains("Instantiate", StringComparison.Ordinal)
            || function is "cuDevicePrimaryCtxRetain" or "cuModuleLoadDataEx" or "cuModuleGetFunction" => s_first,
        _ => s_nothing,
    };

    [UnmanagedCallersOnly]
    private static int Nothing() => 0;

    [UnmanagedCallersOnly]
    private static int HandleFirst(nint* handle)
    {
        *handle = 1;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int HandleSecond(nint of, nint* handle)
    {
        *handle = 1;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceCount(int* count)
    {
        *count = 2;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int NcclVersion(int* number)
    {
        *number = 22304;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int NoError(nint of, int* error)
    {
        *error = 0;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Attribute(int* value, int attribute, int device)
    {
        const int CapabilityMajor = 75, SharedBytes = 97;
        *value = attribute switch { CapabilityMajor => 8, SharedBytes => 160 << 10, _ => 2 };
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int MemoryInformation(nuint* free, nuint* total)
    {
        (*free, *total) = ((nuint)8 << 30, (nuint)8 << 30);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Allocate(ulong* address, nuint bytes)
    {
        Allocations++;
        *address = (1UL << 40) + (ulong)Interlocked.Add(ref s_nextAddress, ((long)bytes + 0xFFFF) & ~0xFFFFL);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int AllocateHost(nint* address, nuint bytes, uint flags)
    {
        *address = (nint)NativeMemory.AllocZeroed(bytes);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int FreeHost(nint address)
    {
        NativeMemory.Free((void*)address);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int CopyToHost(void* destination, ulong source, nuint bytes, nint stream)
    {
        // Every step is finite: as a norm this is all but 0.
        if (bytes == sizeof(long))
        {
            *(long*)destination = 1;
        }

        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Choose(nint handle, nint product, nint a, nint b, nint c, nint d, nint preference, int wanted, CublasLtChoice* choice, int* count)
    {
        (*choice, *count) = (default, 1);
        return 0;
    }
}
