namespace Avion.Training.Tests;

/// <summary>Mixing on the device against mixing normalized pixels on the host, in double precision, for whole models.</summary>
public sealed class MixedClassifierTests
{
    private const int Clips = 4, Frames = 2, Side = 8;

    [Theory]
    [InlineData("clip")]
    [InlineData("videomae")]
    public void A_classifier_of_mixed_bytes_is_that_of_mixed_numbers(string architecture)
    {
        using ReferenceDevice device = new();
        Recipe recipe = ClassifierRuns.Recipe("unused", $"model.architecture={architecture}");
        using ClassificationTask task = ClassificationTask.Create(new TaskSetup(recipe, device, Data: null, TaskPurpose.Measuring));
        using Tape tape = new(device) { IsRecording = false };

        byte[] bytes = new byte[Clips * Frames * 3 * Side * Side];
        CounterRandom random = CounterRandom.For(1, "pixels");
        foreach (ref byte pixel in bytes.AsSpan())
        {
            pixel = (byte)random.Next(256);
        }

        (int Partner, float Share, CutMixBox Box)[] mixed =
            [(1, 0.3f, default), (0, 0.75f, default), (3, 1, new CutMixBox(2, 7, 1, 5)), (3, 1, default)];
        PixelNormalization normalization = PixelNormalization.Get(ClassificationOptions.Of(recipe).Vision.PixelNormalization);
        Tensor pixels = tape.Allocate(new Shape(Clips, Frames, 3, Side, Side), ElementType.UInt8);
        device.Upload(bytes, pixels);
        float[] actual = Read(device, task.Classify(tape, pixels, Send(tape, mixed))), plain = Read(device, task.Classify(tape, pixels));

        Tensor numbers = tape.Allocate(pixels.Shape);
        device.Upload(Mix(bytes, mixed, normalization), numbers);
        float[] expected = Read(device, task.Model is VideoMaeClassifier mae
            ? mae.ClassifyNormalized(tape, numbers)
            : ((VideoClassifier)task.Model).Classify(tape, ((VideoClassifier)task.Model).EncodeNormalized(tape, numbers)));
        Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) < 1e-6 * Math.Max(1e-3, Math.Abs(a)));

        // Only the clip that is left alone has the logits that it has by itself.
        int classes = expected.Length / Clips;
        Assert.Equal(plain[(3 * classes)..], actual[(3 * classes)..]);
        Assert.NotEqual(plain[..classes], actual[..classes]);
    }

    private static float[] Mix(byte[] bytes, (int Partner, float Share, CutMixBox Box)[] mixed, PixelNormalization normalization)
    {
        const int clip = Frames * 3 * Side * Side;
        float[] numbers = new float[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            int x = i % Side, y = i / Side % Side, channel = i / (Side * Side) % 3;
            (int partner, double share, CutMixBox box) = mixed[i / clip];
            double Normalized(int at) => (bytes[at] - normalization.Mean[channel]) / normalization.Deviation[channel];
            double own = Normalized(i), other = Normalized((partner * clip) + (i % clip));
            bool isInside = y >= box.Top && y < box.Bottom && x >= box.Left && x < box.Right;
            numbers[i] = (float)(isInside ? other : (share * own) + ((1 - share) * other));
        }

        return numbers;
    }

    private static ClipMixing Send(Tape tape, (int Partner, float Share, CutMixBox Box)[] mixed)
    {
        Tensor places = tape.Allocate(new Shape(Clips, ClipMixing.PlaceColumns), ElementType.Int32);
        Tensor shares = tape.AllocateStatistics(new Shape(Clips));
        tape.Device.Upload([.. mixed.SelectMany(clip =>
            (int[])[clip.Partner, clip.Box.Top, clip.Box.Bottom, clip.Box.Left, clip.Box.Right])], places);
        tape.Device.Upload([.. mixed.Select(clip => clip.Share)], shares);
        return new ClipMixing(places, shares);
    }

    private static float[] Read(Device device, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        device.Download(tensor, values);
        return values;
    }
}
