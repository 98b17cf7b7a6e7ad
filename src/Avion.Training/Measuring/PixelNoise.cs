using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>A batch of clips of noise: uint8 [B, T, 3, H, W].</summary>
internal sealed unsafe class PixelNoise : IDisposable
{
    private readonly byte* _pixels;
    private readonly Shape _shape;

    public PixelNoise(int clips, int frames, int imageSize)
    {
        _shape = new Shape(clips, frames, 3, imageSize, imageSize);
        _pixels = (byte*)NativeMemory.Alloc((nuint)_shape.Count);
        CounterRandom random = CounterRandom.For(0, "step benchmark");
        for (long i = 0; i < _shape.Count; i++)
        {
            _pixels[i] = (byte)random.NextUInt32();
        }
    }

    public Tensor Tensor => Tensor.Wrap((nint)_pixels, _shape, ElementType.UInt8);

    public void Dispose() => NativeMemory.Free(_pixels);
}
