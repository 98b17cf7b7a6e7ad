namespace Avion.CudaSimulator;

/// <summary>The local memory of a warp's lanes.</summary>
internal sealed unsafe class LocalMemory
{
    private readonly byte[] _bytes;
    private readonly bool[] _written;
    private readonly int _size;

    public LocalMemory(int bytes)
    {
        _size = bytes;
        _bytes = GC.AllocateArray<byte>(32 * bytes, pinned: true);
        _written = new bool[32 * bytes];
    }

    public void Forget() => _written.AsSpan().Clear();

    public byte* Locate(Warp warp, Operation operation, int lane, ulong address, int bytes, bool writes)
    {
        if (address + (ulong)bytes > (ulong)_size || (address & (ulong)(bytes - 1)) != 0)
        {
            bool isBeyond = address + (ulong)bytes > (ulong)_size;
            throw SimulationException.At(isBeyond ? FailureKind.OutOfBounds : FailureKind.Unaligned, warp, operation, lane,
                $"uses {bytes} bytes at {address} of its local memory of {_size} bytes.");
        }

        int at = (lane * _size) + (int)address;
        if (writes)
        {
            _written.AsSpan(at, bytes).Fill(true);
        }
        else if (_written.AsSpan(at, bytes).Contains(false))
        {
            throw SimulationException.At(FailureKind.UnwrittenRead, warp, operation, lane,
                $"reads byte {address} of its local memory, which it has not written.");
        }

        return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bytes)) + at;
    }
}
