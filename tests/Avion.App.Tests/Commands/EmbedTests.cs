namespace Avion.App.Tests;

/// <summary>`avion embed` against the model itself, run in this process.</summary>
public sealed class EmbedTests : IDisposable
{
    // Of TinyEncoder's clips.
    private const int Size = 16, Frames = 2;

    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(1);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Vectors_of_clips_and_texts_are_those_of_the_model()
    {
        using DualEncoder model = SavedEncoder();
        byte[] pixels = WritePixels(3);
        ProcessResult result = await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels, "--text", "in", "--text", "a b", "--json",
            "--vocabulary", WriteVocabulary(), "--output", _folder.File("out"));
        Assert.Equal(0, result.ExitCode);
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        float[][] vectors = [.. json.GetProperty("clips").EnumerateArray().Select(clip => Floats(clip.GetProperty("embedding")))];
        Assert.Equal(3, vectors.Length);
        for (int clip = 0; clip < 3; clip++)
        {
            Assert.Equal(Embed(model, pixels.AsSpan(clip * pixels.Length / 3, pixels.Length / 3).ToArray()), vectors[clip]);
        }

        JsonElement[] texts = [.. json.GetProperty("texts").EnumerateArray()];
        Assert.Equal([513, 512, 514], texts[0].GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()));
        float[] text = Floats(texts[1].GetProperty("embedding"));
        Assert.Equal(1, text.Sum(value => value * value), 1e-5);
        Assert.Equal(vectors[2].Zip(text, (a, b) => (double)a * b).Sum(), json.GetProperty("cosine")[2][1].GetDouble(), 1e-6);

        byte[] file = File.ReadAllBytes(_folder.File("out", "clips.npy"));
        Assert.Equal(0, (file.Length - (3 * 24 * sizeof(float))) % 64);
        Assert.StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 24, ), }", Encoding.ASCII.GetString(file, 10, 64),
            StringComparison.Ordinal);
        Assert.Equal(vectors[2][23], BitConverter.ToSingle(file, file.Length - sizeof(float)));
        Assert.True(File.Exists(_folder.File("out", "texts.npy")));

        ProcessResult again = await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels, "--output", _folder.File("out"));
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("exists already", again.Error, StringComparison.Ordinal);
        Assert.Equal(file, File.ReadAllBytes(_folder.File("out", "clips.npy")));
        Assert.Equal(0, (await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels, "--output", _folder.File("out"), "--force")).ExitCode);
        Directory.CreateDirectory(_folder.File("texts"));
        File.WriteAllText(_folder.File("texts", "texts.jsonl"), "of an earlier command");
        Assert.Equal(2, (await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels, "--output", _folder.File("texts"))).ExitCode);
    }

    [Fact]
    public async Task A_classifier_gives_the_logits_of_every_head_and_reads_no_text()
    {
        using (VideoClassifier model = VideoClassifier.Create(new VideoClassifierConfig
        {
            Vision = TinyEncoder.Vision, Heads = [new ClassifierHead("fc_verb", 3), new ClassifierHead("../fc_noun", 8)],
        }, _device, seed: 2))
        {
            Checkpoint.Save(Weights, model);
        }

        WritePixels(1);
        ProcessResult result = await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels, "--json");
        JsonElement clip = JsonDocument.Parse(result.Output).RootElement.GetProperty("clips")[0];
        Assert.Equal((3, 8), (clip.GetProperty("fc_verb").GetArrayLength(), clip.GetProperty("../fc_noun").GetArrayLength()));
        ProcessResult table = await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels);
        Assert.Equal(3 + 5, table.Output.Split('\n').Count(line => line.Contains("fc_", StringComparison.Ordinal)));
        Assert.Equal(0, (await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels, "--output", _folder.File("out"))).ExitCode);
        Assert.Equal(["_._fc_noun.npy", "clips.jsonl", "failures.jsonl", "fc_verb.npy"], Directory.GetFiles(_folder.File("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        ProcessResult refused = await AvionProgram.RunAsync("embed", Weights, "--text", "a");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("reads no text", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frames_of_a_video_are_spread_over_the_part_that_is_asked_for()
    {
        Assert.SkipUnless(HasFfmpeg(), "needs ffmpeg: the program is not on the path");
        using DualEncoder model = SavedEncoder();
        string video = _folder.File("a.mp4");
        ProcessResult made = await ChildProcess.RunAsync("ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=4", "-pix_fmt", "yuv420p", video],
            timeoutSeconds: 60);
        Assert.Equal(0, made.ExitCode);
        ProcessResult whole = await AvionProgram.RunAsync("embed", Weights, "--video", video, "--json");
        ProcessResult part = await AvionProgram.RunAsync("embed", Weights, "--video", video, "--from", "2", "--to", "3", "--json");
        Assert.Equal((0, 0), (whole.ExitCode, part.ExitCode));
        Assert.Equal([10, 30], FramesOf(whole));
        Assert.Equal([22, 27], FramesOf(part));
    }

    [Fact]
    public async Task What_cannot_be_computed_is_told_in_a_sentence()
    {
        using DualEncoder model = SavedEncoder();
        ProcessResult nothing = await AvionProgram.RunAsync("embed", Weights);
        Assert.Equal(2, nothing.ExitCode);
        Assert.Contains("--video, --pixels or --text", nothing.Error, StringComparison.Ordinal);
        File.WriteAllText(Pixels, "words, not numbers");
        ProcessResult damaged = await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("is no .npy file", damaged.Error, StringComparison.Ordinal);
        WriteNumpy("(1, 4, 3, 16, 16)", new byte[4 * 3 * Size * Size]);
        ProcessResult shape = await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels);
        Assert.Contains("expected [clips, 2, 3, 16, 16]", shape.Error, StringComparison.Ordinal);
        WriteNumpy("(1, 2, 3, 16, 16)", new byte[10]);
        ProcessResult cut = await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels);
        Assert.Contains("10 bytes of data, expected 1536", cut.Error, StringComparison.Ordinal);
        File.WriteAllText(_folder.File("large.txt"), "version\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"a{i} b{i}\n")));
        ProcessResult vocabulary = await AvionProgram.RunAsync("embed", Weights, "--text", "a", "--vocabulary", _folder.File("large.txt"));
        Assert.Equal(2, vocabulary.ExitCode);
        ProcessResult file = await AvionProgram.RunAsync("embed", Weights, "--pixels", Pixels, "--output", _folder.File("large.txt"));
        Assert.Equal(2, file.ExitCode);
        Assert.Contains("is a file; name a folder", file.Error, StringComparison.Ordinal);
    }

    private string Weights => _folder.File("model.safetensors");

    private string Pixels => _folder.File("clips.npy");

    private static bool HasFfmpeg() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "ffmpeg")));

    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetSingle())];

    private static int[] FramesOf(ProcessResult result) =>
        [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("clips")[0].GetProperty("frames").EnumerateArray().Select(frame =>
            frame.GetInt32())];

    private DualEncoder SavedEncoder()
    {
        DualEncoder model = TinyEncoder.Create(_device);
        Checkpoint.Save(Weights, model);
        return model;
    }

    private float[] Embed(DualEncoder model, byte[] pixels)
    {
        using Tape tape = new(_device) { IsRecording = false };
        Tensor clip = tape.Allocate(new Shape(1, Frames, 3, Size, Size), ElementType.UInt8);
        _device.Upload(pixels, clip);
        Tensor vector = model.EncodeVideo(tape, clip);
        float[] values = new float[vector.Count];
        _device.Download(vector, values);
        return values;
    }

    private byte[] WritePixels(int clips)
    {
        byte[] pixels = new byte[clips * Frames * 3 * Size * Size];
        new Random(3).NextBytes(pixels);
        WriteNumpy($"({clips}, {Frames}, 3, {Size}, {Size})", pixels);
        return pixels;
    }

    // As numpy.save writes it.
    private void WriteNumpy(string shape, byte[] values)
    {
        string header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        File.WriteAllBytes(Pixels, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. values]);
    }

    private string WriteVocabulary()
    {
        string path = _folder.File("merges.txt");
        File.WriteAllText(path, "version\ni n</w>\n");
        return path;
    }
}
