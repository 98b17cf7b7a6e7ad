using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>Page-locked memory through which uploads go to a device in the order of its work, so that the host does not wait for
/// them.</summary>
/// <remarks>
/// A source is copied into the ring and may be used again at once; the device's stream takes it from there when it comes to it. The ring
/// has several segments, each with an event behind its last copy: the host waits only where it is a whole ring ahead of the device, which
/// <see cref="LateScalars"/> keeps it from being. Warm calls allocate nothing.
/// </remarks>
internal sealed unsafe class UploadRing : IDisposable
{
    private const int SegmentCount = 8, Alignment = 16;
    private const long SegmentBytes = 2 << 20;

    private readonly CudaDevice _device;
    private readonly nint[] _copied = new nint[SegmentCount];
    private nint _memory;
    private int _segment;
    private long _used;

    /// <summary>A ring whose memory is taken by the first upload.</summary>
    public UploadRing(CudaDevice device) => _device = device;

    /// <summary>Sends bytes.</summary>
    public void Send(ReadOnlySpan<byte> source, nint destination)
    {
        while (source.Length > 0)
        {
            Span<byte> room = Room(source.Length);
            source[..room.Length].CopyTo(room);
            Copy(room, destination);
            source = source[room.Length..];
            destination += room.Length;
        }
    }

    /// <summary>Sends numbers, converted to the type of the destination: float32, float64 or bfloat16.</summary>
    public void Send(ReadOnlySpan<float> source, Tensor destination)
    {
        if (destination.Type == ElementType.Float32)
        {
            Send(MemoryMarshal.AsBytes(source), destination.Data);
            return;
        }

        int size = destination.Type.SizeInBytes();
        nint target = destination.Data;
        while (source.Length > 0)
        {
            Span<byte> room = Room((long)source.Length * size);
            int count = room.Length / size;
            if (size == sizeof(double))
            {
                Widen(source[..count], MemoryMarshal.Cast<byte, double>(room));
            }
            else
            {
                Round(source[..count], MemoryMarshal.Cast<byte, ushort>(room));
            }

            Copy(room, target);
            source = source[count..];
            target += room.Length;
        }
    }

    /// <summary>Returns the memory; the device has done all its work.</summary>
    public void Dispose()
    {
        if (_memory != 0)
        {
            _device.FreeHostMemory(_memory);
            foreach (nint signal in _copied.Where(signal => signal != 0))
            {
                _device.Driver.DestroyEvent(signal);
            }
        }
    }

    private static void Widen(ReadOnlySpan<float> source, Span<double> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i];
        }
    }

    private static void Round(ReadOnlySpan<float> source, Span<ushort> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = ((BFloat16)source[i]).Bits;
        }
    }

    /// <summary>Room for so many bytes, or for fewer where the segment ends: a multiple of the alignment then.</summary>
    private Span<byte> Room(long bytes)
    {
        if (_memory == 0)
        {
            _memory = _device.AllocateHostMemory(SegmentCount * SegmentBytes);
        }

        if (_used == SegmentBytes)
        {
            BeginNextSegment();
        }

        long count = Math.Min(bytes, SegmentBytes - _used);
        Span<byte> room = new((byte*)_memory + (_segment * SegmentBytes) + _used, (int)count);
        _used = Math.Min(SegmentBytes, (_used + count + Alignment - 1) / Alignment * Alignment);
        return room;
    }

    private void Copy(Span<byte> room, nint destination)
    {
        fixed (byte* source = room)
        {
            _device.Driver.CopyToDevice(destination, source, room.Length, _device.Stream);
        }
    }

    private void BeginNextSegment()
    {
        CudaDriver driver = _device.Driver;
        if (_copied[_segment] == 0)
        {
            _copied[_segment] = driver.CreateEvent();
        }

        driver.RecordEvent(_copied[_segment], _device.Stream);
        (_segment, _used) = ((_segment + 1) % SegmentCount, 0);
        if (_copied[_segment] != 0)
        {
            driver.SynchronizeEvent(_copied[_segment]);
        }
    }
}
