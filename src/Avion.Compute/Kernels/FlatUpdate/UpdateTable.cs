using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>What an optimizer updates: ranges of flat memory, checked once, and for a GPU cut into pieces that lie in its memory.</summary>
/// <remarks>A block of a GPU takes a piece: all ranges are one launch, and a captured step reads nothing of the host's.</remarks>
public sealed class UpdateTable : IDisposable
{
    // 16 numbers for each of a block's threads.
    private const int PieceElements = 4096;

    private readonly Device _device;
    private readonly UpdateRange[] _ranges;
    private readonly Tensor _pieces;
    private readonly int _pieceCount;

    /// <summary>Checks the ranges, and gives them to a device that reads them there.</summary>
    /// <param name="device">Where updates run.</param>
    /// <param name="ranges">In order, without overlap; elements in none are left alone.</param>
    public UpdateTable(Device device, params ReadOnlySpan<UpdateRange> ranges)
    {
        UpdateRange.Check(ranges);
        (_device, _ranges) = (device, ranges.ToArray());
        if (device is CudaDevice)
        {
            UpdatePiece[] pieces = [.. _ranges.SelectMany(Pieces)];
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes<UpdatePiece>(pieces);
            _pieceCount = pieces.Length;
            _pieces = Tensor.Wrap(device.AllocateMemory(bytes.Length), Shape.Flat(bytes.Length), ElementType.UInt8);
            device.Upload(bytes, _pieces);
        }
    }

    /// <summary>The ranges.</summary>
    public ReadOnlySpan<UpdateRange> Ranges => _ranges;

    /// <summary>Blocks of a GPU, one a piece.</summary>
    internal CudaGrid CudaGrid => new(_pieceCount);

    /// <summary>Where the pieces lie on a GPU.</summary>
    internal nint CudaPieces => _pieces.Data;

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_pieces.IsAbsent)
        {
            _device.FreeMemory(_pieces.Data, _pieces.ByteCount);
        }
    }

    private static IEnumerable<UpdatePiece> Pieces(UpdateRange range)
    {
        for (long first = range.First; first < range.End; first += PieceElements)
        {
            yield return new UpdatePiece(first, range.RateFactor, (int)Math.Min(PieceElements, range.End - first), range.WeightDecay);
        }
    }
}

/// <summary>A stretch of a range for one block of a GPU, as it lies in device memory (<c>FlatUpdate.cuh</c>).</summary>
/// <param name="First">First element.</param>
/// <param name="RateFactor">The range's.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="WeightDecay">The range's.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct UpdatePiece(long First, double RateFactor, int Count, float WeightDecay);
