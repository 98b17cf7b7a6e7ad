using TorchSharp;

namespace Avion.Peers;

/// <summary>Clips of bytes to patches of numbers.</summary>
internal static class TorchClips
{
    /// <summary>(pixel - mean) / deviation of each channel, shapes [1, 1, 3, 1, 1].</summary>
    public static torch.Tensor Normalize(torch.Tensor pixels, PixelNormalization normalization)
    {
        torch.Tensor mean = torch.tensor([.. normalization.Mean]).view(1, 1, 3, 1, 1);
        torch.Tensor deviation = torch.tensor([.. normalization.Deviation]).view(1, 1, 3, 1, 1);
        return (pixels.to(torch.float32) - mean) / deviation;
    }

    /// <summary>[B, T, 3, H, W] to [B, N, 3·t·P·P], columns in the order channel, time, row, column.</summary>
    public static torch.Tensor Patches(torch.Tensor pixels, int patch, int frames)
    {
        long[] shape = pixels.shape;
        torch.Tensor cut = pixels.view(shape[0], shape[1] / frames, frames, 3, shape[3] / patch, patch, shape[4] / patch, patch);
        return cut.permute(0, 1, 4, 6, 3, 2, 5, 7).reshape(shape[0], -1, 3 * frames * patch * patch);
    }

    /// <summary>Reads a tensor of an exchange file.</summary>
    public static torch.Tensor Read(TensorFileReader file, string name, torch.ScalarType type)
    {
        torch.Tensor tensor = torch.empty(file.ShapeOf(name), type);
        file.Read(name, tensor.bytes);
        return tensor;
    }
}
