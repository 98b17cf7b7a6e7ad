namespace Avion.Compute;

/// <content>Memory of the device and pinned memory of the host.</content>
public sealed unsafe partial class CudaDriver
{
    // Pinned for all contexts.
    private const uint Portable = 1;

    private delegate* unmanaged<ulong*, nuint, int> _memoryAllocate;
    private delegate* unmanaged<ulong, int> _memoryFree;
    private delegate* unmanaged<nuint*, nuint*, int> _memoryInformation;
    private delegate* unmanaged<nint*, nuint, uint, int> _hostAllocate;
    private delegate* unmanaged<nint, int> _hostFree;
    private delegate* unmanaged<ulong, void*, nuint, nint, int> _copyToDevice;
    private delegate* unmanaged<void*, ulong, nuint, nint, int> _copyToHost;
    private delegate* unmanaged<ulong, ulong, nuint, nint, int> _copyOnDevice;
    private delegate* unmanaged<ulong, byte, nuint, nint, int> _setBytes;
    private delegate* unmanaged<ulong, ushort, nuint, nint, int> _setShorts;
    private delegate* unmanaged<ulong, uint, nuint, nint, int> _setWords;

    internal nint Allocate(long bytes)
    {
        ulong address;
        Check(_memoryAllocate(&address, (nuint)bytes), "cuMemAlloc");
        return (nint)address;
    }

    internal void Free(nint address) => CheckRelease(_memoryFree((ulong)address), "cuMemFree");

    /// <summary>Bytes that are free and that there are on the current device.</summary>
    internal (long Free, long Total) MemoryInformation()
    {
        nuint free, total;
        Check(_memoryInformation(&free, &total), "cuMemGetInfo");
        return ((long)free, (long)total);
    }

    /// <summary>Host memory that every device copies from and to without the processor.</summary>
    internal nint AllocatePinned(long bytes)
    {
        nint address;
        Check(_hostAllocate(&address, (nuint)bytes, Portable), "cuMemHostAlloc");
        return address;
    }

    internal void FreePinned(nint address) => CheckRelease(_hostFree(address), "cuMemFreeHost");

    internal void CopyToDevice(nint target, void* source, long bytes, nint stream) =>
        Check(_copyToDevice((ulong)target, source, (nuint)bytes, stream), "cuMemcpyHtoDAsync");

    internal void CopyToHost(void* target, nint source, long bytes, nint stream) =>
        Check(_copyToHost(target, (ulong)source, (nuint)bytes, stream), "cuMemcpyDtoHAsync");

    internal void CopyOnDevice(nint target, nint source, long bytes, nint stream) =>
        Check(_copyOnDevice((ulong)target, (ulong)source, (nuint)bytes, stream), "cuMemcpyDtoDAsync");

    internal void SetBytes(nint target, byte value, long count, nint stream) =>
        Check(_setBytes((ulong)target, value, (nuint)count, stream), "cuMemsetD8Async");

    internal void SetShorts(nint target, ushort value, long count, nint stream) =>
        Check(_setShorts((ulong)target, value, (nuint)count, stream), "cuMemsetD16Async");

    internal void SetWords(nint target, uint value, long count, nint stream) =>
        Check(_setWords((ulong)target, value, (nuint)count, stream), "cuMemsetD32Async");

    private void FillMemory()
    {
        _memoryAllocate = (delegate* unmanaged<ulong*, nuint, int>)Find("cuMemAlloc_v2");
        _memoryFree = (delegate* unmanaged<ulong, int>)Find("cuMemFree_v2");
        _memoryInformation = (delegate* unmanaged<nuint*, nuint*, int>)Find("cuMemGetInfo_v2");
        _hostAllocate = (delegate* unmanaged<nint*, nuint, uint, int>)Find("cuMemHostAlloc");
        _hostFree = (delegate* unmanaged<nint, int>)Find("cuMemFreeHost");
        _copyToDevice = (delegate* unmanaged<ulong, void*, nuint, nint, int>)Find("cuMemcpyHtoDAsync_v2");
        _copyToHost = (delegate* unmanaged<void*, ulong, nuint, nint, int>)Find("cuMemcpyDtoHAsync_v2");
        _copyOnDevice = (delegate* unmanaged<ulong, ulong, nuint, nint, int>)Find("cuMemcpyDtoDAsync_v2");
        _setBytes = (delegate* unmanaged<ulong, byte, nuint, nint, int>)Find("cuMemsetD8Async");
        _setShorts = (delegate* unmanaged<ulong, ushort, nuint, nint, int>)Find("cuMemsetD16Async");
        _setWords = (delegate* unmanaged<ulong, uint, nuint, nint, int>)Find("cuMemsetD32Async");
    }
}
