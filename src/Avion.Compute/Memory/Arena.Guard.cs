namespace Avion.Compute;

/// <content>Guards, for tests: they find kernels that write past a block or read what nobody wrote.</content>
public sealed unsafe partial class Arena
{
    // Read as float32 or float64 these bytes are not a number, so what a kernel takes from beyond its memory shows in its results.
    private const byte Poisoned = 0xFF;

    /// <summary>Bytes behind each block that nobody may write; 0 outside tests. Set before the first block is taken.</summary>
    internal int GuardBytes { get; set; }

    private void Poison(in Block block)
    {
        if (GuardBytes > 0 && _device is HostDevice)
        {
            for (long done = 0; done < block.Bytes; done += int.MaxValue)
            {
                new Span<byte>((byte*)block.Start + done, (int)Math.Min(int.MaxValue, block.Bytes - done)).Fill(Poisoned);
            }
        }
    }

    private void CheckGuards()
    {
        for (int i = 0; i < _blockCount && GuardBytes > 0; i++)
        {
            if (!_blocks[i].IsFree)
            {
                CheckGuard(_blocks[i]);
            }
        }
    }

    private void CheckGuard(in Block block)
    {
        if (GuardBytes == 0 || _device is not HostDevice)
        {
            return;
        }

        ReadOnlySpan<byte> guard = new((byte*)block.Start + block.RequestedBytes, (int)(block.Bytes - block.RequestedBytes));
        int written = guard.IndexOfAnyExcept(Poisoned);
        if (written >= 0)
        {
            throw new InvalidOperationException(
                $"A kernel wrote {written} bytes past the end of a block of {block.RequestedBytes} bytes. This is a bug in Avion.");
        }
    }
}
