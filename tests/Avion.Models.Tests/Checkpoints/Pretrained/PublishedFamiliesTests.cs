using System.Text.Json;

namespace Avion.Models.Tests;

/// <summary>
/// Files as other programs write them begin models that compute the reference's numbers. Names are written out here, and the numbers were
/// made by running the reference (tests/assets/fixtures).
/// </summary>
public sealed class PublishedFamiliesTests : IDisposable
{
    private static readonly (string Theirs, string Ours)[] s_plainBlock =
    [
        ("attn.in_proj_weight", "attn.Wqkv.weight"), ("attn.in_proj_bias", "attn.Wqkv.bias"), ("mlp.c_fc.weight", "mlp.fc1.weight"),
        ("mlp.c_fc.bias", "mlp.fc1.bias"), ("mlp.c_proj.weight", "mlp.fc2.weight"), ("mlp.c_proj.bias", "mlp.fc2.bias"),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(2);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("avion")]
    [InlineData("avion-plain")]
    [InlineData("openai")]
    [InlineData("open_clip")]
    [InlineData("open_clip, towers apart")]
    [InlineData("lavila")]
    public void A_dual_encoder_begun_with_a_file_of_any_family_embeds_as_the_reference_does(string family)
    {
        using JsonDocument fixture = Fixture("clip-small");
        Write(fixture, name => NameIn(family, name), family is "avion" ? "state_dict" : family is "openai" ? null : "state_dict",
            family is "avion" or "avion-plain" or "lavila" ? "module." : "");
        using DualEncoder model = DualEncoder.Create(SmallModel.Config, _device, seed: 5);
        PretrainedReport report = PretrainedWeights.Load(_folder.File("weights.pt"), model,
            new PretrainedOptions { AllowsOtherComputation = true });
        Assert.Empty(report.Fresh);
        Assert.Empty(report.Ignored);
        Assert.Equal(model.Parameters.Parameters.Count, report.Taken.Count);
        using Tape tape = new(_device) { IsRecording = false };
        Tensor video = model.EncodeNormalizedVideo(tape, Video(tape, 3, 4));
        AssertClose(fixture.RootElement.GetProperty("image_embed"), video);
        using SequenceTable captions = new(_device);
        int[] ids = [62, 5, 9, 11, 63, 62, 7, 7, 63, 62, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 63];
        Tensor tokens = tape.Allocate(new Shape(ids.Length), ElementType.Int32);
        _device.Upload(ids, tokens);
        AssertClose(fixture.RootElement.GetProperty("text_embed"), model.EncodeText(tape, tokens, captions.Set([0, 5, 9, 21])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_VideoMAE_classifier_begun_with_a_fine_tuned_file_gives_the_reference_s_logits(bool hasOriginalNames)
    {
        using JsonDocument fixture = Fixture("videomae-classifier-small");
        Write(fixture, name => hasOriginalNames
            ? name.Replace("Wqkv.weight", "qkv.weight", StringComparison.Ordinal).Replace("out_proj", "proj", StringComparison.Ordinal)
            : name, hasOriginalNames ? "module" : "model", "", splitsBias: hasOriginalNames);
        VideoMaeClassifierConfig config = new()
        {
            Tubelets = new TubeletConfig { ImageSize = 32, PatchSize = 8, FrameCount = 16 },
            Encoder = new TransformerSize(48, 2, 3),
            ClassCount = 5,
        };
        using VideoMaeClassifier model = VideoMaeClassifier.Create(config, _device, seed: 5);
        PretrainedReport report = PretrainedWeights.Load(_folder.File("weights.pt"), model);
        Assert.Equal(hasOriginalNames ? WeightFamily.VideoMae : WeightFamily.Avion, report.Family);
        Assert.Empty(report.Fresh);
        using Tape tape = new(_device) { IsRecording = false };
        AssertClose(fixture.RootElement.GetProperty("logits"), model.ClassifyNormalized(tape, Video(tape, 2, 16)));
    }

    private static JsonDocument Fixture(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(Repository.Asset("fixtures", name + ".json")));

    private static string NameIn(string family, string name)
    {
        const string Text = "textual.";
        string block = family == "avion" || name.StartsWith(Text, StringComparison.Ordinal) ? name
            : s_plainBlock.Aggregate(name, (known, pair) => known.Replace(pair.Ours, pair.Theirs, StringComparison.Ordinal));
        return family switch
        {
            "openai" or "open_clip" => block.Replace(Text, "", StringComparison.Ordinal)
                .Replace("visual.image_projection", "visual.proj", StringComparison.Ordinal),
            "open_clip, towers apart" => block.Replace(Text, "text.", StringComparison.Ordinal)
                .Replace("visual.image_projection", "visual.proj", StringComparison.Ordinal),
            "lavila" => block.Replace(Text, "", StringComparison.Ordinal)
                .Replace("visual.image_projection", "image_projection", StringComparison.Ordinal),
            _ => block,
        };
    }

    /// <summary>Writes the fixture's parameters; element j of the parameter that is number p in ordinal order is a sine of both.</summary>
    private void Write(JsonDocument fixture, Func<string, string> rename, string? key, string prefix, bool splitsBias = false)
    {
        List<(TensorEntry Entry, byte[] Bytes)> tensors = [];
        (string Name, int[] Shape)[] parameters =
        [
            .. fixture.RootElement.GetProperty("parameters").EnumerateObject()
                .Select(parameter => (parameter.Name, parameter.Value.EnumerateArray().Select(extent => extent.GetInt32()).ToArray()))
                .OrderBy(parameter => parameter.Name, StringComparer.Ordinal),
        ];
        for (int p = 0; p < parameters.Length; p++)
        {
            (string name, int[] shape) = parameters[p];
            int count = shape.Aggregate(1, (product, extent) => product * extent);
            float[] values = [.. Enumerable.Range(0, count).Select(j => (float)ValueOf(name, Math.Sin((0.9 * p) + (0.37 * j) + 0.11)))];
            if (splitsBias && name.EndsWith("Wqkv.bias", StringComparison.Ordinal))
            {
                string block = prefix + name[..^"Wqkv.bias".Length];
                Add(block + "q_bias", [count / 3], values[..(count / 3)]);
                Add(block + "v_bias", [count / 3], values[(2 * count / 3)..]);
            }
            else
            {
                Add(prefix + rename(name), Array.ConvertAll(shape, extent => (long)extent), values);
            }
        }

        StateDictionary.Write(_folder.File("weights.pt"), tensors, new TorchFileLayout { WeightsKey = key });

        void Add(string name, long[] extents, float[] values) => tensors.Add((new TensorEntry(name, ElementType.Float32, extents),
            [.. values.SelectMany(BitConverter.GetBytes)]));
    }

    private static double ValueOf(string name, double sine) =>
        name == "logit_scale" ? Math.Log(1 / 0.07)
        : name.EndsWith("bias", StringComparison.Ordinal) ? 0.02 * sine
        : name.Split('.')[^2] is string layer && name.EndsWith("weight", StringComparison.Ordinal)
            && (layer.StartsWith("ln_", StringComparison.Ordinal) || layer.StartsWith("norm", StringComparison.Ordinal) || layer == "fc_norm")
            ? 1 + (0.1 * sine)
        : 0.05 * sine;

    private Tensor Video(Tape tape, int clips, int frames)
    {
        const int Side = 32, Plane = Side * Side;
        float[] values = new float[clips * frames * 3 * Plane];
        for (int j = 0; j < values.Length; j++)
        {
            int pixel = j % Plane, frame = j / Plane % frames, channel = j / (Plane * frames) % 3, clip = j / (Plane * frames * 3);
            values[(((((clip * frames) + frame) * 3) + channel) * Plane) + pixel] = (float)(Math.Sin(0.05 * j) + (0.3 * Math.Cos(0.0131 * j)));
        }

        Tensor tensor = tape.Allocate(new Shape(clips, frames, 3, Side, Side), ElementType.Float32);
        _device.Upload(values, tensor);
        return tensor;
    }

    private void AssertClose(JsonElement expected, Tensor actual)
    {
        float[] values = new float[actual.Count];
        _device.Download(actual, values);
        double[] numbers = [.. expected.EnumerateArray().Select(number => number.GetDouble())];
        Assert.Equal(numbers.Length, values.Length);
        Assert.All(numbers.Zip(values), pair => Assert.InRange(pair.Second, pair.First - 2e-5, pair.First + 2e-5));
    }
}
