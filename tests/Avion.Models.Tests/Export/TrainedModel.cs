namespace Avion.Models.Tests;

/// <summary>Models whose every parameter matters, and what they make of clips and captions.</summary>
internal static class TrainedModel
{
    private const int Seed = 9;

    /// <summary>Adds noise to every parameter: first values have biases, scales and times that tell nothing.</summary>
    public static TModel Shake<TModel>(TModel model) where TModel : Model
    {
        Random random = new(Seed);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            float[] values = new float[parameter.Master.Count];
            model.Device.Download(parameter.Master, values);
            float strength = parameter.Name == DualEncoder.LogitScaleName ? 0 : 0.1f;
            model.Device.Upload(Array.ConvertAll(values, value => value + (strength * ((2 * random.NextSingle()) - 1))), parameter.Master);
        }

        model.Parameters.RefreshValues();
        return model;
    }

    public static byte[] Pixels(int clips, int frames, int size)
    {
        byte[] pixels = new byte[clips * frames * 3 * size * size];
        new Random(Seed).NextBytes(pixels);
        return pixels;
    }

    /// <summary>Runs a model on clips.</summary>
    /// <returns>The values of each of its outputs.</returns>
    public static float[][] OfPixels(Model model, byte[] pixels, int clips, int frames, int size)
    {
        using Tape tape = new(model.Device) { IsRecording = false };
        Tensor input = tape.Allocate(new Shape(clips, frames, 3, size, size), ElementType.UInt8);
        model.Device.Upload(pixels, input);
        switch (model)
        {
            case DualEncoder encoder:
                return [Values(encoder.EncodeVideo(tape, input))];
            case VideoClassifier classifier:
                Tensor features = classifier.Encode(tape, input);
                return [.. classifier.Config.Heads.Select((_, head) => Values(classifier.Classify(tape, features, head)))];
            default:
                return [Values(((VideoMaeClassifier)model).Classify(tape, input))];
        }

        float[] Values(Tensor tensor) => Download(model, tensor);
    }

    /// <summary>Runs a text tower on captions without padding.</summary>
    public static float[] OfTokens(DualEncoder model, int[][] captions)
    {
        using Tape tape = new(model.Device) { IsRecording = false };
        using SequenceTable table = new(model.Device);
        int[] ids = [.. captions.SelectMany(caption => caption)], starts = new int[captions.Length + 1];
        for (int i = 0; i < captions.Length; i++)
        {
            starts[i + 1] = starts[i] + captions[i].Length;
        }

        Tensor tokens = tape.Allocate(new Shape(ids.Length), ElementType.Int32);
        model.Device.Upload(ids, tokens);
        return Download(model, model.EncodeText(tape, tokens, table.Set(starts)));
    }

    /// <summary>Captions of one length, filled up with zeros, as other programs take them.</summary>
    public static long[] Padded(int[][] captions, int length) =>
        [.. captions.SelectMany(caption => caption.Select(token => (long)token).Concat(new long[length - caption.Length]))];

    public static void AssertClose(float[] expected, float[] actual, float tolerance = 1e-4f)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"Value {i} is {actual[i]}, expected {expected[i]}.");
        }
    }

    private static float[] Download(Model model, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        model.Device.Download(tensor, values);
        return values;
    }
}
