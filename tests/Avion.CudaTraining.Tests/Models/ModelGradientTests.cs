namespace Avion.CudaTraining.Tests;

/// <summary>Outputs and gradients of whole models on a GPU against the double-precision reference from the same weights, for a loss that is a sum
/// over outputs: no differences between samples widen what rounding does.</summary>
public sealed class ModelGradientTests
{
    [Theory]
    [InlineData(ElementType.Float32, 3, VisionPooling.ClassToken, GeluKind.Quick, 0f, 0f)]
    [InlineData(ElementType.BFloat16, 3, VisionPooling.ClassToken, GeluKind.Quick, 0f, 0f)]
    [InlineData(ElementType.BFloat16, 1, VisionPooling.Mean, GeluKind.Erf, 0.5f, 0.25f)]
    public void A_dual_encoder_s_are_those_of_the_reference(
        ElementType type, int heads, VisionPooling pooling, GeluKind gelu, float patchDropout, float dropPath)
    {
        int width = heads == 1 ? 64 : 48;
        DualEncoderConfig config = SmallModel.Config with
        {
            Vision = SmallModel.Config.Vision with
            {
                ImageSize = 16, FrameCount = 2, Width = width, HeadCount = heads, Pooling = pooling, Gelu = gelu, PatchDropoutRate = patchDropout,
                DropPathRate = dropPath,
            },
        };
        using SimulatedTraining gpu = new();
        using (CudaDevice device = gpu.Open(type))
        {
            AssertLikeReference(device, config);
        }

        // The processor has the GPU's types, and so its bound.
        using CpuDevice processor = new(2, activationType: type);
        AssertLikeReference(processor, config);
    }

    private static void AssertLikeReference(Device device, DualEncoderConfig config)
    {
        using ReferenceDevice reference = new();
        using DualEncoder actual = DualEncoder.Create(config, device, seed: 1), expected = DualEncoder.Create(config, reference, seed: 1);
        CopyWeights(actual, expected);
        float[][] ours = Run(actual), theirs = Run(expected);
        string[] names = ["video", "text", .. actual.Parameters.Parameters.Select(parameter => parameter.Name)];
        Assert.Equal(names.Length, ours.Length);
        List<string> far = [];
        double tolerance = device.ActivationType == ElementType.Float32 ? 1e-5 : ModelTolerance.BFloat16Gradient;
        for (int i = 0; i < names.Length; i++)
        {
            double norm = Math.Sqrt(theirs[i].Sum(value => (double)value * value));
            double error = Math.Sqrt(theirs[i].Zip(ours[i], (a, b) => ((double)a - b) * ((double)a - b)).Sum());
            if (!(error <= tolerance * Math.Max(norm, 1e-6)))
            {
                far.Add($"{names[i]}: {error / norm:0.0e+00}");
            }
        }

        Assert.Empty(far);
    }

    /// <summary>The reference computes from the very numbers that the GPU reads.</summary>
    private static unsafe void CopyWeights(Model from, Model to)
    {
        foreach (Parameter parameter in from.Parameters.Parameters)
        {
            float[] values = new float[parameter.Shape.Count];
            from.Device.Download(parameter.Value, values);
            to.Device.Upload(values, to.Parameters[parameter.Name].Master);
        }

        to.Parameters.RefreshValues();
    }

    private static unsafe float[][] Run(DualEncoder model)
    {
        int[] ids = [62, 5, 9, 11, 63, 62, 7, 63, 62, 1, 2, 3, 63], starts = [0, 5, 8, 13];
        VisionConfig vision = model.Config.Vision;
        byte[] pixels = new byte[3 * vision.FrameCount * 3 * vision.ImageSize * vision.ImageSize];
        new Random(5).NextBytes(pixels);
        using Tape tape = new(model.Device);
        using SequenceTable captions = new(model.Device);
        model.Parameters.ClearGradients();
        tape.Begin(new StepContext { Seed = 3, StepInEpoch = 5, IsTraining = true });
        fixed (byte* clips = pixels)
        fixed (int* tokens = ids)
        {
            Tensor video = model.EncodeVideo(tape, tape.Import((nint)clips, new Shape(3, vision.FrameCount, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8));
            Tensor text = model.EncodeText(tape, tape.Import((nint)tokens, new Shape(ids.Length), ElementType.Int32), captions.Set(starts));
            float[][] outputs = [Read(model, video), Read(model, text)];
            Seed(tape, video);
            Seed(tape, text);
            tape.BackwardFromSeeds();
            return [.. outputs, .. model.Parameters.Parameters.Select(parameter => Read(model, parameter.Gradient))];
        }
    }

    private static void Seed(Tape tape, Tensor output)
    {
        float[] gradient = [.. Enumerable.Range(0, (int)output.Count).Select(i => (float)Math.Round(8 * Math.Sin(1.7 * i)) / 8)];
        Tensor seed = tape.Allocate(output.Shape);
        tape.Device.Upload(gradient, seed);
        tape.SeedGradient(output, seed);
    }

    private static float[] Read(Model model, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        model.Device.Download(tensor, values);
        return values;
    }
}
