namespace Avion.Video;

/// <summary>Memory outside the managed heap that grows when asked and is kept, so that a warm reader allocates nothing.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const nuint Alignment = 64;

    private byte* _address;
    private nuint _capacity;

    public byte* Address => _address;

    /// <summary>At least <paramref name="bytes"/> bytes, aligned to 64; what was there before is lost when it has to grow.</summary>
    public byte* Ensure(nuint bytes)
    {
        if (bytes > _capacity)
        {
            Dispose();
            // A quarter more than asked, so that clips of slowly rising size do not reallocate each time.
            nuint capacity = bytes + (bytes / 4);
            _address = (byte*)NativeMemory.AlignedAlloc(capacity, Alignment);
            _capacity = capacity;
        }

        return _address;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_address);
        _address = null;
        _capacity = 0;
    }
}
